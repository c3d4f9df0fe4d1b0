import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openSqliteFile } from '../persistence/sqlite-file.ts';
import { pack, unpackedPortions } from './row-packing.ts';
import { aggregable, type FieldType, LatestRows, matches } from './series.ts';
import { SqliteAggregates } from './sqlite-aggregates.ts';
import { check } from './sqlite-check.ts';
import { SqliteLatest } from './sqlite-latest.ts';
import { foundRows, PORTION, type Scope } from './sqlite-reader.ts';
import { type KeptDay, type Retention, SqliteRetention } from './sqlite-retention.ts';
import { SqliteRollups } from './sqlite-rollups.ts';
import {
  MEASUREMENTS_SCHEMA,
  type Measurement,
  migrate,
  type Series,
  SqliteSchema,
} from './sqlite-schema.ts';
import { type OnConflict, SqliteWriter } from './sqlite-writer.ts';
import { storageError } from './storage-error.ts';
import {
  type LatestRow,
  type PackedRows,
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreQuery,
} from './store.ts';
import { dayOf } from './summary.ts';

/**
 * Store in one SQLite file, made if it is missing. Works in the calling thread, a few ms at a stretch; the app uses it
 * through `openEmbeddedStore`. Throws ByflytError if the file cannot be used.
 */
export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #schema: SqliteSchema;
  readonly #writer: SqliteWriter;
  readonly #rollups: SqliteRollups;
  readonly #retention: SqliteRetention;
  readonly #aggregates: SqliteAggregates;
  readonly #latest: SqliteLatest;
  #expiredOn = Number.NEGATIVE_INFINITY;

  constructor(path: string, retention: Retention = {}) {
    this.#database = openSqliteFile(path, { durability: 'power-cut', schema: MEASUREMENTS_SCHEMA });
    migrate(this.#database);
    this.#schema = new SqliteSchema(this.#database);
    this.#rollups = new SqliteRollups(this.#database, this.#schema);
    this.#retention = new SqliteRetention(this.#database, this.#schema, retention);
    this.#writer = new SqliteWriter(this.#database, this.#schema, this.#rollups, this.#retention);
    this.#aggregates = new SqliteAggregates(this.#database);
    this.#latest = new SqliteLatest(this.#database);
  }

  async write(points: readonly Point[]): Promise<void> {
    const refused = this.#insert(points, 'replace');
    if (refused.length > 0) throw new PointsRefusedError(refused);
  }

  /** As `write`, but a value that is there already stays as it is, and nothing is said of points that are refused. */
  async supplement(points: readonly Point[]): Promise<void> {
    this.#insert(points, 'keep');
  }

  /** Takes roll-ups of days whose points are no longer kept, where it has none. */
  async adopt(days: readonly KeptDay[]): Promise<void> {
    told(() => this.#retention.adopt(days));
  }

  #insert(points: readonly Point[], onConflict: OnConflict): RefusedPoint[] {
    return told(() => this.#writer.write(points, Date.now(), onConflict));
  }

  async query(query: StoreQuery): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const portion of this.stream(query)) for (const row of portion) rows.push(row);
    return rows;
  }

  async *stream(query: StoreQuery): AsyncGenerator<Row[]> {
    for await (const rows of this.streamPacked(query)) yield* unpackedPortions(rows, PORTION);
  }

  async *streamPacked(query: StoreQuery): AsyncGenerator<PackedRows> {
    const scope = told(() => this.#scope(query));
    if (!scope) return;
    if (query.aggregate) {
      const rows = this.#aggregates.rows(scope, query, query.aggregate);
      for await (const some of gathered(inTurns(rows))) yield pack(some);
      return;
    }
    for await (const rows of inTurns(foundRows(this.#database, scope, query))) {
      if (rows.times.length > 0) yield rows;
    }
  }

  async latest(query: Pick<StoreQuery, 'measurement' | 'fields' | 'where'>): Promise<LatestRow[]> {
    const latest = new LatestRows();
    for await (const _ of inTurns(this.#collect(query, latest)));
    return latest.rows();
  }

  *#collect(query: StoreQuery, latest: LatestRows): Generator<void> {
    const scope = this.#scope(query);
    if (scope) yield* this.#latest.collect(scope, latest);
  }

  async measurements(): Promise<Map<string, string[]>> {
    return new Map([...(await this.fieldTypes())].map(([name, types]) => [name, [...types.keys()]]));
  }

  async fieldTypes(): Promise<Map<string, Map<string, FieldType>>> {
    told(() => this.#schema.refresh());
    return this.#schema.types();
  }

  /**
   * Rolls up what has ended, lets go what is too old, and gives free room back to the disk; others have their turns
   * meanwhile. To be called again and again. Throws ConnectionError if the disk does not take it.
   */
  async maintain(isEnough = () => false): Promise<void> {
    for await (const _ of inTurns(this.#chores(Date.now()))) if (isEnough()) return;
  }

  /** Looks for damage; others have their turns meanwhile. Throws DamagedFileError. */
  async verify(isEnough = () => false): Promise<void> {
    const keys = this.#schema.all().map(({ table }) => ({ table, key: ['series', 'time'] }));
    const tables = [...keys, { table: 'rollup', key: ['series', 'field', 'day'] }];
    for await (const _ of inTurns(check(this.#database, tables))) if (isEnough()) return;
  }

  *#chores(now: number): Generator<void> {
    yield* this.#rollups.roll(now);
    if (this.#expiredOn === dayOf(now)) return;
    yield* this.#retention.expire(now);
    yield* this.#retention.vacuum();
    this.#expiredOn = dayOf(now);
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** What a query is about; undefined if there is nothing of the kind. */
  #scope(query: StoreQuery): Scope | undefined {
    this.#schema.refresh();
    const measurement = this.#schema.find(query.measurement);
    if (!measurement) return undefined;
    const names = aggregable(query, (name) => measurement.fields.get(name)?.type);
    const fields = names.flatMap((name) => {
      const field = measurement.fields.get(name);
      return field ? [{ name, ...field }] : [];
    });
    const series = matching(measurement, query.where);
    return fields.length === 0 || series.length === 0 ? undefined : { measurement, series, fields };
  }
}

/** What some work gives; what SQLite throws is told as people are told it. */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageError(error);
  }
}

/** What some work gives, with a turn of the event loop after each step. */
async function* inTurns<T>(steps: Iterable<T>): AsyncGenerator<T> {
  try {
    for (const step of steps) {
      yield step;
      await nextTurn();
    }
  } catch (error) {
    throw storageError(error);
  }
}

/** Portions put together until they are worth handing on. */
async function* gathered(portions: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
  let waiting: Row[] = [];
  for await (const rows of portions) {
    for (const row of rows) waiting.push(row);
    if (waiting.length < PORTION) continue;
    yield waiting;
    waiting = [];
  }
  if (waiting.length > 0) yield waiting;
}

/** All series that fit, in the order of their tags. */
function matching(measurement: Measurement, where: StoreQuery['where']): Series[] {
  const series = [...measurement.series].filter(([, { tags }]) => matches(tags, where));
  return series.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
