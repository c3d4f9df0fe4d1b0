import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, type WriteApi } from '@influxdata/influxdb-client';
import { ByflytError, messageOf } from '../observation/errors.ts';
import {
  authorization,
  type InfluxdbSeries,
  type InfluxdbSettings,
  influxql,
  MissingDatabaseError,
  responseError,
  serverVersion,
  unreachable,
} from './influxdb-connection.ts';
import { createDatabase } from './influxdb-setup.ts';
import { identifier, latestOf, selectOf } from './influxql.ts';
import { lineOf } from './line-protocol.ts';
import { aggregable, arrange, type FieldType, LatestRows } from './series.ts';
import {
  type LatestRow,
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreQuery,
} from './store.ts';

/** Lines in one request; InfluxDB recommends 5000. */
const BATCH = 5000;
/** Bytes above which a request is compressed. */
const GZIP_THRESHOLD = 1000;
/** What a server answers that has not taken some of the lines: malformed, too large, unprocessable. */
const REFUSED = new Set([400, 413, 422]);

interface Line {
  text: string;
  point: Point;
}

/** Store in InfluxDB 1.x, 2.x or 3; writes also reach VictoriaMetrics. */
export class InfluxdbStore implements Store {
  readonly #settings: InfluxdbSettings;
  readonly #agent: HttpAgent;
  readonly #client: InfluxDB;
  readonly #fieldTypes = new Map<string, Map<string, FieldType>>();
  #writer: Promise<WriteApi> | undefined;

