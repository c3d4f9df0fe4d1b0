import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError } from '../observation/errors.ts';
import {
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreQuery,
} from './store.ts';

/** Points written at a time: one request to an InfluxDB, and a few megabytes of memory. */
const PORTION = 5000;
/** Milliseconds before each further attempt to write a portion: a server may restart, a file be locked for a moment. */
const PAUSES = [100, 1000, 5000];

/** What was copied of one measurement, in values (fields of points). */
export interface CopiedMeasurement {
  measurement: string;
  /** Values that the source had when the copy began. */
  values: number;
  /** Those of them that the target has afterwards, counted by the target itself. */
  found: number;
  /** Values that this run wrote; an earlier one may have written others. */
  written: number;
  /** The first of the points that the target will never take. */
  refused?: RefusedPoint;
}

/** Values so far, of all that the source had when the copy began. */
export interface CopyProgress {
  measurement: string;
  done: number;
  total: number;
}

/** How far each series has been copied, so that a copy that was stopped goes on where it was. */
export interface CopyBookmarks {
  /** ms since 1970 UTC from which on nothing is copied yet; undefined if nothing is. */
  get(measurement: string, tags: Row['tags']): number | undefined;
  set(measurement: string, tags: Row['tags'], from: number): void;
}

export interface CopyOptions {
  /** Without them everything is copied. */
  bookmarks?: CopyBookmarks;
  onProgress?(progress: CopyProgress): void;
}

/**
 * Copies all measurements of a store into another, a series and a portion at a time, and counts afterwards. The source
 * stays as it is and may grow meanwhile: what comes during the copy is copied or left for the next run. May be
 * repeated: a point that is there already stays one point. Gives each measurement when it is done; throws ByflytError
 * if a store is away.
 */
export async function* copyStore(
  source: Store,
  target: Store,
  { bookmarks, onProgress }: CopyOptions = {},
): AsyncGenerator<CopiedMeasurement> {
  // A wrong address or sign-in shows before anything is counted.
  await target.measurements();
  const plan: [measurement: string, series: Series[]][] = [];
  for (const [measurement, fields] of await source.measurements()) {
    plan.push([measurement, await seriesOf(source, measurement, fields)]);
  }
  const total = sum(plan.flatMap(([, series]) => series.map(({ wanted }) => sum(wanted.values()))));
  let before = 0;
  for (const [measurement, all] of plan) {
    const copied: CopiedMeasurement = { measurement, values: 0, found: 0, written: 0 };
    for (const series of all) {
      const values = sum(series.wanted.values());
      const onWritten = (written: number) =>
        onProgress?.({ measurement, done: before + Math.min(written, values), total });
      add(copied, values, await copySeries({ source, target, series, bookmarks, onWritten }));
      before += values;
      onWritten(0);
    }
    yield copied;
  }
}

interface Series {
  tags: Row['tags'];
  /** Finds this series and no other one. */
  query: StoreQuery;
  /** ms since 1970 UTC, just after its newest reading: what comes later counts neither as wanted nor as found. */
  end: number;
  wanted: Counts;
}

/** Number of values by field. */
type Counts = ReadonlyMap<string, number>;

/** The series of a measurement. A tag that a series lacks is empty in its query, so that it fits no other one. */
async function seriesOf(source: Store, measurement: string, fields: string[]): Promise<Series[]> {
  const all = await source.latest({ measurement, fields });
  const none = Object.fromEntries(all.flatMap(({ tags }) => Object.keys(tags)).map((tag) => [tag, '']));
  const series: Series[] = [];
  for (const { tags, time } of all) {
    const query = { measurement, fields, where: { ...none, ...tags } };
    const end = time + 1;
    series.push({ tags, query, end, wanted: await countsOf(source, { query, end }) });
  }
  return series;
}

async function countsOf(store: Store, { query, end }: Pick<Series, 'query' | 'end'>): Promise<Counts> {
  const counts = new Map<string, number>();
  for (const { values } of await store.query({ ...query, to: end, aggregate: 'count' })) {
    for (const field in values) counts.set(field, (counts.get(field) ?? 0) + Number(values[field]));
  }
  return counts;
}

interface SeriesTask {
  source: Store;
  target: Store;
  series: Series;
  bookmarks: CopyBookmarks | undefined;
  /** Hears how many values of the series are written. */
  onWritten(written: number): void;
}

type CopiedSeries = Omit<CopiedMeasurement, 'measurement' | 'values'>;

/** From the bookmark on; a reading that came late lies before it, and then the target has too few. */
async function copySeries(task: SeriesTask): Promise<CopiedSeries> {
  const { series, bookmarks } = task;
  const bookmark = bookmarks?.get(series.query.measurement, series.tags);
  const rest = await copyFrom(task, bookmark);
  if (bookmark === undefined || rest.found >= sum(series.wanted.values())) return rest;
  const all = await copyFrom(task, undefined);
  return { ...all, written: rest.written + all.written };
}

async function copyFrom(task: SeriesTask, from: number | undefined): Promise<CopiedSeries> {
  const { source, target, series, bookmarks, onWritten } = task;
  const { measurement } = series.query;
  const copied: CopiedSeries = { written: 0, found: 0 };
  const rows = source.stream({ ...series.query, ...(from !== undefined && { from }), order: 'ascending' });
  for await (const portion of portionsOf(rows)) {
    const points = portion.map((row) => pointOf(measurement, row));
    const refused = await write(target, points);
    if (refused[0]) copied.refused ??= refused[0];
    copied.written += valuesIn(points) - valuesIn(refused.map(({ point }) => point));
    // A series has one row per time.
    bookmarks?.set(measurement, series.tags, (portion.at(-1)?.time ?? 0) + 1);
    onWritten(copied.written);
  }
  copied.found = common(series.wanted, await countsOf(target, series));
  return copied;
}

/** The same rows in portions of at most PORTION, none of them empty. */
async function* portionsOf(rows: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
  for await (const some of rows) {
    for (let start = 0; start < some.length; start += PORTION) yield some.slice(start, start + PORTION);
  }
}

function pointOf(measurement: string, { time, tags, values }: Row): Point {
  return { measurement, tags, fields: values, time };
}

/** Gives the points that the target will never take. */
async function write(target: Store, points: readonly Point[]): Promise<readonly RefusedPoint[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      await target.write(points);
      return [];
    } catch (error) {
      if (error instanceof PointsRefusedError) return error.refused;
      const pause = PAUSES[attempt];
      if (!(error instanceof ConnectionError) || pause === undefined) throw error;
      await delay(pause);
    }
  }
}

/** How many of the wanted values are there, field by field: more of one does not make up for fewer of another. */
function common(wanted: Counts, there: Counts): number {
  return sum([...wanted].map(([field, number]) => Math.min(number, there.get(field) ?? 0)));
}

function add(copied: CopiedMeasurement, values: number, { found, written, refused }: CopiedSeries): void {
  copied.values += values;
  copied.found += found;
  copied.written += written;
  if (refused) copied.refused ??= refused;
}

function valuesIn(points: readonly Point[]): number {
  return sum(points.map(({ fields }) => Object.keys(fields).length));
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
