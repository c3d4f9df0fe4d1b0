import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { ConnectionError, messageOf } from '../observation/errors.ts';
import type { Value } from '../observation/observation.ts';
import { inTransaction, openSqliteFile } from '../persistence/sqlite-file.ts';
import { aggregable, arrange, type FieldType, fieldTypeOf, LatestRows, matches } from './series.ts';
import {
  type Field,
  MEASUREMENTS_SCHEMA,
  type Measurement,
  type Series,
  SqliteSchema,
} from './sqlite-schema.ts';
import {
  type LatestRow,
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreQuery,
} from './store.ts';

/** Rows that are worth fetching from each series by itself. */
const FEW = 200;

type SqlRow = Record<string, SQLOutputValue>;
type Aggregate = NonNullable<StoreQuery['aggregate']>;

/** Store in one SQLite file, made if it is missing. Throws ByflytError if the file cannot be used. */
export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #schema: SqliteSchema;
  readonly #upserts = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = openSqliteFile(path, { durability: 'power-cut', schema: MEASUREMENTS_SCHEMA });
    this.#schema = new SqliteSchema(this.#database);
  }

  async write(points: readonly Point[]): Promise<void> {
    const refused: RefusedPoint[] = [];
    try {
      inTransaction(this.#database, () => {
        for (const point of points) {
          const reason = this.#upsert(point);
          if (reason !== undefined) refused.push({ point, reason });
        }
      });
    } catch (error) {
      this.#schema.reload();
      this.#upserts.clear();
      const problem = { key: 'timeseries.error.disk', parameters: { message: messageOf(error) } };
      throw new ConnectionError(problem, { cause: error });
    }
    if (refused.length > 0) throw new PointsRefusedError(refused);
  }

  async query(query: StoreQuery): Promise<Row[]> {
    const measurement = this.#schema.find(query.measurement);
    if (!measurement) return [];
    const names = aggregable(query, (name) => measurement.fields.get(name)?.type);
    const fields = fieldsNamed(measurement, names);
    const series = matching(measurement, query.where);
    if (fields.length === 0 || series.length === 0) return [];
    return query.aggregate
      ? this.#aggregated(measurement, series, fields, query, query.aggregate)
      : this.#raw(measurement, series, fields, query);
  }

  async *stream(query: StoreQuery): AsyncGenerator<Row[]> {
    yield await this.query(query);
  }

  async latest({ measurement: name, fields, where }: StoreQuery): Promise<LatestRow[]> {
    const latest = new LatestRows();
    const measurement = this.#schema.find(name);
    if (!measurement) return [];
    const series = matching(measurement, where);
    for (const { name: field, column, type } of fieldsNamed(measurement, new Set(fields))) {
      const newest = this.#database.prepare(`
        SELECT time, ${column} AS value FROM ${measurement.table}
        WHERE series = ? AND ${column} IS NOT NULL ORDER BY time DESC LIMIT 1`);
      for (const { id, tags } of series) {
        const row = newest.get(id);
        if (row) latest.add(tags, field, Number(row.time), readValue(row.value, type));
      }
    }
    return latest.rows();
  }

  async measurements(): Promise<Map<string, string[]>> {
    return this.#schema.names();
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** Returns why the point cannot be kept, or undefined. */
  #upsert(point: Point): string | undefined {
    const measurement = this.#schema.measurement(point.measurement);
    const names = Object.keys(point.fields);
    const reason = this.#prepareFields(measurement, point, names);
    if (reason !== undefined) return reason;
    const values: SQLInputValue[] = [this.#schema.series(measurement, point.tags).id, point.time];
    for (const name of names) values.push(sqlValue(point.fields[name]));
    this.#upsertStatement(measurement, names).run(...values);
    return undefined;
  }

  /** Makes the fields that are new; the first value decides a field's type. */
  #prepareFields(measurement: Measurement, { fields, time }: Point, names: string[]): string | undefined {
    if (names.length === 0) return 'no fields';
    if (!Number.isSafeInteger(time)) return `time ${time} is no whole number of milliseconds`;
    for (const name of names) {
      const type = fieldTypeOf(name, fields[name]);
      if (type === undefined) return `field ${name} has no usable value`;
      const known = measurement.fields.get(name) ?? this.#schema.field(measurement, name, type);
      if (known.type !== type) return `field ${name} is ${type}, already exists as ${known.type}`;
    }
    return undefined;
  }

  #upsertStatement(measurement: Measurement, names: readonly string[]): StatementSync {
    const key = `${measurement.table} ${names.join('\n')}`;
    const known = this.#upserts.get(key);
    if (known) return known;
    const columns = fieldsNamed(measurement, names).map(({ column }) => column);
    const statement = this.#database.prepare(`
      INSERT INTO ${measurement.table} (series, time, ${columns.join(', ')})
      VALUES (?, ?${', ?'.repeat(columns.length)})
      ON CONFLICT DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`);
    this.#upserts.set(key, statement);
    return statement;
  }

  /** Few rows come from the ends of the series, without reading what lies between; many from one sorted pass. */
  #raw(measurement: Measurement, series: readonly Series[], fields: NamedField[], query: StoreQuery): Row[] {
    const { limit = Number.POSITIVE_INFINITY, offset = 0 } = query;
    if (series.length > 1 && limit + offset > FEW) return this.#sorted(measurement, series, fields, query);
    const ends: StoreQuery = { ...query, offset: 0 };
    if (query.limit !== undefined) ends.limit = query.limit + offset;
    return arrange(
      series.flatMap((one) => this.#sorted(measurement, [one], fields, ends)),
      query,
    );
  }

  #sorted(
    measurement: Measurement,
    series: readonly Series[],
    fields: NamedField[],
    query: StoreQuery,
  ): Row[] {
    const direction = query.order === 'descending' ? 'DESC' : 'ASC';
    const { source, ids, tie } = scopeOf(measurement, series);
    const rows = this.#database
      .prepare(`
        SELECT series, time, ${fields.map(({ column }) => column).join(', ')} FROM ${source}
        AND (${fields.map(({ column }) => `${column} IS NOT NULL`).join(' OR ')})
        ORDER BY time ${direction}${tie} LIMIT ? OFFSET ?`)
      .all(ids, ...range(query), query.limit ?? -1, query.offset ?? 0);
    return rows.map((row) => {
      const tags = measurement.seriesById.get(Number(row.series))?.tags ?? {};
      const result: Row = { time: Number(row.time), tags, values: {} };
      addValues(result.values, row, fields);
      return result;
    });
  }

  #aggregated(
    measurement: Measurement,
    series: readonly Series[],
    fields: NamedField[],
    query: StoreQuery,
    aggregate: Aggregate,
  ): Row[] {
    const expression = AGGREGATES[aggregate];
    const { source, ids } = scopeOf(measurement, series);
    const merged = new Map<string, Row>();
    for (const group of ONE_FIELD_AT_A_TIME.has(aggregate) ? fields.map((field) => [field]) : [fields]) {
      const rows = this.#database
        .prepare(`
          SELECT series, ${bucketOf(query)} AS bucket, ${group.map(({ column }) => expression(column)).join(', ')}
          FROM ${source} GROUP BY series, bucket
          HAVING ${group.map(({ column }) => `count(${column}) > 0`).join(' OR ')}`)
        .all(ids, ...range(query));
      const results =
        aggregate === 'count' ? group.map((field) => ({ ...field, type: 'number' as const })) : group;
      for (const row of rows) addValues(rowOf(merged, row, measurement).values, row, results);
    }
    return arrange([...merged.values()], query);
  }
}

type NamedField = Field & { name: string };

function fieldsNamed(measurement: Measurement, names: Iterable<string>): NamedField[] {
  return [...names].flatMap((name) => {
    const field = measurement.fields.get(name);
    return field ? [{ name, ...field }] : [];
  });
}

/** The value comes out under the column's name. */
const AGGREGATES: Record<Aggregate, (column: string) => string> = {
  mean: (column) => `avg(${column}) AS ${column}`,
  min: (column) => `min(${column}) AS ${column}`,
  max: (column) => `max(${column}) AS ${column}`,
  sum: (column) => `sum(${column}) AS ${column}`,
  count: (column) => `nullif(count(${column}), 0) AS ${column}`,
  // Beside min() or max(), SQLite takes a bare column from the row that has the minimum or maximum.
  first: (column) => `min(iif(${column} IS NULL, NULL, time)), ${column}`,
  last: (column) => `max(iif(${column} IS NULL, NULL, time)), ${column}`,
};
const ONE_FIELD_AT_A_TIME: ReadonlySet<Aggregate> = new Set(['first', 'last']);

/** SQLite's % follows the sign of the time; buckets before 1970 must still begin at or before their points. */
function bucketOf({ every, from }: StoreQuery): string {
  return every ? `time - (((time % ${every}) + ${every}) % ${every})` : String(from ?? 0);
}

/**
 * The table's rows of some series in a time range, for a FROM: the primary key of each is walked by itself, so that
 * other series' rows are never read. `tie` puts rows of the same time in the order of `series`; the rows of one series
 * are in order already, and a second criterion would have them sorted again.
 */
function scopeOf({ table }: Measurement, series: readonly Series[]) {
  const [first, ...others] = series;
  const inRange = 'time >= ? AND time < ?';
  if (first && others.length === 0) {
    return { source: `${table} WHERE series = ? AND ${inRange}`, ids: first.id, tie: '' };
  }
  return {
    source: `json_each(?) AS wanted CROSS JOIN ${table} ON series = wanted.value WHERE ${inRange}`,
    ids: JSON.stringify(series.map(({ id }) => id)),
    tie: ', wanted.key',
  };
}

function range({ from, to }: StoreQuery): [from: number, to: number] {
  return [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
}

/** All series that fit, in the order of their tags. */
function matching(measurement: Measurement, where: StoreQuery['where']): Series[] {
  const series = [...measurement.series].filter(([, { tags }]) => matches(tags, where));
  return series.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function rowOf(rows: Map<string, Row>, row: SqlRow, { seriesById }: Measurement): Row {
  const key = `${row.series} ${row.bucket}`;
  const tags = seriesById.get(Number(row.series))?.tags ?? {};
  const known = rows.get(key) ?? { time: Number(row.bucket), tags, values: {} };
  rows.set(key, known);
  return known;
}

function addValues(values: Row['values'], row: SqlRow, fields: readonly NamedField[]): void {
  for (const { name, column, type } of fields) {
    const value = row[column];
    if (value !== null && value !== undefined) values[name] = readValue(value, type);
  }
}

function sqlValue(value: Value | undefined): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}

function readValue(value: SQLOutputValue | undefined, type: FieldType): Value {
  if (type === 'boolean') return value === 1;
  return type === 'string' ? String(value) : Number(value);
}
