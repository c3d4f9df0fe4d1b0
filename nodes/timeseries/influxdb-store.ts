import { messageOf } from '../observation/errors.ts';
import { type BucketRun, bucketRuns } from './buckets.ts';
import { filled } from './fill.ts';
import { InfluxdbConnection, type InfluxdbSeries } from './influxdb-connection.ts';
import { cut, inOrder, rowsOf } from './influxdb-rows.ts';
import type { InfluxdbSettings } from './influxdb-settings.ts';
import { checkServer, withDatabase } from './influxdb-setup.ts';
import { InfluxdbWriter, type Line } from './influxdb-writer.ts';
import { identifier, latestOf, rowsInOrder, selectsOf } from './influxql.ts';
import { lineOf } from './line-protocol.ts';
import { aggregable, arrange, type FieldType, LatestRows } from './series.ts';
import {
  type LatestRow,
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreCheck,
  type StoreQuery,
} from './store.ts';

/** Rows that a portion of a streamed summary has, about. */
const PORTION = 5000;

/** Store in InfluxDB 1.x, 2.x or 3; writes also reach VictoriaMetrics. */
export class InfluxdbStore implements Store {
  readonly #connection: InfluxdbConnection;
  readonly #writer: InfluxdbWriter;
  readonly #fieldTypes = new Map<string, Map<string, FieldType>>();

  /** Does not connect; each call does, and throws if the database is away. */
  constructor(settings: InfluxdbSettings) {
    this.#connection = new InfluxdbConnection(settings);
    this.#writer = new InfluxdbWriter(this.#connection);
  }

