import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Period, periodOf } from './bucket-finder.ts';
import { FoundColumns, type FoundRow, TagList } from './found-columns.ts';
import { packedPart } from './row-packing.ts';
import type { FieldType } from './series.ts';
import type { Field, Measurement, Series } from './sqlite-schema.ts';
import type { PackedRows, Row, StoreQuery } from './store.ts';
import type { StoredValue } from './summary.ts';

/** Rows handed out at a time. */
export const PORTION = 5000;
/** Rows that a statement aims at, at most; twice as many are its limit, unless they all are of the same ms. */
const MOST = 4 * PORTION;
/** ms between two readings of a device: only a first guess at how many rows lie in a stretch of time. */
const USUAL_INTERVAL = 600_000;

/** Rows of each series that make it worth while to look for it. */
const ROWS_PER_SERIES = 20;
/** Series of one statement at most. */
const GROUP = PORTION / ROWS_PER_SERIES;
/** Rows at one ms, which no stretch can be shorter than. */
const UNLIMITED = 2 ** 31;

export type NamedField = Field & { name: string };

export type SqlRow = Record<string, unknown>;

export interface Scope {
  measurement: Measurement;
  /** In the order of their tags. */
  series: readonly Series[];
  fields: readonly NamedField[];
}

/** The rows that were written, as a query orders and cuts them, in portions. Synchronous between two portions. */
export function foundRows(database: DatabaseSync, scope: Scope, query: StoreQuery): Generator<PackedRows> {
  const { seriesById } = scope.measurement;
  const list = new TagList((series) => seriesById.get(series)?.tags ?? {});
  const found = new FoundColumns(scope.fields, list);
  const [first, ...others] = scope.series;
  if (first && others.length === 0) return rowsOfOne(database, scope, found, first, query);
  return cutPacked(rowsOfSeveral(database, scope, found, query), query);
}

/** A series is in order in the file: each portion begins where the one before ended. */
function* rowsOfOne(
  database: DatabaseSync,
  { measurement, fields }: Scope,
  found: FoundColumns,
  { id }: Series,
  query: StoreQuery,
): Generator<PackedRows> {
  const period = periodOf(query);
  const isDescending = query.order === 'descending';
  const find = finder(
    database,
    `SELECT series, time${columnNames(fields)} FROM ${measurement.table}
    WHERE series = ? AND time >= ? AND time < ? AND (${anyOf(fields)})
    ORDER BY time ${isDescending ? 'DESC' : 'ASC'} LIMIT ? OFFSET ?`,
  );
  let { limit: left = Number.POSITIVE_INFINITY, offset = 0 } = query;
  while (left > 0) {
    const asked = Math.min(left, PORTION);
    found.add(find(id, period.from, period.to, asked, offset));
    const { length, lastTime } = found;
    yield* found.portions(PORTION);
    found.clear();
    if (length < asked || lastTime === undefined) return;
    if (isDescending) period.to = lastTime;
    else period.from = lastTime + 1;
    left -= length;
    offset = 0;
  }
}

/** Rows as lists, which cost half as much as objects; Node.js has them from 22.16 on. */
function finder(
  database: DatabaseSync,
  sql: string,
): (...parameters: (string | number)[]) => readonly FoundRow[] {
  const statement = database.prepare(sql);
  const hasLists = typeof statement.setReturnArrays === 'function';
  if (hasLists) statement.setReturnArrays(true);
  return (...parameters) => {
    const rows: unknown[] = statement.all(...parameters);
    return (hasLists ? rows : rows.map((row) => Object.values(row as SqlRow))) as unknown as FoundRow[];
  };
}

/** Stretches of time one after the other, each as long as is good for some thousand rows. */
function* rowsOfSeveral(
  database: DatabaseSync,
  scope: Scope,
  found: FoundColumns,
  query: StoreQuery,
): Generator<PackedRows> {
  const { order = 'ascending' } = query;
  // Looking for a series costs as much as some rows of it.
  const worthwhile = Math.min(MOST, Math.max(PORTION, ROWS_PER_SERIES * scope.series.length));
  const target = Math.min(worthwhile, (query.limit ?? worthwhile) + (query.offset ?? 0)) || 1;
  const reader = new StretchReader(database, scope);
  let rest = reader.occupied(periodOf(query));
  let width = Math.max(1, Math.round((target * USUAL_INTERVAL) / scope.series.length));
  while (rest && rest.from < rest.to) {
    const stretch = stretchOf(rest, width, order);
    const isComplete = reader.read(stretch, found);
    const { length } = found;
    width = nextWidth(stretch, isComplete ? target / Math.max(1, length) : 1 / 8);
    if (isComplete) {
      rest = restOf(rest, stretch, order);
      if (length > 0) yield* found.portions(2 * MOST, order);
      // Over a gap in one step, however long it is.
      else rest = reader.occupied(rest);
    }
    found.clear();
  }
}