  /** Does not connect; each call does, and throws if the database is away. */
  constructor(settings: InfluxdbSettings) {
    this.#settings = settings;
    const { url } = settings;
    this.#agent = url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
    this.#client = new InfluxDB({
      url,
      headers: authorization(settings),
      transportOptions: { agent: this.#agent },
    });
  }

  async write(points: readonly Point[]): Promise<void> {
    const refused: RefusedPoint[] = [];
    const lines = points.flatMap((point) => {
      try {
        return [{ text: lineOf(point), point }];
      } catch (error) {
        refused.push({ point, reason: messageOf(error) });
        return [];
      }
    });
    for (let start = 0; start < lines.length; start += BATCH) {
      refused.push(...(await this.#writeSplitting(lines.slice(start, start + BATCH))));
    }
    if (refused.length > 0) throw new PointsRefusedError(refused);
  }

  async query(query: StoreQuery): Promise<Row[]> {
    if (isEmpty(query)) return [];
    const types = query.aggregate ? await this.#typesOf(query.measurement, query.fields) : undefined;
    const fields = aggregable(query, types ? (field) => types.get(field) : () => 'number');
    if (fields.length === 0) return [];
    const [series = []] = await this.#read(selectOf(query, fields));
    const rows = series.flatMap((one) => rowsOf(one, query.aggregate === 'count'));
    if (query.aggregate && !query.every) for (const row of rows) row.time = query.from ?? 0;
    return arrange(rows, query);
  }

  async *stream(query: StoreQuery): AsyncGenerator<Row[]> {
    yield await this.query(query);
  }

  async latest(query: StoreQuery): Promise<LatestRow[]> {
    if (isEmpty(query)) return [];
    const latest = new LatestRows();
    for (const series of await this.#read(latestOf(query))) {
      for (const { time, tags, values } of series.flatMap((one) => rowsOf(one, false))) {
        for (const field in values) latest.add(tags, field, time, values[field] ?? '');
      }
    }
    return latest.rows();
  }

  async measurements(): Promise<Map<string, string[]>> {
    const [series = []] = await this.#read('SHOW FIELD KEYS');
    return new Map(series.map(({ name, values }) => [name, values.map(([field]) => String(field))]));
  }

  async close(): Promise<void> {
    const writer = await this.#writer?.catch(() => undefined);
    await writer?.close();
    this.#agent.destroy();
  }

  /** Writes lines; if the server refuses some, halves them until it is known which (writing twice is harmless). */
  async #writeSplitting(lines: readonly Line[]): Promise<RefusedPoint[]> {
    try {
      await this.#send(lines.map(({ text }) => text));
      return [];
    } catch (error) {
      const reason = refusalReason(error);
      if (reason === undefined) throw error;
      const [only] = lines;
      if (lines.length === 1 && only) return [{ point: only.point, reason }];
      const middle = lines.length >> 1;
      const first = await this.#writeSplitting(lines.slice(0, middle));
      return [...first, ...(await this.#writeSplitting(lines.slice(middle)))];
    }
  }

  /** A database that is missing is made, once per request. */
  async #send(lines: string[]): Promise<void> {
    try {
      await this.#sendOnce(lines);
    } catch (error) {
      if (!(error instanceof MissingDatabaseError)) throw error;
      await createDatabase(this.#settings);
      await this.#sendOnce(lines);
    }
  }

  async #sendOnce(lines: string[]): Promise<void> {
    try {
      const writer = await this.#openWriter();
      writer.writeRecords(lines);
      await writer.flush();
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #openWriter(): Promise<WriteApi> {
    this.#writer ??= this.#makeWriter().catch((error: unknown) => {
      this.#writer = undefined;
      throw error;
    });
    return this.#writer;
  }

  /** InfluxDB 1.x is written through its own address, because `/api/v2/write` came with 1.8 only. */
  async #makeWriter(): Promise<WriteApi> {
    const { org = '', bucket } = this.#settings;
    const { version } = await serverVersion(this.#settings);
    const writer = this.#client.getWriteApi(org, bucket, 'ms', {
      batchSize: BATCH + 1,
      flushInterval: 0,
      maxRetries: 0,
      gzipThreshold: GZIP_THRESHOLD,
      // The outbox tries again; the client must neither do so nor write to the log.
      writeFailed: (error) => Promise.reject(error),
    });
    if (version.startsWith('1.'))
      writer.path = `/write?${new URLSearchParams({ db: bucket, precision: 'ms' })}`;
    return writer;
  }

  #translated(error: unknown): unknown {
    if (!(error instanceof HttpError))
      return error instanceof ByflytError ? error : unreachable(this.#settings, error);
    return REFUSED.has(error.statusCode)
      ? error
      : responseError(this.#settings, error.statusCode, textOf(error));
  }

  /** A database that is missing is made, so that an installation without any data yet reads as empty. */
  async #read(statements: string): Promise<InfluxdbSeries[][]> {
    try {
      return await influxql(this.#settings, statements);
    } catch (error) {
      if (!(error instanceof MissingDatabaseError)) throw error;
      await createDatabase(this.#settings);
      return [];
    }
  }

  /** Types of a measurement's fields; asked again when a field is not among them. */
  async #typesOf(measurement: string, fields: readonly string[]): Promise<Map<string, FieldType>> {
    const known = this.#fieldTypes.get(measurement);
    if (known && fields.every((field) => known.has(field))) return known;
    const [series = []] = await this.#read(`SHOW FIELD KEYS FROM ${identifier(measurement)}`);
    const types = new Map<string, FieldType>();
    for (const [field, type] of series.flatMap(({ values }) => values)) {
      types.set(String(field), type === 'float' ? 'number' : (type as FieldType));
    }
    this.#fieldTypes.set(measurement, types);
    return types;
  }
}

/** Why the server has not taken some lines; undefined for every other error. */
function refusalReason(error: unknown): string | undefined {
  return error instanceof HttpError && REFUSED.has(error.statusCode) ? textOf(error) : undefined;
}

function textOf(error: HttpError): string {
  const { json } = error as { json?: { error?: unknown; message?: unknown } };
  return String(json?.error ?? json?.message ?? error.body ?? error.message);
}

function isEmpty({ fields, where = {} }: StoreQuery): boolean {
  return (
    fields.length === 0 ||
    Object.values(where).some((wanted) => wanted.length === 0 && typeof wanted !== 'string')
  );
}

function rowsOf({ tags = {}, columns, values }: InfluxdbSeries, isCount: boolean): Row[] {
  const present = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ''));
  const rows = values.map(([time, ...cells]) => {
    const row: Row = { time: Number(time), tags: present, values: {} };
    for (const [index, cell] of cells.entries()) {
      const field = columns[index + 1];
      // A bucket where the field has no value counts 0.
      if (cell !== null && field !== undefined && !(isCount && cell === 0)) row.values[field] = cell;
    }
    return row;
  });
  return rows.filter((row) => Object.keys(row.values).length > 0);
}
