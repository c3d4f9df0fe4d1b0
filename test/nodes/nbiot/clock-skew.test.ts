import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClockSkew } from '../../../nodes/nbiot/clock-skew.ts';
import { ClockWords } from '../../../nodes/nbiot/clock-words.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { DEVICES, datagram, NOW, ndds20, Town } from './town.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const START = NOW;

/** Messages of a device whose clock is `ahead` seconds ahead: when each was made and how long it took, seconds. */
function measured(ahead: number, messages: readonly [made: number, took: number][], skew = newSkew()) {
  return messages.map(([made, took]) => {
    const sample = { values: {}, decoded: {}, unknownNames: [], time: START + made + ahead };
    return skew.measure('bin', [sample], (START + made + took) * 1000);
  });
}
const newSkew = (state = new MemoryState()): ClockSkew => new ClockSkew(state);
const every = (hours: number, count: number, took: number): [number, number][] =>
  Array.from({ length: count }, (_, index) => [index * hours * HOUR, took]);

describe('clock of a device', () => {
  it('is as far ahead or behind as its newest sample says', () => {
    assert.deepEqual(measured(HOUR, every(1, 3, 5)).at(-1), HOUR - 5);
    assert.deepEqual(measured(-HOUR, every(1, 3, 5)).at(-1), -HOUR - 5);
    assert.deepEqual(measured(0, every(1, 3, 5)).at(-1), -5);
  });

  it('is not blamed for a network that was away', () => {
    const before = every(6, 8, 5);
    // A day of hourly messages comes at once, each with its own old time.
    const away: [number, number][] = Array.from({ length: 24 }, (_, hour) => [
      2 * DAY + hour * HOUR,
      (24 - hour) * HOUR,
    ]);
    const skew = newSkew();
    assert.deepEqual(new Set(measured(0, [...before, ...away], skew)), new Set([-5]));
    assert.equal(skew.wrong, 0);
  });

  it('shows within two days that it was set right', () => {
    const skew = newSkew();
    measured(HOUR, every(6, 8, 0), skew);
    assert.equal(skew.wrong, 1);
    const later = every(6, 8, 0).map(([made]): [number, number] => [made + 2 * DAY, 0]);
    assert.equal(measured(0, later, skew).at(-1), 0);
    assert.equal(skew.wrong, 0);
  });

  it('is found within the smallest delay, whatever the others are', () => {
    const delay = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 20 * DAY }));
    fc.assert(
      fc.property(fc.integer({ min: -DAY, max: DAY }), fc.array(delay, { minLength: 1 }), (ahead, delays) => {
        // A prompt message in each quarter of a day is enough.
        const messages = delays.flatMap((took, index): [number, number][] => [
          [index * 6 * HOUR - took, took],
          [index * 6 * HOUR, 20],
        ]);
        const offset = measured(ahead, messages).at(-1) ?? Number.NaN;
        assert.ok(offset <= ahead && offset >= ahead - 20, `${offset} for ${ahead}`);
      }),
    );
  });

  it('survives a restart in a memory of constant size', () => {
    const state = new MemoryState();
    measured(HOUR, every(1, 500, 5), newSkew(state));
    state.restart();
    assert.equal(measured(HOUR, [[501 * HOUR, 99]], newSkew(state))[0], HOUR - 5);
    assert.ok(state.size() < 400, `${state.size()} bytes`);
  });

  it('of a device that sends no time is not known', () => {
    const skew = newSkew();
    assert.equal(
      skew.measure('bin', [{ values: {}, decoded: {}, unknownNames: [], age: 3 }], NOW * 1000),
      undefined,
    );
  });

  it('is told with the device, once a day, and stored beside the newest reading', async () => {
    const town = new Town();
    const readings = await town.decode(datagram(ndds20(1000, NOW + 2 * HOUR)));
    assert.deepEqual(
      readings.map(({ link }) => link?.clockOffset),
      [2 * HOUR],
    );
    assert.deepEqual(town.clocks, [['container', 2 * HOUR]]);
    const words = new ClockWords('en-US');
    const [device] = DEVICES;
    assert.ok(device);
    assert.equal(
      words.news(device, 2 * HOUR),
      'The clock of Container is 2 hours ahead. Its times are not believed; its readings get the time at which they come in.',
    );
    assert.equal(words.news(device, 2 * HOUR), undefined);
    assert.match(
      new ClockWords('nb').news(device, -10 * 365 * DAY) ?? '',
      /Container går 3650 døgn for sakte, som om den aldri er stilt/,
    );
    assert.match(new ClockWords('nb').news(device, -400) ?? '', /7 minutter for sakte, så/);
    assert.deepEqual(
      [0, 1, 2].map((count) => words.remark(count)),
      [undefined, 'the clock of 1 device is wrong', 'the clocks of 2 devices are wrong'],
    );
  });
});
