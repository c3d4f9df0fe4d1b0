import assert from 'node:assert/strict';
import { isLost, readingTime } from '../../../nodes/simulator/faults.ts';
import { SANDBOX_DEVICES } from '../../../nodes/simulator/sandbox-devices.ts';
import { slotFrom, slotTime } from '../../../nodes/simulator/schedule.ts';
import { trailReading } from '../../../nodes/simulator/ski-trail.ts';
import { filledShare } from '../../../nodes/simulator/waste-bin.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PLACE = { id: 'place', height: 0 };
const JANUARY = Date.UTC(2026, 0, 10);
const JULY = Date.UTC(2026, 6, 10);

/** Mean of a number over some days, hour by hour. */
function mean(from: number, days: number, value: (time: number) => number): number {
  const hours = days * 24;
  return (
    Array.from({ length: hours }, (_, hour) => value(from + hour * HOUR)).reduce((a, b) => a + b) / hours
  );
}

describe('sandbox signals', () => {
  it('are colder in winter, at night, and higher up', () => {
    const air = (time: number): number => trailReading(PLACE, time, 1).internalTemperature;
    assert.ok(mean(JANUARY, 14, air) < -5);
    assert.ok(mean(JULY, 14, air) > 8);
    const days = Array.from({ length: 30 }, (_, day) => JANUARY + day * DAY);
    const nightly = days.filter((day) => air(day + 5 * HOUR) < air(day + 15 * HOUR));
    assert.ok(nightly.length >= 25, `${nightly.length} of 30 nights are colder than the afternoon`);
    const high = trailReading({ id: 'place', height: 300 }, JANUARY, 1);
    assert.ok(high.snowTemperature < trailReading(PLACE, JANUARY, 1).snowTemperature - 1);
  });

  it('never have snow above its melting point in winter', () => {
    for (let time = JANUARY; time < JANUARY + 40 * DAY; time += HOUR) {
      assert.ok(trailReading(PLACE, time, 7).snowTemperature <= 0);
    }
  });

  it('fill a bin until it is collected, never beyond full', () => {
    const bin = {
      id: 'bin',
      emptyDistance: 1.4,
      fullDistance: 0.3,
      perDay: 0.3,
      collection: 3,
      collectionDay: 0,
    };
    const start = Date.UTC(2026, 2, 1);
    let before = filledShare(bin, start, 1);
    let collections = 0;
    for (let time = start + HOUR; time < start + 30 * DAY; time += HOUR) {
      const now = filledShare(bin, time, 1);
      assert.ok(now >= 0 && now <= 1);
      if (now < before) collections++;
      before = now;
    }
    assert.equal(collections, 10);
  });

  it('are the same for the same seed and other ones for another', () => {
    for (const device of SANDBOX_DEVICES) {
      const hex = (seed: number): string => device.payload(JANUARY, seed).bytes.toString('hex');
      assert.equal(hex(3), hex(3));
      const others = [4, 5, 6, 7].filter((seed) => hex(seed) !== hex(3));
      assert.ok(others.length > 0, device.id);
    }
  });
});

describe('sandbox faults', () => {
  it('lose the share of uplinks that they should', () => {
    const times = Array.from({ length: 5000 }, (_, index) => JANUARY + index * HOUR);
    const lost = times.filter((time) => isLost('a', { lost: 0.1 }, time, 1)).length;
    assert.ok(lost > 400 && lost < 600, `${lost} of 5000`);
  });

  it('hold a stuck reading for its hours, once in each period', () => {
    const faults = { lost: 0, stuck: { everyDays: 10, hours: 6 } };
    const times = Array.from({ length: 24 * 100 }, (_, index) => JANUARY + index * HOUR);
    const stuck = times.filter((time) => readingTime('a', faults, time, 1) !== time);
    assert.ok(Math.abs(stuck.length - 60) <= 10, `${stuck.length} hours of 100 days`);
    assert.ok(stuck.every((time) => time - readingTime('a', faults, time, 1) < 6 * HOUR));
  });
});

describe('sandbox schedule', () => {
  const rhythm = { id: 'a', interval: 20 };

  it('sends in each interval once', () => {
    for (let slot = 100; slot < 200; slot++) {
      const gap = slotTime(rhythm, slot + 1, 1) - slotTime(rhythm, slot, 1);
      assert.ok(Math.abs(gap - 20 * 60_000) <= 4000);
    }
  });

  it('finds the next slot from any time', () => {
    for (let time = JANUARY; time < JANUARY + 3 * HOUR; time += 61_000) {
      const slot = slotFrom(rhythm, time, 1);
      assert.ok(slotTime(rhythm, slot, 1) >= time);
      assert.ok(slotTime(rhythm, slot - 1, 1) < time);
    }
  });
});
