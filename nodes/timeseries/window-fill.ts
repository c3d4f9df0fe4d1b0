import type { BucketFinder, Period } from './bucket-finder.ts';
import { filled } from './fill.ts';
import type { Row, StoreQuery } from './store.ts';

/** The rows of one series and some fields in a period, in any order. */
export type RowsIn = (period: Period, fields: readonly string[]) => Row[];

/**
 * Fills the empty buckets of one series in a window of the query's period. What is filled in may depend on the nearest
 * values outside the window; those are looked for, and nothing else of the series is held.
 */
export function filledWindow(
  rowsIn: RowsIn,
  window: Period,
  buckets: BucketFinder,
  query: StoreQuery,
): Row[] {
  const { from, to } = window;
  const { period } = buckets;
  const before = query.fields.flatMap((field) =>
    nearest(rowsIn, field, { from: period.from, to: from }, 'before', buckets),
  );
  const after = query.fields.flatMap((field) =>
    nearest(rowsIn, field, { from: to, to: period.to }, 'after', buckets),
  );
  const rows = merged([...before, ...rowsIn(window, query.fields), ...after]);
  const reach = query.fill === 'linear' ? rows.map(({ time }) => time) : [];
  if (query.fill === 'previous') reach.push(...before.map(({ time }) => time));
  const first = buckets.at(from).start;
  const whole = {
    ...query,
    from: Math.min(from, ...reach),
    to: Math.max(to, ...reach.map((time) => time + 1)),
  };
  return filled(rows, whole).filter(({ time }) => time >= first && time < to);
}

/** One row per time. */
function merged(rows: readonly Row[]): Row[] {
  const byTime = new Map<number, Row>();
  for (const row of rows) {
    const known = byTime.get(row.time);
    if (known) Object.assign(known.values, row.values);
    else byTime.set(row.time, row);
  }
  return [...byTime.values()];
}

/** The nearest bucket with a value of the field: in ever larger parts of the period, so that little is read. */
function nearest(
  rowsIn: RowsIn,
  field: string,
  { from, to }: Period,
  side: 'before' | 'after',
  buckets: BucketFinder,
): Row[] {
  const length = to - from;
  for (let part = Math.min(buckets.width, length); length > 0; part = Math.min(part * 4, length)) {
    const near = side === 'before' ? { from: to - part, to } : { from, to: from + part };
    const times = rowsIn(near, [field]).map(({ time }) => time);
    if (times.length > 0) {
      const { start, end } = buckets.at(side === 'before' ? Math.max(...times) : Math.min(...times));
      // The part may have cut the bucket.
      return rowsIn({ from: Math.max(from, start), to: Math.min(to, end) }, [field]);
    }
    if (part === length) return [];
  }
  return [];
}
