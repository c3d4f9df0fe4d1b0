import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '../persistence/sqlite-file.ts';
import type { Field, Measurement, SqliteSchema } from './sqlite-schema.ts';
import { DAY, DaySummary, dayOf, type StoredValue } from './summary.ts';

/** ms at a stretch: reads and writes of the same thread wait for that long. */
const SLICE = 20;
/** Days looked up at a time. */
const BATCH = 2000;
/** A day that has ended this long ago (ms) gets few points any more. */
const SETTLED = 600_000;

/**
 * Keeps a summary of each hour of each series and field, packed in one row per day (UTC). A write only notes which day
 * of which series it touched; such a day is read from its points until it has been summed up anew from all of them.
 * So late, repeated and overwritten points cannot make a roll-up wrong.
 */
export class SqliteRollups {
  readonly #database: DatabaseSync;
  readonly #schema: SqliteSchema;
  readonly #note: StatementSync;
  readonly #forgetDay: StatementSync;
  readonly #put: StatementSync;
  /** Series -> the day noted last. */
  readonly #noted = new Map<number, number>();
  readonly #days = new Map<string, StatementSync>();
  #foreignWrites = 0;

  constructor(database: DatabaseSync, schema: SqliteSchema) {
    this.#database = database;
    this.#schema = schema;
    this.#note = database.prepare('INSERT OR IGNORE INTO unrolled (series, day) VALUES (?, ?)');
    this.#forgetDay = database.prepare('DELETE FROM unrolled WHERE series = ? AND day = ?');
    this.#put = database.prepare(`
      INSERT OR REPLACE INTO rollup (series, field, day, last, hours) VALUES (?, ?, ?, ?, ?)`);
  }

  /** At the beginning of each transaction that writes points: another process may have rolled up what is noted here. */
  begin(): void {
    this.#schema.refresh();
    if (this.#schema.foreignWrites !== this.#foreignWrites) this.#noted.clear();
    this.#foreignWrites = this.#schema.foreignWrites;
  }

  /** In the transaction that writes the point. */
  touched(series: number, time: number): void {
    const day = dayOf(time);
    if (this.#noted.get(series) === day) return;
    this.#note.run(series, day);
    this.#noted.set(series, day);
  }

  /** After a transaction that was undone. */
  forget(): void {
    this.#noted.clear();
  }

  /** Sums up days that have ended (and in an older file all that there are), a slice at a time; then it is over. */
  *roll(now: number): Generator<void> {
    for (;;) {
      const batch = this.#endedDays(now);
      if (batch.length === 0) break;
      yield* this.#inSlices(batch, ({ series, day }) => this.#rollDay(series, day));
    }
    yield* this.#buildAll();
  }

  #endedDays(now: number): { series: number; day: number }[] {
    const rows = this.#database
      .prepare('SELECT series, day FROM unrolled WHERE day < ? LIMIT ?')
      .all(dayOf(now - SETTLED), BATCH);
    return rows.map(({ series, day }) => ({ series: Number(series), day: Number(day) }));
  }

  /** One transaction per slice. */
  *#inSlices<T>(items: Iterable<T>, work: (item: T) => void): Generator<void> {
    const rest = items[Symbol.iterator]();
    for (let done = false; !done; ) {
      inTransaction(this.#database, () => {
        this.#schema.refresh();
        const end = performance.now() + SLICE;
        do {
          const next = rest.next();
          done = next.done === true;
          if (!next.done) work(next.value);
        } while (!done && performance.now() < end);
      });
      yield;
    }
  }

  #rollDay(series: number, day: number): void {
    const measurement = this.#schema.measurementOf(series);
    if (measurement) this.#sumUp(measurement, series, day);
    this.#forgetDay.run(series, day);
    if (this.#noted.get(series) === day) this.#noted.delete(series);
  }

  #sumUp(measurement: Measurement, series: number, day: number): void {
    const fields = [...measurement.fields.values()];
    const sums = new Map<Field, DaySummary>();
    for (const row of this.#dayStatement(measurement, fields).iterate(series, day * DAY, (day + 1) * DAY)) {
      const time = Number(row.time);
      for (const field of fields) {
        const value = row[field.column] as StoredValue | null;
        if (value === null) continue;
        let sum = sums.get(field);
        if (!sum) {
          sum = new DaySummary();
          sums.set(field, sum);
        }
        sum.add(time, value);
      }
    }
    for (const [{ id }, sum] of sums) this.#put.run(series, id, day, sum.last, sum.text());
  }

  #dayStatement({ table }: Measurement, fields: readonly Field[]): StatementSync {
    // A field never leaves a table, so their number says which they are.
    const key = `${table} ${fields.length}`;
    let statement = this.#days.get(key);
    if (!statement) {
      const columns = fields.map(({ column }) => `, ${column}`).join('');
      statement = this.#database.prepare(`
        SELECT time${columns} FROM ${table} WHERE series = ? AND time >= ? AND time < ? ORDER BY time`);
      this.#days.set(key, statement);
    }
    return statement;
  }

  /** In a file from before there were roll-ups: series by series, day by day, from the beginning. */
  *#buildAll(): Generator<void> {
    for (;;) {
      const next = this.#database
        .prepare('SELECT id, rolled_before FROM series WHERE rolled_before IS NOT NULL LIMIT 1')
        .get();
      if (!next) return;
      const series = Number(next.id);
      yield* this.#inSlices(this.#build(series, Number(next.rolled_before)), (day) =>
        this.#database.prepare('UPDATE series SET rolled_before = ? WHERE id = ?').run(day, series),
      );
    }
  }

  /** Sums up one day after the other; gives the day before which all is done, at last null. */
  *#build(series: number, from: number): Generator<number | null> {
    for (let day = from; ; day++) {
      const measurement = this.#schema.measurementOf(series);
      const next =
        measurement &&
        this.#database
          .prepare(`SELECT min(time) AS time FROM ${measurement.table} WHERE series = ? AND time >= ?`)
          .get(series, day * DAY);
      const time = next?.time ?? null;
      if (!measurement || time === null) break;
      day = dayOf(Number(time));
      this.#sumUp(measurement, series, day);
      yield day + 1;
    }
    yield null;
  }
}
