import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type LiveValue, LiveValues } from './live-values.ts';
import { inTransaction } from './sqlite-file.ts';
import type { Packed, StateStore } from './state-store.ts';

export const STATE_SCHEMA = 'CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value);';

type Within = 'seconds' | 'minute';

/** Milliseconds after which a change is on disk, at least. */
const SAVE_DELAY = 1000;
/** At most this share of the time goes into saving: thousands of values that change all the time are megabytes. */
const SAVE_SHARE = 0.01;
/** Milliseconds after which a change is on disk, at most: frame counters are among them, which keep replays out. */
const LONGEST_DELAY = 5000;
const MINUTE = 60_000;
/** Values saved in one go, and bytes that they take, which takes milliseconds; in between the event loop is free. */
const SLICE = 200;
const SLICE_BYTES = 1_000_000;
/** Until a save under strain that failed is tried again. */
const RETRY_DELAY = 1000;

/** Bytes of memory that a value takes beside itself: its key, and what is known of it. */
const OVERHEAD = 200;
/** Objects take about twice the memory of their JSON. */
const MEMORY_PER_JSON = 2;
/** What a value is taken for until it was saved once. */
const UNKNOWN_BYTES = 600;
const DEFAULT_MEMORY = 16_000_000;

/** Sorts after every other character, in SQLite's byte order too. */
const LAST_CHARACTER = '\u{10FFFF}';

/** Leave the saved value as it is. */
const KEEP = Symbol('keep');

type Saved = string | Uint8Array;

interface Statements {
  load: StatementSync;
  save: StatementSync;
  remove: StatementSync;
}

