import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Position } from './position.ts';

export const OPEN_SCHEMA = `
  CREATE TABLE IF NOT EXISTS log_open (
    id INTEGER PRIMARY KEY, received INTEGER, transport TEXT, attempts INTEGER, again INTEGER, unaccounted INTEGER
  );
  CREATE INDEX IF NOT EXISTS log_open_unaccounted ON log_open (transport, id) WHERE unaccounted = 1;
  CREATE INDEX IF NOT EXISTS log_open_in_flow ON log_open (id) WHERE unaccounted = 0;
`;

/** A message without a verdict. */
export interface OpenEntry {
  /** ms since 1970 UTC. */
  received: number;
  transport: string;
  /** How often processes took it up that did not come to an end with it. */
  attempts: number;
  /** It was unaccounted once and was handed out again. */
  again: boolean;
  /** An earlier process left it, and this one has not taken it up. */
  left: boolean;
  /** When it was last handed to its flow, or this process found it, ms since 1970 UTC. */
  since: number;
}

/**
 * Messages without a verdict: those in the flow in memory, the unaccounted ones, of which a flow that swallows
 * everything makes millions, in the file.
 */
export class OpenEntries {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #inFlow = new Map<Position, OpenEntry>();
  /** Changes to the unaccounted ones that the file does not have yet; undefined: has a verdict now, or is in the flow. */
  #changed = new Map<Position, OpenEntry | undefined>();
  /** How many are unaccounted, by quarter of an hour of their arrival, within which no time zone changes the day. */
  readonly #quarters = new Map<number, number>();

