import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Period, periodOf } from './bucket-finder.ts';
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

export type NamedField = Field & { name: string };

export type SqlRow = Record<string, unknown>;

export interface Scope {
  measurement: Measurement;
  /** In the order of their tags. */
  series: readonly Series[];
  fields: readonly NamedField[];
}

/** A row as it lies in the file: id of its series, time, then the fields of the scope in their order. */
export type FoundRow = readonly [series: number, time: number, ...values: (StoredValue | null)[]];

/** The rows that were written, as a query orders and cuts them, in portions. Synchronous between two portions. */
export function foundRows(
  database: DatabaseSync,
  scope: Scope,
  query: StoreQuery,
): Generator<readonly FoundRow[]> {
  const [first, ...others] = scope.series;
  if (first && others.length === 0) return rowsOfOne(database, scope, first, query);
  return cut(rowsOfSeveral(database, scope, query), query);
}

/** Found rows with the names of what is in them. */
export function rowsOf({ measurement, fields }: Scope, found: readonly FoundRow[]): Row[] {
  return found.map(([series, time, ...stored]) => {
    const values: Row['values'] = {};
    for (const [index, { name, type }] of fields.entries()) {
      const value = stored[index];
      if (value != null) values[name] = readValue(value, type);
    }
    return { time, tags: measurement.seriesById.get(series)?.tags ?? {}, values };
  });
}

/** The sets of tags of a stream, each once: those of thousands of series would be most of what is handed on. */
export class TagList {
  readonly tags: Row['tags'][] = [];
  readonly #indexes = new Map<number, number>();

  /** Where the tags of a series stand in the list. */
  index(series: number, { seriesById }: Measurement): number {
    let index = this.#indexes.get(series);
    if (index === undefined) {
      index = this.tags.push(seriesById.get(series)?.tags ?? {}) - 1;
      this.#indexes.set(series, index);
    }
    return index;
  }
}

/** Found rows column by column. In plain loops: there may be ten million of them. */
export function columnsOf(
  { measurement, fields }: Scope,
  found: readonly FoundRow[],
  list: TagList,
): PackedRows {
  const times = new Float64Array(found.length);
  const tagsOfRow = new Uint32Array(found.length);
  for (let row = 0; row < found.length; row++) {
    tagsOfRow[row] = list.index(Number(found[row]?.[0]), measurement);
    times[row] = Number(found[row]?.[1]);
  }
  return {
    times,
    tags: list.tags,
    tagsOfRow,
    fields: fields.map(({ name }) => name),
    values: fields.map(({ type }, index) => column(found, index + 2, type)),
  };
}

/** Numbers without a value are NaN, which SQLite has none of. */
function column(found: readonly FoundRow[], index: number, type: FieldType): PackedRows['values'][number] {
  if (type !== 'number' && type !== 'integer') {
    return found.map((row) => {
      const value = row[index];
      return value == null ? undefined : readValue(value, type);
    });
  }
  const numbers = new Float64Array(found.length);
  for (let row = 0; row < found.length; row++) {
    const value = found[row]?.[index];
    numbers[row] = typeof value === 'number' ? value : Number.NaN;
  }
  return numbers;
}

/** A series is in order in the file: each portion begins where the one before ended. */
function* rowsOfOne(
  database: DatabaseSync,
  scope: Scope,
  { id }: Series,
  query: StoreQuery,
): Generator<readonly FoundRow[]> {
  const { measurement, fields } = scope;
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
    const rows = find(id, period.from, period.to, asked, offset);
    yield rows;
    const last = rows.at(-1);
    if (rows.length < asked || !last) return;
    if (isDescending) period.to = last[1];
    else period.from = last[1] + 1;
    left -= rows.length;
    offset = 0;
  }
}

/** Rows as lists, which take half the time of objects; Node.js has them from 22.16 on. */
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
  query: StoreQuery,
): Generator<readonly FoundRow[]> {
  const isDescending = query.order === 'descending';
  // Looking for a series costs as much as a row or two of it.
  const worthwhile = Math.min(MOST, Math.max(PORTION, 2 * scope.series.length));
  const target = Math.min(worthwhile, (query.limit ?? worthwhile) + (query.offset ?? 0)) || 1;
  const reader = new StretchReader(database, scope, isDescending);
  let rest = reader.occupied(periodOf(query));
  let width = Math.max(1, Math.round((target * USUAL_INTERVAL) / scope.series.length));
  while (rest && rest.from < rest.to) {
    const stretch: Period = isDescending
      ? { from: Math.max(rest.from, rest.to - width), to: rest.to }
      : { from: rest.from, to: Math.min(rest.to, rest.from + width) };
    const isShortest = stretch.to - stretch.from <= 1;
    const rows = reader.rows(stretch, isShortest ? -1 : 2 * MOST + 1);
    const isTooMuch = rows.length > 2 * MOST && !isShortest;
    width = nextWidth(stretch, isTooMuch ? 1 / 8 : target / Math.max(1, rows.length));
    if (isTooMuch) continue;
    rest = isDescending ? { from: rest.from, to: stretch.from } : { from: stretch.to, to: rest.to };
    if (rows.length > 0) yield* inPortions(rows);
    // Over a gap in one step, however long it is.
    else rest = reader.occupied(rest);
  }
}

function nextWidth({ from, to }: Period, factor: number): number {
  return Math.max(1, Math.round((to - from) * Math.min(4, Math.max(1 / 8, factor))));
}

export function* inPortions<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < rows.length; i += PORTION) yield rows.slice(i, i + PORTION);
}

/** Reads stretches of time of several series. */
class StretchReader {
  /** JSON. */
  readonly #ids: string;
  readonly #rows: ReturnType<typeof finder>;
  readonly #ends: StatementSync;

  constructor(database: DatabaseSync, scope: Scope, isDescending: boolean) {
    const { measurement, series, fields } = scope;
    const { table } = measurement;
    this.#ids = JSON.stringify(series.map(({ id }) => id));
    const source = `json_each(?) AS wanted CROSS JOIN ${table} ON series = wanted.value WHERE time >= ? AND time < ?`;
    this.#rows = finder(
      database,
      `SELECT series, time${columnNames(fields)} FROM ${source} AND (${anyOf(fields)})
      ORDER BY time ${isDescending ? 'DESC' : 'ASC'}, wanted.key LIMIT ?`,
    );
    const end = (direction: string) =>
      `(SELECT time FROM ${table} WHERE series = value AND time >= ? AND time < ? ORDER BY time ${direction} LIMIT 1)`;
    this.#ends = database.prepare(`
      SELECT min(oldest) AS oldest, max(newest) AS newest
      FROM (SELECT ${end('ASC')} AS oldest, ${end('DESC')} AS newest FROM json_each(?))`);
  }

  /** At most `limit` of them; -1: all. */
  rows({ from, to }: Period, limit: number): readonly FoundRow[] {
    return this.#rows(this.#ids, from, to, limit);
  }

  /** The period without what lies before its first and after its last row; undefined if it has none. */
  occupied({ from, to }: Period): Period | undefined {
    const ends = this.#ends.get(from, to, from, to, this.#ids);
    return ends?.oldest == null ? undefined : { from: Number(ends.oldest), to: Number(ends.newest) + 1 };
  }
}

/** Portions without the rows before `offset` and after `limit`. */
export function* cut<T>(
  portions: Iterable<readonly T[]>,
  { offset = 0, limit }: StoreQuery,
): Generator<readonly T[]> {
  let skip = offset;
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  for (const rows of portions) {
    const kept = rows.slice(skip, skip + left);
    skip = Math.max(0, skip - rows.length);
    left -= kept.length;
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
