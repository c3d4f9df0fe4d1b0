import { closeSync, fdatasync, fdatasyncSync } from 'node:fs';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);

/** Milliseconds until a disk that refused is asked again. */
const RETRY = 1000;

/** Brings what was written to files to the disk itself, soon and without waiting for it. */
export class DiskSync {
  readonly #within: number;
  readonly #onError: (error: unknown) => void;
  readonly #unsynced = new Set<number>();
  /** On their way to the disk, as far as they were written when that began. */
  #syncing: readonly number[] = [];
  /** Nobody writes them any more; closed when they are on the disk. */
  readonly #retired = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  /** `within`: milliseconds. `onError` hears of a sync that failed; it is tried again. */
  constructor(within: number, onError: (error: unknown) => void) {
    this.#within = within;
    this.#onError = onError;
  }

  /** Something was written to the file of that descriptor. */
  written(file: number): void {
    this.#syncLater(file, this.#within);
  }

  /** Closes a file as soon as it is on the disk. */
  retire(file: number): void {
    this.#retired.add(file);
    this.written(file);
  }

  /** Resolves when everything written so far is on the disk; rejects if the disk refuses. */
  async synced(): Promise<void> {
    // A sync under way may have begun before the last write.
    await this.#running?.catch(() => undefined);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** As `synced`, at once. Throws what the disk throws. */
  syncNow(): void {
    for (const file of new Set([...this.#syncing, ...this.#unsynced])) {
      fdatasyncSync(file);
      this.#unsynced.delete(file);
      this.#closeRetired(file);
    }
    this.#stopTimer();
  }

  /** Syncs at once, and closes all files; one that is being synced when that ends. Throws what the disk throws. */
  close(): void {
    this.#isClosed = true;
    try {
      this.syncNow();
    } finally {
      this.#stopTimer();
      this.#unsynced.clear();
      for (const file of this.#retired) this.#closeRetired(file);
    }
  }

  async #run(): Promise<void> {
    this.#stopTimer();
    const files = [...this.#unsynced];
    this.#unsynced.clear();
    this.#syncing = files;
    const results = await Promise.allSettled(files.map((file) => sync(file)));
    this.#syncing = [];
    for (const [index, file] of files.entries()) {
      if (results[index]?.status === 'rejected' && !this.#isClosed) this.#syncLater(file, RETRY);
      this.#closeRetired(file);
    }
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #syncLater(file: number, delay: number): void {
    this.#unsynced.add(file);
    this.#timer ??= setTimeout(() => {
      this.synced().catch(this.#onError);
    }, delay).unref();
  }

  #closeRetired(file: number): void {
    if (this.#unsynced.has(file) || this.#syncing.includes(file)) return;
    if (this.#retired.delete(file)) closeSync(file);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
