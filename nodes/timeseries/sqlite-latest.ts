import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LatestRows } from './series.ts';
import { readValue, type Scope } from './sqlite-reader.ts';
import type { Series } from './sqlite-schema.ts';
import { DAY, hoursOf, newestOf, type StoredValue } from './summary.ts';

/** ms after which others may have a turn. */
const PATIENCE = 10;

/**
 * The newest value of each field of each series. Most stand in the series' newest row; for a field that does not,
 * the roll-ups tell the day, so that no old points are searched for a field that a series has seldom or never.
 */
export class SqliteLatest {
  readonly #database: DatabaseSync;
  readonly #unrolled: StatementSync;
  readonly #rolledBefore: StatementSync;
  readonly #rolled: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#unrolled = database.prepare('SELECT day FROM unrolled WHERE series = ? ORDER BY day DESC');
    this.#rolledBefore = database.prepare('SELECT rolled_before FROM series WHERE id = ?');
    this.#rolled = database.prepare(`
      SELECT day, last, hours FROM rollup WHERE series = ? AND field = ? ORDER BY day DESC`);
  }

  /** Adds what the scope's series have to `latest`; others may have a turn at each step. */
  *collect(scope: Scope, latest: LatestRows): Generator<void> {
    const find = this.#finder(scope);
    let turn = performance.now();
    for (const series of scope.series) {
      find(series, latest);
      if (performance.now() < turn + PATIENCE) continue;
      yield;
      turn = performance.now();
    }
  }

  #finder({ measurement: { table }, fields }: Scope): (series: Series, latest: LatestRows) => void {
    const columns = fields.map(({ column }) => `, ${column}`).join('');
    const newest = this.#database.prepare(
      `SELECT time${columns} FROM ${table} WHERE series = ? ORDER BY time DESC LIMIT 1`,
    );
    const newestWith = fields.map(({ column }) =>
      this.#database.prepare(`
        SELECT time, ${column} AS value FROM ${table}
        WHERE series = ? AND time >= ? AND time < ? AND ${column} IS NOT NULL ORDER BY time DESC LIMIT 1`),
    );
    return ({ id, tags }, latest) => {
      const row = newest.get(id);
      const time = Number(row?.time);
      for (const [index, { id: field, name, column, type }] of fields.entries()) {
        const value = (row?.[column] ?? null) as StoredValue | null;
        const found = value === null ? this.#older(id, field, newestWith[index]) : { time, value };
        if (found) latest.add(tags, name, found.time, readValue(found.value, type));
      }
    };
  }

  #older(series: number, field: number, newest: StatementSync | undefined): Found | undefined {
    const foundIn = (from: number, to: number) => newest?.get(series, from, to) as Found | undefined;
    const rolledBefore = this.#rolledBefore.get(series)?.rolled_before ?? null;
    if (rolledBefore !== null) {
      const found = foundIn(Number(rolledBefore) * DAY, Number.MAX_SAFE_INTEGER);
      if (found) return found;
    }
    const missing = this.#unrolled.all(series).map(({ day }) => Number(day));
    const rolled = this.#newestRolled(series, field, new Set(missing));
    for (const day of missing) {
      if (rolled && day < rolled.day) break;
      const found = foundIn(day * DAY, (day + 1) * DAY);
      if (found) return found;
    }
    return rolled?.found;
  }

  #newestRolled(series: number, field: number, missing: ReadonlySet<number>) {
    for (const row of this.#rolled.iterate(series, field)) {
      const day = Number(row.day);
      const value = missing.has(day) ? undefined : newestOf(hoursOf(row.hours));
      if (value !== undefined) return { day, found: { time: Number(row.last), value } };
    }
    return undefined;
  }
}

interface Found {
  /** ms since 1970. */
  time: number;
  value: StoredValue;
}
