import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BucketFinder, type Period } from '../../../nodes/timeseries/bucket-finder.ts';
import { filled } from '../../../nodes/timeseries/fill.ts';
import type { Fill, Row, StoreQuery } from '../../../nodes/timeseries/store.ts';
import { filledWindow } from '../../../nodes/timeseries/window-fill.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Two days before Oslo's clock goes forward. */
const BEGIN = Date.UTC(2026, 2, 27);
const FIELDS = ['t', 'text'];

const arbitrary = fc.record({
  values: fc.uniqueArray(
    fc.record({
      hour: fc.integer({ min: 0, max: 200 }),
      values: fc.record(
        { t: fc.integer({ min: 0, max: 50 }), text: fc.constantFrom('open', 'shut') },
        { requiredKeys: [] },
      ),
    }),
    { selector: ({ hour }) => hour, maxLength: 8 },
  ),
  every: fc.constantFrom<number | { months: number }>(HOUR, 6 * HOUR, DAY, { months: 1 }),
  from: fc.integer({ min: 0, max: 50 }).map((hour) => BEGIN + hour * HOUR),
  length: fc.integer({ min: 1, max: 160 }).map((hours) => hours * HOUR - 1),
  fill: fc.constantFrom<Fill>('null', 'previous', 'linear', 0),
  atOnce: fc.integer({ min: 1, max: 20 }),
});

describe('filling empty buckets window by window', () => {
  it('gives what filling all at once gives', () => {
    const property = fc.property(arbitrary, ({ values, every, from, length, fill, atOnce }) => {
      const period = { from, to: from + length };
      const query: StoreQuery = {
        measurement: 'm',
        fields: FIELDS,
        ...period,
        every,
        fill,
        timeZone: 'Europe/Oslo',
        aggregate: 'last',
      };
      const buckets = new BucketFinder(query);
      const points = values
        .map((one): Row => ({ time: BEGIN + one.hour * HOUR, tags: {}, values: one.values }))
        .toSorted((a, b) => a.time - b.time);
      const rowsIn = (part: Period, fields: readonly string[] = FIELDS) =>
        lastValues(points, part, fields, buckets);
      const windows = [...buckets.windows(atOnce, false)];
      const inWindows = windows.flatMap((window) => filledWindow(rowsIn, window, buckets, query));
      const atOnceRows = filled(rowsIn(period), query);
      assert.deepEqual(rounded(inWindows), rounded(atOnceRows));
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

/** One row per bucket, in which a field has its last value. */
function lastValues(
  points: readonly Row[],
  { from, to }: Period,
  fields: readonly string[],
  buckets: BucketFinder,
): Row[] {
  const rows = new Map<number, Row>();
  for (const { time, values } of points) {
    if (time < from || time >= to) continue;
    for (const field of fields) {
      const value = values[field];
      if (value === undefined) continue;
      const { start } = buckets.at(time);
      const row = rows.get(start) ?? { time: start, tags: {}, values: {} };
      row.values[field] = value;
      rows.set(start, row);
    }
  }
  return [...rows.values()];
}

/** A line may be drawn from another of its points. */
function rounded(rows: readonly Row[]): unknown[] {
  return rows.map(({ time, values }) => ({
    time,
    values: Object.fromEntries(
      Object.entries(values).map(([field, value]) => [
        field,
        typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value,
      ]),
    ),
  }));
}