type Order = NonNullable<StoreQuery['order']>;

/** The part of a period that is read first. */
function stretchOf({ from, to }: Period, width: number, order: Order): Period {
  return order === 'descending'
    ? { from: Math.max(from, to - width), to }
    : { from, to: Math.min(to, from + width) };
}

/** What is left of a period behind a stretch. */
function restOf({ from, to }: Period, stretch: Period, order: Order): Period {
  return order === 'descending' ? { from, to: stretch.from } : { from: stretch.to, to };
}

function nextWidth({ from, to }: Period, factor: number): number {
  return Math.max(1, Math.round((to - from) * Math.min(4, Math.max(1 / 8, factor))));
}

export function* inPortions(rows: Row[]): Generator<Row[]> {
  for (let i = 0; i < rows.length; i += PORTION) yield rows.slice(i, i + PORTION);
}

/** Reads stretches of time of several series. */
class StretchReader {
  /** Ids of all series, and of some of them at a time, as JSON: what one statement finds should soon be forgotten. */
  readonly #ids: string;
  readonly #groups: readonly string[];
  readonly #rows: ReturnType<typeof finder>;
  readonly #ends: StatementSync;

  constructor(database: DatabaseSync, scope: Scope) {
    const { measurement, series, fields } = scope;
    const { table } = measurement;
    const ids = series.map(({ id }) => id);
    this.#ids = JSON.stringify(ids);
    this.#groups = Array.from({ length: Math.ceil(ids.length / GROUP) }, (_, group) =>
      JSON.stringify(ids.slice(group * GROUP, (group + 1) * GROUP)),
    );
    const source = `json_each(?) AS wanted CROSS JOIN ${table} ON series = wanted.value WHERE time >= ? AND time < ?`;
    this.#rows = finder(
      database,
      `SELECT series, time${columnNames(fields)} FROM ${source} AND (${anyOf(fields)}) LIMIT ?`,
    );
    const end = (direction: string) =>
      `(SELECT time FROM ${table} WHERE series = value AND time >= ? AND time < ? ORDER BY time ${direction} LIMIT 1)`;
    this.#ends = database.prepare(`
      SELECT min(oldest) AS oldest, max(newest) AS newest
      FROM (SELECT ${end('ASC')} AS oldest, ${end('DESC')} AS newest FROM json_each(?))`);
  }

  /** Adds the rows of a stretch, series by series, each in order of time. False if it has too many: then not all. */
  read({ from, to }: Period, found: FoundColumns): boolean {
    const limit = to - from > 1 ? 2 * MOST : UNLIMITED;
    for (const ids of this.#groups) {
      found.add(this.#rows(ids, from, to, limit + 1 - found.length));
      if (found.length > limit) return false;
    }
    return true;
  }

  /** The period without what lies before its first and after its last row; undefined if it has none. */
  occupied({ from, to }: Period): Period | undefined {
    const ends = this.#ends.get(from, to, from, to, this.#ids);
    return ends?.oldest == null ? undefined : { from: Number(ends.oldest), to: Number(ends.newest) + 1 };
  }
}

/** Portions without the rows before `offset` and after `limit`. */
export function cut(portions: Iterable<Row[]>, query: StoreQuery): Generator<Row[]> {
  const part = (rows: Row[], from: number, to: number) => rows.slice(from, to);
  return partsOf(portions, query, (rows) => rows.length, part);
}

function cutPacked(portions: Iterable<PackedRows>, query: StoreQuery): Generator<PackedRows> {
  return partsOf(portions, query, ({ times }) => times.length, packedPart);
}

function* partsOf<T>(
  portions: Iterable<T>,
  { offset = 0, limit }: StoreQuery,
  lengthOf: (portion: T) => number,
  part: (portion: T, from: number, to: number) => T,
): Generator<T> {
  let skip = offset;
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  for (const portion of portions) {
    const length = lengthOf(portion);
    const kept = skip === 0 && left >= length ? portion : part(portion, skip, skip + left);
    skip = Math.max(0, skip - length);
    left -= lengthOf(kept);
    yield kept;
    if (left <= 0) return;
  }
}

function columnNames(fields: readonly NamedField[]): string {
  return fields.map(({ column }) => `, ${column}`).join('');
}

function anyOf(fields: readonly NamedField[]): string {
  return fields.map(({ column }) => `${column} IS NOT NULL`).join(' OR ');
}

/** The values that a row of a table has, by the names of their fields. */
export function valuesOf(row: SqlRow, fields: readonly NamedField[]): Row['values'] {
  const values: Row['values'] = {};
  for (const { name, column, type } of fields) {
    const value = row[column] as StoredValue | null;
    if (value !== null) values[name] = readValue(value, type);
  }
  return values;
}

/** A value as it was written. */
export function readValue(value: StoredValue, type: FieldType): Row['values'][string] {
  return type === 'boolean' ? value === 1 : value;
}