  async check(): Promise<StoreCheck> {
    const { server, keptDays } = await checkServer(this.#connection);
    return {
      server: `${server.name} ${server.version}`.trim(),
      readable: server.kind !== 'victoria-metrics',
      ...(keptDays !== undefined && { keptDays }),
    };
  }

  async write(points: readonly Point[]): Promise<void> {
    const refused: RefusedPoint[] = [];
    const lines: Line[] = [];
    for (const point of points) {
      try {
        lines.push({ text: point.line ?? lineOf(point), point });
      } catch (error) {
        refused.push({ point, reason: messageOf(error) });
      }
    }
    refused.push(...(await this.#writer.write(lines)));
    if (refused.length > 0) throw new PointsRefusedError(refused);
  }

  writeText(lines: string): Promise<boolean> {
    return this.#writer.writeText(lines);
  }

  async query(query: StoreQuery): Promise<Row[]> {
    const fields = await this.#fieldsOf(query);
    if (fields.length === 0) return [];
    const names = new Set(fields);
    const answers = await this.#read(...selectsOf(query, fields));
    const rows = answers.flat().flatMap((one) => rowsOf(one, names, query.aggregate === 'count'));
    if (query.aggregate && query.every === undefined) for (const row of rows) row.time = query.from ?? 0;
    return arrange([...filled(rows, query)], query);
  }

  /** A summary with `fill` comes as one portion: what stands in a gap may depend on the far end of it. */
  async *stream(query: StoreQuery): AsyncGenerator<Row[]> {
    const { offset: _offset, limit: _limit, ...all } = query;
    const { aggregate, every, fill = 'none' } = query;
    if (!aggregate) yield* cut(inOrder(this.#rowsInOrder(all), query), query);
    else if (every !== undefined && fill === 'none') yield* cut(this.#slices(all), query);
    else yield await this.query(query);
  }

  async latest(query: StoreQuery): Promise<LatestRow[]> {
    if (isEmpty(query)) return [];
    const latest = new LatestRows();
    const fields = new Set(query.fields);
    for (const series of await this.#read(...latestOf(query))) {
      for (const { time, tags, values } of series.flatMap((one) => rowsOf(one, fields))) {
        for (const field in values) latest.add(tags, field, time, values[field] ?? '');
      }
    }
    return latest.rows();
  }

  async measurements(): Promise<Map<string, string[]>> {
    const [series = []] = await this.#read('SHOW FIELD KEYS');
    return new Map(series.map(({ name, values }) => [name, values.map(([field]) => String(field))]));
  }

  async fieldTypes(): Promise<Map<string, Map<string, FieldType>>> {
    const [series = []] = await this.#read('SHOW FIELD KEYS');
    return new Map(series.map(({ name, values }) => [name, typesIn(values)]));
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async *#rowsInOrder(query: StoreQuery): AsyncGenerator<Row[]> {
    const fields = await this.#fieldsOf(query);
    if (fields.length === 0) return;
    const [series = []] = await this.#read(`SHOW TAG KEYS FROM ${identifier(query.measurement)}`);
    const tags = series.flatMap(({ values }) => values.map(([tag]) => String(tag)));
    // By position, for a tag may have the name of a field.
    const [names, columns] = [new Set(fields), ['time', ...fields, ...tags]];
    for await (const chunk of this.#connection.chunks(rowsInOrder(query, fields, tags))) {
      yield rowsOf({ ...chunk, columns }, names);
    }
  }

  /** As many buckets at a time as give a portion's rows, about. */
  async *#slices(query: StoreQuery): AsyncGenerator<Row[]> {
    let buckets = 1;
    const runs = bucketRuns(query);
    if (query.order === 'descending') runs.reverse();
    for (const run of runs) {
      for (let done = 0; ; ) {
        const slice = sliceOf(run, query, done, buckets);
        if (!slice) break;
        const rows = await this.query(slice);
        if (rows.length > 0) yield rows;
        done += buckets;
        const fitting = rows.length > 0 ? Math.floor((buckets * PORTION) / rows.length) : buckets * 4;
        buckets = Math.max(1, Math.min(fitting, buckets * 4));
      }
    }
  }

  /** What a query can ask for: fields that are there, and that the aggregate applies to. */
  async #fieldsOf(query: StoreQuery): Promise<string[]> {
    if (isEmpty(query)) return [];
    if (!query.aggregate) return [...new Set(query.fields)];
    const types = await this.#typesOf(query.measurement, query.fields);
    return aggregable(query, (field) => types.get(field));
  }

  /** A database that is missing is made, so that an installation without any data yet reads as empty. */
  #read(...statements: string[]): Promise<InfluxdbSeries[][]> {
    return withDatabase(this.#connection, () => this.#connection.influxql(...statements));
  }

  /** Types of a measurement's fields; asked again when a field is not among them. */
  async #typesOf(measurement: string, fields: readonly string[]): Promise<Map<string, FieldType>> {
    const known = this.#fieldTypes.get(measurement);
    if (known && fields.every((field) => known.has(field))) return known;
    const [series = []] = await this.#read(`SHOW FIELD KEYS FROM ${identifier(measurement)}`);
    const types = typesIn(series.flatMap(({ values }) => values));
    this.#fieldTypes.set(measurement, types);
    return types;
  }
}

/** Rows of field and type. A field may have had another type years ago: numbers count then. */
function typesIn(values: InfluxdbSeries['values']): Map<string, FieldType> {
  const types = new Map<string, FieldType>();
  for (const [name, told] of values) {
    const [field, type] = [String(name), told === 'float' ? 'number' : (told as FieldType)];
    if (!types.has(field) || type === 'number') types.set(field, type);
  }
  return types;
}

/** The query for some buckets of a run, counted from the end that comes first; undefined after the last. */
function sliceOf(
  { start, end, width }: BucketRun,
  query: StoreQuery,
  done: number,
  buckets: number,
): StoreQuery | undefined {
  const descending = query.order === 'descending';
  const [near, far] = [done * width, (done + buckets) * width];
  const from = Math.max(descending ? end - far : start + near, start, query.from ?? start);
  const to = Math.min(descending ? end - near : start + far, end, query.to ?? end);
  return from < to ? { ...query, from, to } : undefined;
}

function isEmpty({ fields, where = {} }: StoreQuery): boolean {
  return (
    fields.length === 0 ||
    Object.values(where).some((wanted) => wanted.length === 0 && typeof wanted !== 'string')
  );
}
