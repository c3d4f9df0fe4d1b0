import type { DatabaseSync } from 'node:sqlite';
import { type Bucket, BucketFinder, type Period } from './bucket-finder.ts';
import { RolledHours } from './rolled-hours.ts';
import { cut, inPortions, type NamedField, readValue, type Scope, type SqlRow } from './sqlite-reader.ts';
import type { Series } from './sqlite-schema.ts';
import type { Row, StoreQuery } from './store.ts';
import { type Aggregate, HOUR, type StoredValue, Summary } from './summary.ts';
import { filledWindow } from './window-fill.ts';

/** Values worked out at a time: of all buckets, series and fields together. */
const VALUES_AT_ONCE = 200_000;
/** ms after which others may have a turn. */
const PATIENCE = 10;

/** Aggregates from the roll-ups where a whole hour lies in one bucket and its day is rolled up, else from the points. */
export class SqliteAggregates {
  readonly #database: DatabaseSync;
  readonly #hours: RolledHours;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#hours = new RolledHours(database);
  }

  /** Portions of rows; an empty one is an occasion for others to have a turn. */
  rows(scope: Scope, query: StoreQuery, aggregate: Aggregate): Generator<Row[]> {
    return cut(this.#all(scope, query, aggregate), query);
  }

  *#all(scope: Scope, query: StoreQuery, aggregate: Aggregate): Generator<Row[]> {
    const buckets = new BucketFinder(query);
    const direction = query.order === 'descending' ? -1 : 1;
    const isFilled = (query.fill ?? 'none') !== 'none';
    const atOnce = VALUES_AT_ONCE / scope.series.length / scope.fields.length;
    for (const window of buckets.windows(atOnce, direction < 0)) {
      const rows: Row[] = [];
      let turn = performance.now();
      for (const series of scope.series) {
        const rowsIn = (period: Period, fields?: readonly string[]) =>
          this.#rowsOf(fields ? narrowed(scope, fields) : scope, series, period, buckets, aggregate);
        const found = isFilled ? filledWindow(rowsIn, window, buckets, query) : rowsIn(window);
        for (const row of found) rows.push(row);
        if (performance.now() < turn + PATIENCE) continue;
        yield [];
        turn = performance.now();
      }
      rows.sort((a, b) => direction * (a.time - b.time));
      yield* inPortions(rows);
    }
  }

  #rowsOf(scope: Scope, series: Series, period: Period, buckets: BucketFinder, aggregate: Aggregate): Row[] {
    const rows = new Map<number, Row>();
    for (const { field, summaries } of this.#sumUp(scope, series.id, period, buckets)) {
      for (const [time, summary] of summaries) {
        let row = rows.get(time);
        if (!row) {
          row = { time, tags: series.tags, values: {} };
          rows.set(time, row);
        }
        const value = summary.result(aggregate);
        row.values[field.name] = aggregate === 'count' ? value : readValue(value, field.type);
      }
    }
    return [...rows.values()];
  }

  /** In one transaction, so that no day is rolled up in between. */
  #sumUp(scope: Scope, series: number, window: Period, buckets: BucketFinder): Sums[] {
    const sums = scope.fields.map((field) => new Sums(field));
    const isOfHours = buckets.width >= HOUR;
    this.#database.exec('BEGIN');
    try {
      const rest = isOfHours ? this.#hours.read(series, takesOf(sums), window, buckets) : [window];
      for (const period of rest) this.#addPoints(scope, sums, series, period, buckets);
    } finally {
      if (this.#database.isTransaction) this.#database.exec('COMMIT');
    }
    return sums;
  }

  #addPoints(
    { measurement: { table }, fields }: Scope,
    sums: readonly Sums[],
    series: number,
    { from, to }: Period,
    buckets: BucketFinder,
  ): void {
    const columns = fields.map(({ column }) => `, ${column}`).join('');
    const rows = this.#database
      .prepare(`SELECT time${columns} FROM ${table} WHERE series = ? AND time >= ? AND time < ?`)
      .iterate(series, from, to) as Iterable<SqlRow>;
    for (const row of rows) {
      const time = Number(row.time);
      const bucket = buckets.at(time);
      for (const sum of sums) {
        const value = row[sum.field.column] as StoredValue | null;
        if (value !== null) sum.in(bucket).add(time, value);
      }
    }
  }
}

/** One field of one series, bucket by bucket. */
class Sums {
  readonly field: NamedField;
  /** By the beginning of their buckets. */
  readonly summaries = new Map<number, Summary>();

  constructor(field: NamedField) {
    this.field = field;
  }

  in({ start }: Bucket): Summary {
    let summary = this.summaries.get(start);
    if (!summary) {
      summary = new Summary();
      this.summaries.set(start, summary);
    }
    return summary;
  }
}

function narrowed(scope: Scope, fields: readonly string[]): Scope {
  return { ...scope, fields: scope.fields.filter(({ name }) => fields.includes(name)) };
}

function takesOf(sums: readonly Sums[]): Parameters<RolledHours['read']>[1] {
  return new Map(
    sums.map((sum) => [sum.field.id, (bucket, time, entry) => sum.in(bucket).addHour(time, entry)]),
  );
}
