import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { bucketRuns, bucketStarts } from '../../../nodes/timeseries/buckets.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = Date.parse;

/** Beginnings of the buckets, as ISO 8601. */
function starts(from: string, to: string, every: number | { months: number }, timeZone?: string): string[] {
  const query = { from: at(from), to: at(to), every, ...(timeZone !== undefined && { timeZone }) };
  return [...bucketStarts(bucketRuns(query))].map((time) => new Date(time).toISOString().slice(0, 16));
}

describe('time buckets', () => {
  it('begin at multiples of their width in UTC, also before 1970', () => {
    assert.deepEqual(starts('2026-01-15T00:30Z', '2026-01-15T02:00Z', HOUR), [
      '2026-01-15T00:00',
      '2026-01-15T01:00',
    ]);
    assert.deepEqual(starts('1969-12-31T22:30Z', '1970-01-01T00:00Z', HOUR), [
      '1969-12-31T22:00',
      '1969-12-31T23:00',
    ]);
    assert.deepEqual(starts('2026-01-15T00:00Z', '2026-01-15T00:00Z', HOUR), []);
  });

  it('begin at local midnight; the day that loses an hour has 23, the one that gains it 25', () => {
    assert.deepEqual(starts('2026-03-28T12:00Z', '2026-03-31T00:00Z', DAY, 'Europe/Oslo'), [
      '2026-03-27T23:00',
      '2026-03-28T23:00',
      '2026-03-29T22:00',
      '2026-03-30T22:00',
    ]);
    assert.deepEqual(starts('2026-10-24T00:00Z', '2026-10-26T12:00Z', DAY, 'Europe/Oslo'), [
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
    ]);
  });

  it('keep the hour that comes twice apart, and make longer buckets that contain it longer', () => {
    const night = ['2026-10-24T22:00Z', '2026-10-25T03:00Z'] as const;
    assert.equal(starts(...night, HOUR, 'Europe/Oslo').length, 5);
    // Local 00, 02 (three hours long), 04.
    assert.deepEqual(starts(...night, 2 * HOUR, 'Europe/Oslo'), ['2026-10-24T22:00', '2026-10-25T00:00']);
  });

  it('begin where the clock jumps over their beginning', () => {
    // Local 00 to 02, which is 03 by then, and 04.
    assert.deepEqual(starts('2026-03-28T23:00Z', '2026-03-29T03:00Z', 2 * HOUR, 'Europe/Oslo'), [
      '2026-03-28T23:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
    ]);
    // Midnight of 24 April 2026 does not exist in Cairo.
    assert.deepEqual(starts('2026-04-23T00:00Z', '2026-04-25T00:00Z', DAY, 'Africa/Cairo'), [
      '2026-04-22T22:00',
      '2026-04-23T22:00',
      '2026-04-24T21:00',
    ]);
  });

  it('of weeks begin on Mondays', () => {
    assert.deepEqual(starts('2026-03-25T00:00Z', '2026-04-08T00:00Z', 7 * DAY, 'Europe/Oslo'), [
      '2026-03-22T23:00',
      '2026-03-29T22:00',
      '2026-04-05T22:00',
    ]);
  });

  it('of months, quarters and years begin on the first', () => {
    assert.deepEqual(starts('2026-02-10T00:00Z', '2026-05-01T00:00Z', { months: 1 }), [
      '2026-02-01T00:00',
      '2026-03-01T00:00',
      '2026-04-01T00:00',
    ]);
    assert.deepEqual(starts('2025-12-31T23:30Z', '2026-05-01T00:00Z', { months: 3 }, 'Europe/Oslo'), [
      '2025-12-31T23:00',
      '2026-03-31T22:00',
    ]);
    assert.deepEqual(starts('2025-06-01T00:00Z', '2026-06-01T00:00Z', { months: 12 }, 'Europe/Oslo'), [
      '2024-12-31T23:00',
      '2025-12-31T23:00',
    ]);
  });

  it('of the same width are one run, so that a year takes few questions', () => {
    const year = { from: at('2025-12-31T23:00Z'), to: at('2026-12-31T23:00Z'), timeZone: 'Europe/Oslo' };
    assert.equal(bucketRuns({ ...year, every: DAY }).length, 5);
    assert.equal(bucketRuns({ ...year, every: HOUR }).length, 1);
  });

  it('cover the period without gap or overlap in every zone, each at one multiple of the local clock', () => {
    const zones = [
      'Europe/Oslo',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Atlantic/Azores',
      'Asia/Kathmandu',
    ];
    const arbitrary = fc.record({
      from: fc.integer({ min: at('2020-01-01'), max: at('2030-01-01') }),
      length: fc.integer({ min: 1, max: 400 * DAY }),
      every: fc.constantFrom<number | { months: number }>(HOUR / 2, HOUR, 6 * HOUR, DAY, 3 * DAY, {
        months: 1,
      }),
      timeZone: fc.constantFrom(...zones),
    });
    fc.assert(
      fc.property(arbitrary, ({ from, length, every, timeZone }) => {
        const runs = bucketRuns({ from, to: from + length, every, timeZone });
        assert.ok(
          (runs[0]?.start ?? Number.NaN) <= from && (runs.at(-1)?.end ?? Number.NaN) >= from + length,
        );
        for (const [index, { start, end, width }] of runs.entries()) {
          assert.equal((end - start) % width, 0);
          assert.equal(start, runs[index - 1]?.end ?? start);
        }
        if (every !== DAY) return;
        const clock = new Intl.DateTimeFormat('en-CA', { timeZone });
        const days = [...bucketStarts(runs)].map((start) => clock.format(start));
        assert.equal(new Set(days).size, days.length, 'each day once');
      }),
      { numRuns: 300 },
    );
  });

  it('say so if there is no such time zone', () => {
    assert.throws(
      () => bucketRuns({ from: 0, to: 1, every: DAY, timeZone: 'Europe/Oslø' }),
      (error: unknown) => error instanceof ConfigurationError && error.key === 'timeseries.query.time_zone',
    );
  });
});
