import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Period, periodOf } from './bucket-finder.ts';
import type { FieldType } from './series.ts';
import type { Field, Measurement, Series } from './sqlite-schema.ts';
import type { Row, StoreQuery } from './store.ts';
import type { StoredValue } from './summary.ts';

/** Rows handed out at a time. */
export const PORTION = 5000;
/** Rows of one statement at most, unless they all are of the same ms. */
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

/** The rows that were written, as a query orders and cuts them, in portions. Synchronous between two portions. */
export function rawRows(database: DatabaseSync, scope: Scope, query: StoreQuery): Generator<Row[]> {
  const [first, ...others] = scope.series;
  if (first && others.length === 0) return rowsOfOne(database, scope, first, query);
  return cut(rowsOfSeveral(database, scope, query), query);
}

/** A series is in order in the file: each portion begins where the one before ended. */
function* rowsOfOne(
  database: DatabaseSync,
  scope: Scope,
  { id, tags }: Series,
  query: StoreQuery,
): Generator<Row[]> {
  const { measurement, fields } = scope;
  const period = periodOf(query);
  const isDescending = query.order === 'descending';
  const statement = database.prepare(`
    SELECT time${columnsOf(fields)} FROM ${measurement.table}
    WHERE series = ? AND time >= ? AND time < ? AND (${anyOf(fields)})
    ORDER BY time ${isDescending ? 'DESC' : 'ASC'} LIMIT ? OFFSET ?`);
  let { limit: left = Number.POSITIVE_INFINITY, offset = 0 } = query;
  while (left > 0) {
    const asked = Math.min(left, PORTION);
    const rows = statement
      .all(id, period.from, period.to, asked, offset)
      .map((row) => ({ time: Number(row.time), tags, values: valuesOf(row, fields) }));
    yield rows;
    const last = rows.at(-1);
    if (rows.length < asked || !last) return;
    if (isDescending) period.to = last.time;
    else period.from = last.time + 1;
    left -= rows.length;
    offset = 0;
  }
}

/** Stretches of time one after the other, each as long as is good for some thousand rows. */
function* rowsOfSeveral(database: DatabaseSync, scope: Scope, query: StoreQuery): Generator<Row[]> {
  const isDescending = query.order === 'descending';
  const target = Math.min(PORTION, (query.limit ?? PORTION) + (query.offset ?? 0)) || 1;
  const reader = new StretchReader(database, scope, isDescending);
  let rest = reader.occupied(periodOf(query));
  let width = Math.max(1, Math.round((target * USUAL_INTERVAL) / scope.series.length));
  while (rest && rest.from < rest.to) {
    const stretch: Period = isDescending
      ? { from: Math.max(rest.from, rest.to - width), to: rest.to }
      : { from: rest.from, to: Math.min(rest.to, rest.from + width) };
    const count = reader.count(stretch);
    const isTooMuch = count > MOST && stretch.to - stretch.from > 1;
    width = nextWidth(stretch, isTooMuch ? 1 / 8 : target / Math.max(1, count));
    if (isTooMuch) continue;
    rest = isDescending ? { from: rest.from, to: stretch.from } : { from: stretch.to, to: rest.to };
    if (count > 0) yield* inPortions(reader.rows(stretch));
    // Over a gap in one step, however long it is.
    else rest = reader.occupied(rest);
  }
}

function nextWidth({ from, to }: Period, factor: number): number {
  return Math.max(1, Math.round((to - from) * Math.min(4, Math.max(1 / 8, factor))));
}

export function* inPortions(rows: Row[]): Generator<Row[]> {
  for (let i = 0; i < rows.length; i += PORTION) yield rows.slice(i, i + PORTION);
}

/** Reads stretches of time of several series. */
class StretchReader {
  readonly #scope: Scope;
  /** JSON. */
  readonly #ids: string;
  readonly #rows: StatementSync;
  readonly #count: StatementSync;
  readonly #ends: StatementSync;

  constructor(database: DatabaseSync, scope: Scope, isDescending: boolean) {
    const { measurement, series, fields } = scope;
    const { table } = measurement;
    this.#scope = scope;
    this.#ids = JSON.stringify(series.map(({ id }) => id));
    const source = `json_each(?) AS wanted CROSS JOIN ${table} ON series = wanted.value WHERE time >= ? AND time < ?`;
    this.#rows = database.prepare(`
      SELECT series, time${columnsOf(fields)} FROM ${source} AND (${anyOf(fields)})
      ORDER BY time ${isDescending ? 'DESC' : 'ASC'}, wanted.key`);
    // Stops counting where it is too much anyway.
    this.#count = database.prepare(
      `SELECT count(*) AS rows FROM (SELECT 1 FROM ${source} LIMIT ${MOST + 1})`,
    );
    const end = (direction: string) =>
      `(SELECT time FROM ${table} WHERE series = value AND time >= ? AND time < ? ORDER BY time ${direction} LIMIT 1)`;
    this.#ends = database.prepare(`
      SELECT min(oldest) AS oldest, max(newest) AS newest
      FROM (SELECT ${end('ASC')} AS oldest, ${end('DESC')} AS newest FROM json_each(?))`);
  }

  /** `MOST + 1` for any number above MOST. */
  count({ from, to }: Period): number {
    return Number(this.#count.get(this.#ids, from, to)?.rows);
  }

  rows({ from, to }: Period): Row[] {
    const { measurement, fields } = this.#scope;
    return this.#rows.all(this.#ids, from, to).map((row) => ({
      time: Number(row.time),
      tags: measurement.seriesById.get(Number(row.series))?.tags ?? {},
      values: valuesOf(row, fields),
    }));
  }

  /** The period without what lies before its first and after its last row; undefined if it has none. */
  occupied({ from, to }: Period): Period | undefined {
    const ends = this.#ends.get(from, to, from, to, this.#ids);
    return ends?.oldest == null ? undefined : { from: Number(ends.oldest), to: Number(ends.newest) + 1 };
  }
}

/** Portions without the rows before `offset` and after `limit`. */
export function* cut(portions: Iterable<Row[]>, { offset = 0, limit }: StoreQuery): Generator<Row[]> {
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

function columnsOf(fields: readonly NamedField[]): string {
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
