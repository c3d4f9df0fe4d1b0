import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ByflytError, type Problem } from '../observation/errors.ts';
import { isSettled, putAsideToSalvage, toSalvage } from './damaged-files.ts';
import type { Retention } from './sqlite-retention.ts';
import { salvagedDays, salvagedPoints } from './sqlite-salvage.ts';
import { SqliteStore } from './sqlite-store.ts';
import { DamagedFileError, storageError } from './storage-error.ts';
import type { PackedRows, StoreQuery } from './store.ts';

/** ms between two rounds of rolling up, and before the first. */
const ROUND = 60_000;
const FIRST_ROUND = 2000;
/** ms that the search for damage may take after an end that was not clean. */
const CHECK_AT_MOST = 60_000;

export interface EmbeddedFileOptions {
  /** Rolls up, ages and repairs the file: in the one process that the file belongs to. */
  isOwner: boolean;
  retention: Retention;
  /** A damaged file has been put aside; what can be read of it is in the new one. */
  onEvent(event: 'damaged' | 'recovered', problem: Problem): void;
}

/** The embedded database's file with all that keeps it well. Opened at first use, and again after damage. */
export class EmbeddedFile {
  readonly #path: string;
  readonly #options: EmbeddedFileOptions;
  #store: SqliteStore | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  /** The file may be damaged, as the last to use it did not close it. */
  #isDoubtful = false;
  #isClosed = false;
  /** Damaged files of which everything readable is in the new one, but not yet what they lost. */
  readonly #salvaged = new Set<string>();

  constructor(path: string, options: EmbeddedFileOptions) {
    this.#path = path;
    this.#options = options;
    if (options.isOwner) this.#schedule(FIRST_ROUND);
  }

  /** Does something with the store; once more with a new file if this one turns out to be damaged. */
  async use<T>(work: (store: SqliteStore) => Promise<T>): Promise<T> {
    const store = this.#opened();
    try {
      return await work(store);
    } catch (error) {
      if (!this.#isReplaced(store, error)) throw error;
      return await work(this.#opened());
    }
  }

  /** As `use` for a stream, which cannot begin again once it has given rows. */
  async *stream(query: StoreQuery): AsyncGenerator<PackedRows> {
    const store = this.#opened();
    let hasBegun = false;
    try {
      for await (const rows of store.streamPacked(query)) {
        hasBegun = true;
        yield rows;
      }
    } catch (error) {
      if (!this.#isReplaced(store, error) || hasBegun) throw error;
      yield* this.#opened().streamPacked(query);
    }
  }

  /** What a damaged file of that name lost has been written again. Until then it is salvaged anew after each start. */
  settle(file: string): void {
    isSettled(this.#path, join(dirname(this.#path), file));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
    await this.#store?.close();
    this.#store = undefined;
  }

  #opened(): SqliteStore {
    const { isOwner, retention } = this.#options;
    if (this.#store) return this.#store;
    if (isOwner && existsSync(this.#path)) {
      this.#isDoubtful = existsSync(`${this.#path}-wal`);
      if (statSync(this.#path).size === 0) this.#putAside('0 bytes');
    }
    try {
      this.#store = new SqliteStore(this.#path, retention);
    } catch (thrown) {
      const error = storageError(thrown);
      if (!isOwner || !(error instanceof DamagedFileError)) throw error;
      this.#putAside(error.parameters.message);
      this.#store = new SqliteStore(this.#path, retention);
    }
    return this.#store;
  }

  /** After an error of `store`: whether there is a new one in its place, or is now. */
  #isReplaced(store: SqliteStore, error: unknown): boolean {
    if (this.#store !== store) return !this.#isClosed;
    if (!this.#options.isOwner || !(error instanceof DamagedFileError)) return false;
    this.#store = undefined;
    void store.close();
    this.#putAside(error.parameters.message);
    return true;
  }

  #putAside(message: string | number | undefined): void {
    const aside = putAsideToSalvage(this.#path, Date.now());
    this.#isDoubtful = false;
    const parameters = { message: message ?? '', file: basename(aside) };
    this.#options.onEvent('damaged', { key: 'timeseries.error.put_aside', parameters });
    this.#schedule(0);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#startRound(), delay);
  }

  async #startRound(): Promise<void> {
    this.#round ??= this.#chores().then((delay) => {
      this.#round = undefined;
      this.#schedule(delay);
    });
    await this.#round;
  }

  /** Gives the ms until the next round. */
  async #chores(): Promise<number> {
    let store: SqliteStore | undefined;
    try {
      store = this.#opened();
      for (const aside of toSalvage(this.#path)) {
        if (!this.#salvaged.has(aside)) await this.#salvage(aside, store);
      }
      if (this.#isDoubtful) await this.#check(store);
      await store.maintain(() => this.#isClosed);
    } catch (thrown) {
      const error = storageError(thrown);
      if (store && this.#isReplaced(store, error)) return 0;
      // A full disk and the like: it is tried again in the next round, and whoever writes meets it too.
      if (!(error instanceof ByflytError)) throw error;
    }
    return ROUND;
  }

  async #check(store: SqliteStore): Promise<void> {
    const end = Date.now() + CHECK_AT_MOST;
    await store.verify(() => this.#isClosed || Date.now() > end);
    this.#isDoubtful = false;
  }

  async #salvage(aside: string, store: SqliteStore): Promise<void> {
    let count = 0;
    for (const points of salvagedPoints(aside)) {
      if (this.#isClosed) return;
      if (points.length > 0) await store.supplement(points);
      count += points.length;
      await nextTurn();
    }
    for (const days of salvagedDays(aside)) {
      if (this.#isClosed) return;
      await store.adopt(days);
      await nextTurn();
    }
    this.#salvaged.add(aside);
    const parameters = { count, file: basename(aside) };
    this.#options.onEvent('recovered', { key: 'timeseries.error.salvaged', parameters });
  }
}
