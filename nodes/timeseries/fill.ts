import type { Value } from '../observation/observation.ts';
import { bucketRuns, bucketStarts } from './buckets.ts';
import { seriesKey } from './series.ts';
import type { Fill, Row, StoreQuery } from './store.ts';

/**
 * The rows of an aggregated query with all its buckets, as its `fill` says: a row per series and bucket, series after
 * series. Series and fields without any value among `rows` stay away.
 */
export function filled(rows: readonly Row[], query: StoreQuery): readonly Row[] {
  const { fill = 'none', every } = query;
  if (fill === 'none' || every === undefined) return rows;
  const starts = [...bucketStarts(bucketRuns(query))];
  const bySeries = Map.groupBy(rows, ({ tags }) => seriesKey(tags));
  return [...bySeries.values()].flatMap((series) => filledSeries(series, starts, fill));
}

function filledSeries(rows: readonly Row[], starts: readonly number[], fill: Fill): Row[] {
  const tags = rows[0]?.tags ?? {};
  const byTime = new Map(rows.map(({ time, values }) => [time, values]));
  const whole = starts.map((time): Row => ({ time, tags, values: { ...byTime.get(time) } }));
  if (fill === 'null') return whole;
  for (const field of new Set(rows.flatMap(({ values }) => Object.keys(values)))) {
    if (fill === 'previous') carryOn(whole, field);
    else if (hasNumbers(rows, field)) {
      if (fill === 'linear') drawLines(whole, field);
      else for (const { values } of whole) values[field] ??= fill;
    }
  }
  return whole;
}

function hasNumbers(rows: readonly Row[], field: string): boolean {
  return rows.some(({ values }) => typeof values[field] === 'number');
}

function carryOn(rows: readonly Row[], field: string): void {
  let last: Value | undefined;
  for (const { values } of rows) {
    last = values[field] ?? last;
    if (last !== undefined) values[field] = last;
  }
}

/** By time, so that a day of 25 hours counts for more than one of 23. */
function drawLines(rows: readonly Row[], field: string): void {
  let from: { index: number; time: number; value: number } | undefined;
  for (const [index, { time, values }] of rows.entries()) {
    const value = values[field];
    if (typeof value !== 'number') continue;
    if (from) {
      const slope = (value - from.value) / (time - from.time);
      for (const between of rows.slice(from.index + 1, index)) {
        between.values[field] = from.value + slope * (between.time - from.time);
      }
    }
    from = { index, time, value };
  }
}
