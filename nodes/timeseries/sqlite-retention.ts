import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../persistence/sqlite-file.ts';
import type { FieldType } from './series.ts';
import type { Measurement, SqliteSchema } from './sqlite-schema.ts';
import { DAY, dayOf } from './summary.ts';

/** How long measurements are kept, in days; without a number for ever. */
export interface Retention {
  retentionDays?: number;
  /** The points themselves, if their roll-ups (a summary of each hour) shall be kept longer. */
  rawDays?: number;
}

/** The roll-up of a day and field whose points are no longer kept, as in the table `rollup`. */
export interface KeptDay {
  measurement: string;
  tags: Record<string, string>;
  field: string;
  type: FieldType;
  /** Counted from 1970. */
  day: number;
  /** ms since 1970. */
  last: number;
  hours: string;
}

/** ms at a stretch: reads and writes of the same thread wait for that long. */
const SLICE = 20;
/** Days deleted by one statement. */
const AT_ONCE = 30;
/** Pages given back to the disk at a time. */
const PAGES = 200;
/** Fewer free pages than one in so many are left for what comes next. */
const WORTHWHILE = 20;

/** Lets measurements go when their time has come, and gives their room back to the disk. */
export class SqliteRetention {
  readonly #database: DatabaseSync;
  readonly #schema: SqliteSchema;
  readonly #retention: Retention;
  /** The day before which points may be gone although their roll-ups are there. */
  #pointsFrom: number;

  constructor(database: DatabaseSync, schema: SqliteSchema, retention: Retention) {
    this.#database = database;
    this.#schema = schema;
    this.#retention = retention;
    const kept = database.prepare(`SELECT value FROM property WHERE name = 'points_from'`).get();
    this.#pointsFrom = Number(kept?.value ?? Number.NEGATIVE_INFINITY);
  }

  /** Why a point of that time is not taken, in words for staff; undefined if it is. `now` and `time` in ms. */
  refusal(measurement: Measurement, series: number, time: number, now: number): string | undefined {
    const day = dayOf(time);
    const { retentionDays } = this.#retention;
    if (retentionDays !== undefined && day < dayOf(now) - retentionDays) {
      return `older than the ${retentionDays} days that are kept`;
    }
    const isSummedUp = day < this.#pointsFrom && this.#hasRollupOnly(measurement, series, day);
    return isSummedUp ? 'the single values of that day are no longer kept, only their summary' : undefined;
  }

  #hasRollupOnly({ table, fields }: Measurement, series: number, day: number): boolean {
    const point = this.#database
      .prepare(`SELECT 1 FROM ${table} WHERE series = ? AND time >= ? AND time < ?`)
      .get(series, day * DAY, (day + 1) * DAY);
    if (point) return false;
    const rollup = this.#database.prepare('SELECT 1 FROM rollup WHERE series = ? AND field = ? AND day = ?');
    return [...fields.values()].some(({ id }) => rollup.get(series, id, day) !== undefined);
  }

  /** In one transaction. */
  adopt(days: readonly KeptDay[]): void {
    inTransaction(this.#database, () => {
      const put = this.#database.prepare(`
        INSERT OR IGNORE INTO rollup (series, field, day, last, hours)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM unrolled WHERE series = ?1 AND day = ?3)`);
      for (const { measurement: name, tags, field, type, day, last, hours } of days) {
        const measurement = this.#schema.measurement(name);
        const { id } = this.#schema.series(measurement, tags);
        put.run(id, this.#schema.field(measurement, field, type).id, day, last, hours);
        this.#keepPointsFrom(day + 1);
      }
    });
  }

  /** Deletes what is too old, a slice at a time. After all days that have ended are rolled up. */
  *expire(now: number): Generator<void> {
    const { retentionDays, rawDays } = this.#retention;
    if (rawDays !== undefined) yield* this.#inSlices(this.#expirePoints(dayOf(now) - rawDays));
    if (retentionDays !== undefined) yield* this.#inSlices(this.#expireAll(dayOf(now) - retentionDays));
  }

  /** One transaction per slice. */
  *#inSlices(steps: Iterator<void>): Generator<void> {
    for (let isDone = false; !isDone; ) {
      inTransaction(this.#database, () => {
        const end = performance.now() + SLICE;
        while (!isDone && performance.now() < end) isDone = steps.next().done === true;
      });
      yield;
    }
  }

  /** Only what is rolled up: days that are not wait for the next time. */
  *#expirePoints(before: number): Generator<void> {
    this.#keepPointsFrom(before);
    const missing = this.#database.prepare(`
      SELECT min(ifnull((SELECT min(day) FROM unrolled WHERE series = id), ?), ifnull(rolled_before, ?)) AS day
      FROM series WHERE id = ?`);
    for (const measurement of this.#schema.all()) {
      for (const series of measurement.seriesById.keys()) {
        const rolledBefore = Number(missing.get(before, before, series)?.day);
        yield* this.#deletePoints(measurement, series, Math.min(before, rolledBefore));
      }
    }
  }

  #keepPointsFrom(day: number): void {
    if (day <= this.#pointsFrom) return;
    this.#database
      .prepare(`INSERT OR REPLACE INTO property (name, value) VALUES ('points_from', ?)`)
      .run(day);
    this.#pointsFrom = day;
  }

  *#expireAll(before: number): Generator<void> {
    const rollups = this.#database.prepare('DELETE FROM rollup WHERE series = ? AND field = ? AND day < ?');
    const unrolled = this.#database.prepare('DELETE FROM unrolled WHERE series = ? AND day < ?');
    for (const measurement of this.#schema.all()) {
      for (const series of measurement.seriesById.keys()) {
        yield* this.#deletePoints(measurement, series, before);
        for (const { id } of measurement.fields.values()) rollups.run(series, id, before);
        unrolled.run(series, before);
        yield;
      }
    }
  }

  *#deletePoints({ table }: Measurement, series: number, before: number): Generator<void> {
    const oldest = this.#database.prepare(`SELECT min(time) AS time FROM ${table} WHERE series = ?`);
    const remove = this.#database.prepare(`DELETE FROM ${table} WHERE series = ? AND time < ?`);
    for (;;) {
      const time = oldest.get(series)?.time ?? null;
      if (time === null || Number(time) >= before * DAY) return;
      remove.run(series, Math.min(before, dayOf(Number(time)) + AT_ONCE) * DAY);
      yield;
    }
  }

  /** Makes the file smaller if much of it is free, a slice at a time. */
  *vacuum(): Generator<void> {
    const count = this.#database.prepare('PRAGMA page_count');
    const free = this.#database.prepare('PRAGMA freelist_count');
    const freePages = () => Number(free.get()?.freelist_count);
    let left = freePages();
    if (left < Number(count.get()?.page_count) / WORTHWHILE) return;
    for (let before = Number.POSITIVE_INFINITY; left > 0 && left < before; left = freePages()) {
      this.#database.exec(`PRAGMA incremental_vacuum(${PAGES})`);
      before = left;
      yield;
    }
  }
}
