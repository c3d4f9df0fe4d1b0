import type { Value } from '../observation/observation.ts';
import {
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreQuery,
} from './store.ts';

/** Points read and written at a time: one request to an InfluxDB, and a few megabytes of memory. */
const CHUNK = 5000;

/** What was copied of one measurement, in values (fields of points). */
export interface CopiedMeasurement {
  measurement: string;
  /** Values that the source has. */
  values: number;
  /** Those of them that the target has afterwards, counted by the target itself. */
  found: number;
  /** The first of the points that the target will never take. */
  refused?: RefusedPoint;
}

/**
 * Copies all measurements of a store into another, a series and a chunk at a time, and counts afterwards. The source
 * stays as it is. May be repeated: a point that is there already stays one point. Gives each measurement when it is
 * done; throws ByflytError if a store is away.
 */
export async function* copyStore(source: Store, target: Store): AsyncGenerator<CopiedMeasurement> {
  for (const [measurement, fields] of await source.measurements()) {
    const copied: CopiedMeasurement = { measurement, values: 0, found: 0 };
    for (const series of await seriesOf(source, measurement, fields)) {
      const { values, from, refused } = await copySeries(source, target, series);
      copied.values += sum(values);
      copied.found += await found(target, { ...series, ...(from !== undefined && { to: from }) }, values);
      if (refused) copied.refused ??= refused;
    }
    yield copied;
  }
}

/** A query for each series of a measurement. A tag that a series lacks is empty in it, so that it fits no other one. */
async function seriesOf(source: Store, measurement: string, fields: string[]): Promise<StoreQuery[]> {
  const series = (await source.latest({ measurement, fields })).map(({ tags }) => tags);
  const none = Object.fromEntries(series.flatMap(Object.keys).map((tag) => [tag, '']));
  return series.map((tags) => ({ measurement, fields, where: { ...none, ...tags } }));
}

/** Number of values by field. */
type Counts = Map<string, number>;

interface CopiedSeries {
  values: Counts;
  /** ms since 1970 UTC: just after the newest point so far. */
  from?: number;
  refused?: RefusedPoint;
}

/** A series has one row per time, so each chunk begins just after the end of the one before. */
async function copySeries(source: Store, target: Store, series: StoreQuery): Promise<CopiedSeries> {
  const copied: CopiedSeries = { values: new Map() };
  for (;;) {
    const { from } = copied;
    const chunk = {
      ...series,
      ...(from !== undefined && { from }),
      order: 'ascending',
      limit: CHUNK,
    } as const;
    const rows = await source.query(chunk);
    const newest = rows.at(-1);
    if (!newest) return copied;
    const refused = await write(
      target,
      rows.map((row) => pointOf(series.measurement, row)),
    );
    if (refused) copied.refused ??= refused;
    for (const { values } of rows) count(copied.values, values);
    copied.from = newest.time + 1;
  }
}

function pointOf(measurement: string, { time, tags, values }: Row): Point {
  return { measurement, tags, fields: values, time };
}

async function write(target: Store, points: readonly Point[]): Promise<RefusedPoint | undefined> {
  try {
    await target.write(points);
    return undefined;
  } catch (error) {
    if (error instanceof PointsRefusedError) return error.refused[0];
    throw error;
  }
}

function count(counts: Counts, fields: Record<string, Value>): void {
  for (const field of Object.keys(fields)) counts.set(field, (counts.get(field) ?? 0) + 1);
}

/** How many of `wanted` values the target has, field by field: more of one does not make up for fewer of another. */
async function found(target: Store, series: StoreQuery, wanted: Counts): Promise<number> {
  const rows = await target.query({ ...series, aggregate: 'count' });
  return sum(
    new Map(
      [...wanted].map(([field, number]) => {
        const there = rows.reduce((total, { values }) => total + Number(values[field] ?? 0), 0);
        return [field, Math.min(number, there)];
      }),
    ),
  );
}

function sum(counts: Counts): number {
  return [...counts.values()].reduce((total, number) => total + number, 0);
}
