import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ForecastOptions, LevelForecaster } from '../../../nodes/anomaly/forecast.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';
import { HOUR, randomNumbers, START } from './series.ts';

function forecasterWith(options: Partial<ForecastOptions> = {}): LevelForecaster {
  return new LevelForecaster({
    state: new MemoryState(),
    quantity: 'fill_level',
    target: 100,
    resetDrop: 20,
    language: 'en-US',
    timeZone: 'UTC',
    ...options,
  });
}

/** Days that the last of hourly readings gives; `level` of the hour. */
function daysAfter(forecaster: LevelForecaster, hours: number, level: (hour: number) => number, from = 0) {
  let days: number | undefined;
  for (let hour = from; hour < hours; hour++) {
    days = forecaster.forecast(observation(START + hour * HOUR, { fill_level: level(hour) }))?.days;
  }
  return days;
}

const TEN_A_DAY = 10 / 24;

describe('LevelForecaster', () => {
  it('knows the day a bin is full', () => {
    const forecaster = forecasterWith();
    daysAfter(forecaster, 96, (hour) => 20 + TEN_A_DAY * hour);
    const forecast = forecaster.forecast(observation(START + 96 * HOUR, { fill_level: 60 }));
    assert.ok(forecast);
    assert.ok(Math.abs(forecast.days - 4) < 1e-6);
    assert.equal(forecast.at.slice(0, 16), '2026-01-13T00:00');
    assert.match(forecast.sentence, /^Full on Tuesday,? 13 January$/);
  });

  it('leans on earlier fillings while a new one is young', () => {
    const forecaster = forecasterWith();
    daysAfter(forecaster, 96, (hour) => 20 + TEN_A_DAY * hour);
    // Emptied, and a day later it has grown twice as fast: half way to two days, half of each counts.
    const days = daysAfter(forecaster, 96 + 25, (hour) => 2 * TEN_A_DAY * (hour - 96), 96);
    assert.ok(days !== undefined && Math.abs(days - 80 / 15) < 0.1, `${days}`);
  });

  it('says it in Norwegian, in local time', () => {
    const forecaster = forecasterWith({ language: 'nb', timeZone: 'Europe/Oslo' });
    daysAfter(forecaster, 96, (hour) => 20 + TEN_A_DAY * hour);
    const forecast = forecaster.forecast(observation(START + 96 * HOUR, { fill_level: 60 }));
    assert.equal(forecast?.sentence, 'Full tirsdag 13. januar');
  });

  it('is about right under noise and wrong readings', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 3, max: 20, noNaN: true }), (seed, perDay) => {
        const random = randomNumbers(seed);
        const level = (hour: number): number => {
          const wrong = hour % 17 === 5 ? 40 * (random() - 0.5) : 0;
          return 5 + (perDay * hour) / 24 + 2 * (random() - 0.5) + wrong;
        };
        const days = daysAfter(forecasterWith(), 96, level) ?? Number.NaN;
        const right = (95 - (perDay * 95) / 24) / perDay;
        assert.ok(Math.abs(days - right) < 0.15 * Math.abs(right) + 0.5, `${days} instead of ${right}`);
      }),
      { numRuns: 50 },
    );
  });

  it('begins anew when the bin is emptied, leaning on the growth before', () => {
    const forecaster = forecasterWith();
    daysAfter(forecaster, 192, (hour) => 10 + TEN_A_DAY * hour);
    const days = daysAfter(forecaster, 195, (hour) => 2 + TEN_A_DAY * (hour - 192), 192);
    assert.ok(days !== undefined && Math.abs(days - 9.7) < 0.3, String(days));
  });

  it('takes one low reading for wrong and two for emptied', () => {
    const forecaster = forecasterWith();
    daysAfter(forecaster, 96, (hour) => 20 + TEN_A_DAY * hour);
    const at = (hour: number, fill_level: number) =>
      forecaster.forecast(observation(START + hour * HOUR, { fill_level }))?.days ?? Number.NaN;
    assert.ok(Math.abs(at(96, 5) - 4) < 0.3);
    assert.ok(Math.abs(at(97, 60.4) - 4) < 0.3);
    at(98, 5);
    assert.ok(Math.abs(at(99, 5.4) - 9.5) < 0.3);
  });

  it('says nothing while the level does not grow, or too little is known', () => {
    assert.equal(
      daysAfter(forecasterWith(), 3, (hour) => hour),
      undefined,
    );
    assert.equal(
      daysAfter(forecasterWith(), 96, () => 40),
      undefined,
    );
    assert.equal(
      daysAfter(forecasterWith(), 96, (hour) => 60 - hour / 10),
      undefined,
    );
  });

  it('says that a full bin is full', () => {
    const forecaster = forecasterWith();
    daysAfter(forecaster, 96, (hour) => 20 + TEN_A_DAY * hour);
    for (let hour = 96; hour < 100; hour++) {
      forecaster.forecast(observation(START + hour * HOUR, { fill_level: 101 }));
    }
    const forecast = forecaster.forecast(observation(START + 100 * HOUR, { fill_level: 101 }));
    assert.deepEqual([forecast?.days, forecast?.sentence], [0, 'Full now']);
  });

  it('survives a restart and is not disturbed by late readings or failed ones', () => {
    const state = new MemoryState();
    daysAfter(forecasterWith({ state }), 96, (hour) => 20 + TEN_A_DAY * hour);
    state.restart();
    const forecaster = forecasterWith({ state });
    assert.equal(forecaster.forecast(observation(START + 10 * HOUR, { fill_level: 3 })), undefined);
    const failed = observation(START + 97 * HOUR, { fill_level: 0 });
    failed.quality = { fill_level: { flag: 4, reasons: [] } };
    assert.equal(forecaster.forecast(failed), undefined);
    const forecast = forecaster.forecast(observation(START + 96 * HOUR, { fill_level: 60 }));
    assert.ok(forecast && Math.abs(forecast.days - 4) < 1e-6);
  });

  it('keeps its size over a year', () => {
    const state = new MemoryState();
    const forecaster = forecasterWith({ state });
    daysAfter(forecaster, 24 * 365, (hour) => (hour % 2000) / 20);
    assert.ok(state.size() < 4000, `${state.size()} bytes`);
  });

  it('names the quantity and level where it is no bin', () => {
    const forecaster = forecasterWith({ quantity: 'water_level', target: 3, resetDrop: 1 });
    let sentence: string | undefined;
    for (let hour = 0; hour < 48; hour++) {
      const reading = observation(START + hour * HOUR, { water_level: 1 + hour / 100 });
      sentence = forecaster.forecast(reading)?.sentence;
    }
    assert.match(sentence ?? '', /^Water level reaches 3 m on \w+/);
  });
});