/** StateStore over a table of an open SQLite file; the file's owner calls `flush` before it closes the file. */
export class SqliteStateStore implements StateStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** A value `undefined` is a deletion that is not saved yet. */
  readonly #live: LiveValues;
  readonly #changed: Record<Within, Set<string>> = { seconds: new Set(), minute: new Set() };
  readonly #timers: Partial<Record<Within, NodeJS.Timeout>> = {};
  readonly #delays: Record<Within, number> = { seconds: SAVE_DELAY, minute: MINUTE };
  readonly #onError: (error: unknown) => void;
  #retry = 0;

  /**
   * `onError` hears of saving in the background that failed; its changes are tried again with the next ones.
   * `memory`: bytes that values may take in memory, about.
   */
  constructor(database: DatabaseSync, onError: (error: unknown) => void, memory = DEFAULT_MEMORY) {
    this.#database = database;
    this.#onError = onError;
    this.#live = new LiveValues(memory);
    withRowids(database);
    this.#statements = {
      load: database.prepare('SELECT value FROM state WHERE key = ?'),
      save: database.prepare(
        'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      ),
      remove: database.prepare('DELETE FROM state WHERE key = ?'),
    };
  }

  get<T>(key: string): T | undefined {
    const live = this.#live.get(key);
    if (live) return live.value as T | undefined;
    const row = this.#statements.load.get(key);
    if (!row) return undefined;
    const saved = row.value instanceof Uint8Array ? row.value : String(row.value);
    const value = typeof saved === 'string' ? JSON.parse(saved) : saved;
    this.#live.add(key, value, bytesOf(value, saved), false);
    return value as T;
  }

  set(key: string, value: unknown, within: Within | 'now' = 'seconds'): void {
    const queue = within === 'now' ? 'seconds' : within;
    const live = this.#live.get(key);
    const waits = live?.changed === true;
    if (live) this.#replace(live, value);
    else this.#live.add(key, value, bytesOf(value), true);
    const { seconds, minute } = this.#changed;
    if (!waits) this.#changed[queue].add(key);
    else if (queue === 'seconds' && minute.delete(key)) seconds.add(key);
    this.#timers[queue] ??= setTimeout(() => this.#saveAll(queue), this.#delays[queue]).unref();
    if (within === 'now') this.#saveInBackground([key]);
    else if (this.#live.strained) this.#relieve();
  }

  delete(key: string): void {
    this.set(key, undefined);
  }

  keys(prefix: string): string[] {
    const rows = this.#database
      .prepare('SELECT key FROM state WHERE key >= ? AND key < ?')
      .all(prefix, `${prefix}${LAST_CHARACTER}`);
    const keys = new Set(rows.map((row) => String(row.key)));
    for (const key of [...this.#changed.seconds, ...this.#changed.minute]) {
      if (this.#live.get(key)?.value === undefined) keys.delete(key);
      else if (key.startsWith(prefix)) keys.add(key);
    }
    return [...keys].sort();
  }

  flush(): void {
    const start = performance.now();
    for (const within of ['seconds', 'minute'] as const) {
      while (this.#changed[within].size > 0) this.#save(this.#next(within));
      clearTimeout(this.#timers[within]);
      delete this.#timers[within];
    }
    this.#slowDown(performance.now() - start);
  }

  #replace(live: LiveValue, value: unknown): void {
    // It may have grown although it is the same.
    if (isPacked(value)) this.#live.setBytes(live, bytesOf(value));
    live.value = value;
    this.#live.setChanged(live, true);
  }

  /** Saves the changes that there are now, slice by slice. */
  #saveAll(within: Within): void {
    let [left, busy] = [this.#changed[within].size, 0];
    const finish = (): void => {
      delete this.#timers[within];
      if (this.#changed[within].size === 0) return;
      this.#timers[within] = setTimeout(() => this.#saveAll(within), this.#delays[within]).unref();
    };
    const step = (): void => {
      const start = performance.now();
      const keys = this.#next(within);
      const saved = this.#saveInBackground(keys);
      busy += performance.now() - start;
      left -= keys.length;
      if (saved && keys.length > 0 && left > 0) return void setImmediate(step);
      if (within === 'seconds') this.#slowDown(busy);
      finish();
    };
    step();
  }

  /** Saves some of what has changed, so that it may leave the memory. */
  #relieve(): void {
    if (performance.now() < this.#retry) return;
    const within = this.#changed.minute.size > 0 ? 'minute' : 'seconds';
    if (!this.#saveInBackground(this.#next(within))) this.#retry = performance.now() + RETRY_DELAY;
  }

  #saveInBackground(keys: readonly string[]): boolean {
    try {
      this.#save(keys);
      return true;
    } catch (error) {
      this.#onError(error);
      return false;
    }
  }

  #slowDown(busy: number): void {
    this.#delays.seconds = Math.min(LONGEST_DELAY, Math.max(SAVE_DELAY, busy / SAVE_SHARE));
  }

  /** The changes that have waited longest. */
  #next(within: Within): string[] {
    const keys: string[] = [];
    let bytes = 0;
    for (const key of this.#changed[within]) {
      bytes += this.#live.get(key)?.bytes ?? 0;
      if (keys.push(key) === SLICE || bytes > SLICE_BYTES) break;
    }
    return keys;
  }

  #save(keys: readonly string[]): void {
    if (keys.length === 0) return;
    const rows = keys.map((key) => [key, this.#serialise(this.#live.get(key)?.value)] as const);
    const { save, remove } = this.#statements;
    inTransaction(this.#database, () => {
      for (const [key, saved] of rows) {
        if (saved === undefined) remove.run(key);
        else if (saved !== KEEP) save.run(key, saved satisfies SQLInputValue);
      }
    });
    for (const [key, saved] of rows) this.#saved(key, saved);
  }

  #saved(key: string, saved: Saved | undefined | typeof KEEP): void {
    this.#changed.seconds.delete(key);
    this.#changed.minute.delete(key);
    const live = this.#live.get(key);
    if (!live) return;
    this.#live.setChanged(live, false);
    if (saved === undefined) this.#live.remove(key);
    else if (saved !== KEEP) this.#live.setBytes(live, bytesOf(live.value, saved));
  }

  /** Undefined if there is no value; `KEEP` for one that JSON cannot hold, so that it harms no other. */
  #serialise(value: unknown): Saved | undefined | typeof KEEP {
    try {
      if (value instanceof Uint8Array) return value;
      return isPacked(value) ? value.toBytes() : (JSON.stringify(value) as string | undefined);
    } catch (error) {
      this.#onError(error);
      return KEEP;
    }
  }
}

/** `saved`: what the value is on disk, if that is known. */
function bytesOf(value: unknown, saved?: Saved): number {
  if (isPacked(value) || value instanceof Uint8Array) return OVERHEAD + value.byteLength;
  return typeof saved === 'string' ? OVERHEAD + MEMORY_PER_JSON * saved.length : UNKNOWN_BYTES;
}

function isPacked(value: unknown): value is Packed {
  return typeof value === 'object' && value !== null && 'toBytes' in value;
}

/** Tables of earlier versions had none, where a row of more than some hundred bytes costs many times as much. */
function withRowids(database: DatabaseSync): void {
  const table = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'state'").get();
  if (!String(table?.sql).includes('WITHOUT ROWID')) return;
  inTransaction(database, () => {
    database.exec(`ALTER TABLE state RENAME TO state_of_before; ${STATE_SCHEMA}
      INSERT INTO state SELECT key, value FROM state_of_before; DROP TABLE state_of_before;`);
  });
}