  /** Reads what the file has. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare('SELECT * FROM log_open WHERE id = ? AND unaccounted = 1');
    const quarters = database.prepare(
      `SELECT received / ${QUARTER} AS quarter, count(*) AS n FROM log_open WHERE unaccounted = 1 GROUP BY 1`,
    );
    for (const { quarter, n } of quarters.all()) this.#quarters.set(Number(quarter), Number(n));
    for (const row of database.prepare('SELECT * FROM log_open WHERE unaccounted = 0 ORDER BY id').all()) {
      this.#inFlow.set(Number(row.id), entryOf(row));
    }
  }

  get inFlow(): ReadonlyMap<Position, OpenEntry> {
    return this.#inFlow;
  }

  get unaccountedCount(): number {
    return [...this.#quarters.values()].reduce((sum, n) => sum + n, 0);
  }

  add(id: Position, received: number, transport: string): void {
    this.#inFlow.set(id, { received, transport, attempts: 0, again: false, left: false, since: received });
  }

  get(id: Position): OpenEntry | undefined {
    return this.#inFlow.get(id) ?? this.#unaccountedOne(id);
  }

  isUnaccounted(id: Position): boolean {
    return !this.#inFlow.has(id) && this.#unaccountedOne(id) !== undefined;
  }

  /** Takes an entry out. False if it was not there. */
  remove(id: Position): boolean {
    if (this.#inFlow.delete(id)) return true;
    const entry = this.#unaccountedOne(id);
    if (!entry) return false;
    this.#changed.set(id, undefined);
    this.#count(entry, -1);
    return true;
  }

  attempt(id: Position): void {
    const entry = this.#inFlow.get(id);
    if (!entry) return;
    entry.attempts++;
    entry.left = false;
    entry.since = Date.now();
  }

  giveUp(id: Position): void {
    const entry = this.#inFlow.get(id);
    if (!entry) return;
    this.#inFlow.delete(id);
    this.#changed.set(id, entry);
    this.#count(entry, 1);
  }

  reopen(id: Position): void {
    const entry = this.#unaccountedOne(id);
    if (!entry) return;
    this.#changed.set(id, undefined);
    this.#inFlow.set(id, { ...entry, again: true, left: false, since: Date.now() });
    this.#count(entry, -1);
  }

  /** Everything in the flow was left there by an earlier process. */
  markLeft(): void {
    const since = Date.now();
    for (const entry of this.#inFlow.values()) Object.assign(entry, { left: true, since });
  }

  /** Ids of unaccounted entries after `after`, oldest first, at most `limit`; `once`: only those never handed out again. */
  unaccounted(options: { transport?: string; after?: Position; limit: number; once?: boolean }): Position[] {
    const { transport, after = 0, limit, once = false } = options;
    const fits = (entry: OpenEntry) =>
      (transport === undefined || entry.transport === transport) && !(once && entry.again);
    const ahead = [...this.#changed].filter(([id]) => id > after);
    const saved = this.#database
      .prepare(`
        SELECT id FROM log_open WHERE unaccounted = 1 AND id > ? AND transport = coalesce(?, transport)
        AND again <= ? ORDER BY id LIMIT ?`)
      .all(after, transport ?? null, once ? 0 : 1, limit + ahead.length)
      .map(({ id }) => Number(id))
      .filter((id) => !this.#changed.has(id));
    const changed = ahead.filter(([, entry]) => entry && fits(entry)).map(([id]) => id);
    return [...saved, ...changed].sort((a, b) => a - b).slice(0, limit);
  }

  /** Where unaccounted entries came from; found without looking at each. */
  unaccountedTransports(): string[] {
    const saved = this.#database.prepare(NEXT_TRANSPORT);
    const found = new Set<string>();
    for (const entry of this.#changed.values()) if (entry) found.add(entry.transport);
    for (let row = saved.get(''); row?.transport != null; row = saved.get(row.transport))
      found.add(String(row.transport));
    return [...found].sort();
  }

  /** Number of unaccounted entries by day, as `dayOf` gives it. */
  unaccountedByDay(dayOf: (time: number) => string): Map<string, number> {
    const days = new Map<string, number>();
    for (const [quarter, count] of this.#quarters) {
      const day = dayOf(quarter * QUARTER);
      days.set(day, (days.get(day) ?? 0) + count);
    }
    return days;
  }

  /** Whether there are entries from `start` up to before `end`. */
  hasBetween(start: Position, end: Position): boolean {
    for (const id of this.#inFlow.keys()) if (id >= start && id < end) return true;
    const [first = end] = this.unaccounted({ after: start - 1, limit: 1 });
    return first < end;
  }

  /** Takes out the entries from `start` up to before `end`; calls `each` with what they were. */
  removeBetween(start: Position, end: Position, each: (entry: OpenEntry) => void): void {
    const ids = [...this.#inFlow.keys()].filter((id) => id >= start && id < end);
    for (let after = start - 1; ; ) {
      const page = this.unaccounted({ after, limit: PAGE });
      ids.push(...page.filter((id) => id < end));
      after = page.at(-1) ?? end;
      if (after >= end) break;
    }
    for (const id of ids) {
      const entry = this.get(id);
      if (entry && this.remove(id)) each(entry);
    }
  }

  /** Inside a transaction of the caller, who calls `saved` when it is committed. */
  save(): void {
    const put = this.#database.prepare('INSERT OR REPLACE INTO log_open VALUES (?, ?, ?, ?, ?, ?)');
    const remove = this.#database.prepare('DELETE FROM log_open WHERE id = ?');
    this.#database.exec('DELETE FROM log_open WHERE unaccounted = 0');
    for (const [id, entry] of this.#changed) {
      if (entry) put.run(...rowOf(id, entry, 1));
      else remove.run(id);
    }
    for (const [id, entry] of this.#inFlow) put.run(...rowOf(id, entry, 0));
  }

  saved(): void {
    this.#changed = new Map();
  }

  #count({ received }: OpenEntry, change: 1 | -1): void {
    const quarter = Math.floor(received / QUARTER);
    const count = (this.#quarters.get(quarter) ?? 0) + change;
    if (count === 0) this.#quarters.delete(quarter);
    else this.#quarters.set(quarter, count);
  }

  #unaccountedOne(id: Position): OpenEntry | undefined {
    return this.#changed.has(id) ? this.#changed.get(id) : this.#saved(id);
  }

  #saved(id: Position): OpenEntry | undefined {
    const row = this.#find.get(id);
    return row && entryOf(row);
  }
}

const NEXT_TRANSPORT =
  'SELECT min(transport) AS transport FROM log_open WHERE unaccounted = 1 AND transport > ?';
const PAGE = 1000;
/** Milliseconds. */
const QUARTER = 900_000;

function rowOf(id: Position, { received, transport, attempts, again }: OpenEntry, unaccounted: number) {
  return [id, received, transport, attempts, Number(again), unaccounted] as const;
}

function entryOf(row: Record<string, unknown>): OpenEntry {
  return {
    received: Number(row.received),
    transport: String(row.transport),
    attempts: Number(row.attempts),
    again: row.again === 1,
    left: true,
    since: Date.now(),
  };
}
