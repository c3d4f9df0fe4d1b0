import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './sqlite-file.ts';
import type { StateStore } from './state-store.ts';

export const STATE_SCHEMA =
  'CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;';

/** Milliseconds after which a change is on disk, at least. */
const FLUSH_DELAY = 1000;
/** At most this share of the time goes into flushes: thousands of detectors that change all the time are megabytes. */
const FLUSH_SHARE = 0.01;
/** Milliseconds after which a change is on disk, at most: frame counters are among them, which keep replays out. */
const LONGEST_DELAY = 5000;

/** Sorts after every other character, in SQLite's byte order too. */
const LAST_CHARACTER = '\u{10FFFF}';

/** Leave the saved value as it is. */
const KEEP = Symbol('keep');

/** StateStore over a table of an open SQLite file; the file's owner calls `close` before it closes the file. */
export class SqliteStateStore implements StateStore {
  readonly #database: DatabaseSync;
  readonly #live = new Map<string, unknown>();
  readonly #changed = new Set<string>();
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #delay = FLUSH_DELAY;

  /** `onError` hears of a flush in the background that failed; its changes are tried again with the next one. */
  constructor(database: DatabaseSync, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
  }

  get<T>(key: string): T | undefined {
    const live = this.#live.get(key) as T | undefined;
    // A key that is changed and not live was deleted.
    if (live !== undefined || this.#changed.has(key)) return live;
    const row = this.#database.prepare('SELECT value FROM state WHERE key = ?').get(key);
    if (!row) return undefined;
    const value = JSON.parse(String(row.value)) as T;
    this.#live.set(key, value);
    return value;
  }

  set(key: string, value: unknown): void {
    if (value === undefined) this.#live.delete(key);
    else this.#live.set(key, value);
    this.#touch(key);
  }

  delete(key: string): void {
    this.#live.delete(key);
    this.#touch(key);
  }

  keys(prefix: string): string[] {
    const rows = this.#database
      .prepare('SELECT key FROM state WHERE key >= ? AND key < ?')
      .all(prefix, `${prefix}${LAST_CHARACTER}`);
    const saved = rows.map((row) => String(row.key)).filter((key) => !this.#changed.has(key));
    const changed = [...this.#changed].filter((key) => key.startsWith(prefix) && this.#live.has(key));
    return [...saved, ...changed].sort();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changed.size === 0) return;
    const start = performance.now();
    const rows = [...this.#changed].map((key) => [key, this.#serialise(key)] as const);
    const save = this.#database.prepare('INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)');
    const remove = this.#database.prepare('DELETE FROM state WHERE key = ?');
    inTransaction(this.#database, () => {
      for (const [key, json] of rows) {
        if (json === undefined) remove.run(key);
        else if (json !== KEEP) save.run(key, json);
      }
    });
    this.#changed.clear();
    const lasted = performance.now() - start;
    this.#delay = Math.min(LONGEST_DELAY, Math.max(FLUSH_DELAY, lasted / FLUSH_SHARE));
  }

  /** JSON of a value; undefined if there is none; `KEEP` for one that JSON cannot hold, so that it harms no other. */
  #serialise(key: string): string | undefined | typeof KEEP {
    try {
      return JSON.stringify(this.#live.get(key)) as string | undefined;
    } catch (error) {
      this.#onError(error);
      return KEEP;
    }
  }

  #touch(key: string): void {
    this.#changed.add(key);
    this.#timer ??= setTimeout(() => this.#flushInBackground(), this.#delay).unref();
  }

  #flushInBackground(): void {
    try {
      this.flush();
    } catch (error) {
      this.#onError(error);
      this.#timer ??= setTimeout(() => this.#flushInBackground(), this.#delay).unref();
    }
  }
}
