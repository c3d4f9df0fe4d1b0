import assert from 'node:assert/strict';
import fc from 'fast-check';
import { counterStep } from '../../../nodes/quality/counter.ts';
import { CounterRates } from '../../../nodes/quality/counter-rates.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 6, 8);

describe('the step of a counter', () => {
  it('is what was counted, through the end of any register too', () => {
    const register = fc.constantFrom(2 ** 16, 2 ** 24, 2 ** 32, 1e5, 1e8);
    const unit = fc.constantFrom(1, 0.1, 0.01, 0.001);
    const counted = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(register, unit, counted, counted, (size, scale, before, after) => {
        const step = counterStep(undefined, (size - before) * scale, after * scale);
        assert.equal(step.kind, 'rolled');
        assert.ok(Math.abs((step.increase ?? 0) - (before + after) * scale) < 1e-6 * size * scale);
      }),
    );
  });

  it('is none after a reset, and none back from a reading that was wrong', () => {
    assert.deepEqual(counterStep(4990, 5000, 12), { kind: 'reset' });
    assert.deepEqual(counterStep(100, 90_000, 101), { kind: 'back' });
    assert.deepEqual(counterStep(undefined, 5000, 4000), { kind: 'reset' });
    assert.deepEqual(counterStep(undefined, 5000, 5000), { kind: 'grew', increase: 0 });
  });
});

describe('CounterRates', () => {
  const rates = (
    readings: readonly (readonly [minutes: number, value: number])[],
  ): (number | undefined)[] => {
    const state = new MemoryState();
    return readings.map(([minutes, water_volume], at) => {
      if (at === 3) state.restart();
      const reading = observation(START + minutes * MINUTE, { water_volume });
      return new CounterRates(state).ratesOf(reading)?.water_volume_rate;
    });
  };

  it('are per hour of the time between, and go on after a restart', () => {
    assert.deepEqual(
      rates([
        [0, 100],
        [30, 101],
        [90, 101],
        [120, 103],
      ]),
      [undefined, 2, 0, 4],
    );
  });

  it('leave out duplicates, late readings, resets and impossible readings', () => {
    assert.deepEqual(
      rates([
        [0, 100],
        [60, 101],
        [60, 101],
        [30, 100.5],
        [120, -5],
        [180, 1],
        [240, 3],
      ]),
      [undefined, 1, undefined, undefined, undefined, undefined, 2],
    );
  });

  it('give a share of the time for counters of hours', () => {
    const state = new MemoryState();
    const rate = (minutes: number, pump_run_time: number) =>
      new CounterRates(state).ratesOf(observation(START + minutes * MINUTE, { pump_run_time }));
    rate(0, 10);
    assert.deepEqual(rate(60, 10.5), { pump_run_time_rate: 50 });
  });
});
