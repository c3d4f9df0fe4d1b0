import { ConfigurationError, problemOf } from '../observation/errors.ts';
import type { DataFolder } from '../persistence/data-folder.ts';
import type { DatabaseNode, DatabaseStatus, SaveOptions } from './database.ts';
import { type DatabaseTarget, openStore } from './database-settings.ts';
import { POINT_FORMAT } from './point-format.ts';
import type { Point, Store } from './store.ts';
import { Writer, type WriterProgress } from './writer.ts';

export interface DatabaseOptions {
  target: DatabaseTarget;
  /** Stays open at least as long as the database. */
  folder: DataFolder;
  /** Names the outbox; the same after a restart. */
  name: string;
  /** Milliseconds until the next attempt after `failures` in a row. */
  retryDelay?: (failures: number) => number;
}

/** One kind of data (real or sandbox) on its way to its database. */
interface Channel {
  store: Store;
  writer: Writer;
  progress: WriterProgress;
}

/** A database with its outboxes: what the config node offers, without Node-RED. */
export class Database implements DatabaseNode {
  readonly #options: DatabaseOptions;
  readonly #channels = new Map<boolean, Channel>();
  readonly #listeners = new Set<(status: DatabaseStatus) => void>();

  /** Does not connect. Readings of an earlier run that wait in the outbox are written now. */
  constructor(options: DatabaseOptions) {
    this.#options = options;
    for (const sandbox of [false, true]) {
      if (this.#outbox(sandbox).size > 0) this.#channel(sandbox);
    }
  }

  store(sandbox: boolean): Store {
    return this.#channel(sandbox).store;
  }

  save(points: readonly Point[], { sandbox, ...origin }: SaveOptions): void {
    const { journalId, parts } = origin;
    if (points.length > 0) {
      this.#channel(sandbox);
      this.#outbox(sandbox).append([...points], origin);
    } else if (journalId !== undefined) {
      this.#options.folder.journal.settle(journalId, 'dropped', parts && { parts });
    }
  }

  onStatus(listener: (status: DatabaseStatus) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#status());
    return () => this.#listeners.delete(listener);
  }

  /** Writes what waits, now; resolves when it is written or an attempt has failed. */
  async flush(): Promise<void> {
    await Promise.all([...this.#channels.values()].map(({ writer }) => writer.flush()));
  }

  async close(): Promise<void> {
    for (const { writer, store } of this.#channels.values()) {
      await writer.close();
      await store.close();
    }
    this.#channels.clear();
  }

  #outbox(sandbox: boolean) {
    return this.#options.folder.outbox(`${this.#options.name}${sandbox ? ':sandbox' : ''}`, POINT_FORMAT);
  }

  #channel(sandbox: boolean): Channel {
    const known = this.#channels.get(sandbox);
    if (known) return known;
    const { target, folder, retryDelay } = this.#options;
    const outbox = this.#outbox(sandbox);
    const store = openStore(target, folder.path, sandbox);
    const writer = new Writer({
      store,
      outbox,
      onProgress: (progress) => this.#progressed(sandbox, progress),
      ...(retryDelay && { retryDelay }),
    });
    const progress = { kept: outbox.size, refusedReadings: outbox.deadLetterCount };
    const channel = { store, writer, progress };
    this.#channels.set(sandbox, channel);
    return channel;
  }

  #progressed(sandbox: boolean, progress: WriterProgress): void {
    const channel = this.#channels.get(sandbox);
    if (!channel) return;
    channel.progress = progress;
    const status = this.#status();
    for (const listener of this.#listeners) listener(status);
  }

  #status(): DatabaseStatus {
    const all = [...this.#channels.values()].map(({ progress }) => progress);
    const errors = all.flatMap(({ outcome }) => (outcome && 'error' in outcome ? [outcome.error] : []));
    const times = all.flatMap(({ outcome }) =>
      outcome && 'savedTime' in outcome ? [outcome.savedTime] : [],
    );
    const status: DatabaseStatus = {
      state: stateOf(errors, times),
      kept: sum(all.map(({ kept }) => kept)),
      refusedReadings: sum(all.map(({ refusedReadings }) => refusedReadings)),
    };
    if (times.length > 0) status.savedTime = Math.max(...times);
    if (errors.length > 0) {
      const { key, parameters } = problemOf(errors[0]);
      status.problem = { key, parameters };
    }
    return status;
  }
}

function stateOf(errors: readonly unknown[], times: readonly number[]): DatabaseStatus['state'] {
  if (errors.some((error) => error instanceof ConfigurationError)) return 'refused';
  if (errors.length > 0) return 'away';
  return times.length > 0 ? 'saved' : 'waiting';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
