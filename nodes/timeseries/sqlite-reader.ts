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
  const found = occupied(database, scope, periodOf(query));
  if (!found) return;
  const { series, period } = found;
  const isDescending = query.order === 'descending';
  const target = Math.min(PORTION, (query.limit ?? PORTION) + (query.offset ?? 0)) || 1;
  const statement = stretchStatement(database, scope, isDescending);
  let width = Math.max(1, Math.round((target * USUAL_INTERVAL) / series.length));
  while (period.from < period.to) {
    const stretch = isDescending
      ? { from: Math.max(period.from, period.to - width), to: period.to }
      : { from: period.from, to: Math.min(period.to, period.from + width) };
    const limit = stretch.to - stretch.from > 1 ? MOST + 1 : -1;
    const rows = rowsIn(statement, scope, series, stretch, limit);
    const isCut = limit > 0 && rows.length === limit;
    if (!isCut) {
      if (isDescending) period.to = stretch.from;
      else period.from = stretch.to;
      for (let i = 0; i < rows.length; i += PORTION) yield rows.slice(i, i + PORTION);
    }
    const factor = isCut ? 1 / 8 : Math.min(8, Math.max(1 / 4, target / Math.max(1, rows.length)));
    width = Math.max(1, Math.round((stretch.to - stretch.from) * factor));
  }
}

function stretchStatement(
  database: DatabaseSync,
  { measurement, fields }: Scope,
  isDescending: boolean,
): StatementSync {
  return database.prepare(`
    SELECT series, time${columnsOf(fields)}
    FROM json_each(?) AS wanted CROSS JOIN ${measurement.table} ON series = wanted.value
    WHERE time >= ? AND time < ? AND (${anyOf(fields)})
    ORDER BY time ${isDescending ? 'DESC' : 'ASC'}, wanted.key LIMIT ?`);
}

function rowsIn(
  statement: StatementSync,
  { measurement, fields }: Scope,
  series: readonly number[],
  { from, to }: Period,
  limit: number,
): Row[] {
  return statement.all(JSON.stringify(series), from, to, limit).map((row) => ({
    time: Number(row.time),
    tags: measurement.seriesById.get(Number(row.series))?.tags ?? {},
    values: valuesOf(row, fields),
  }));
}

/** Those of the series that have rows in a period, and from when to when. */
function occupied(
  database: DatabaseSync,
  { measurement: { table }, series }: Scope,
  { from, to }: Period,
): { series: number[]; period: Period } | undefined {
  const end = (direction: 'ASC' | 'DESC') =>
    `(SELECT time FROM ${table} WHERE series = value AND time >= ? AND time < ? ORDER BY time ${direction} LIMIT 1)`;
  const rows = database
    .prepare(`SELECT value AS id, ${end('ASC')} AS oldest, ${end('DESC')} AS newest FROM json_each(?)`)
    .all(from, to, from, to, JSON.stringify(series.map(({ id }) => id)))
    .filter(({ oldest }) => oldest !== null);
  if (rows.length === 0) return undefined;
  const oldest = rows.reduce((least, row) => Math.min(least, Number(row.oldest)), to);
  const newest = rows.reduce((most, row) => Math.max(most, Number(row.newest)), from);
  return { series: rows.map(({ id }) => Number(id)), period: { from: oldest, to: newest + 1 } };
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
