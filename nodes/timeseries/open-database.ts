import { ConfigurationError, problemOf } from '../observation/errors.ts';
import type { DataFolder } from '../persistence/data-folder.ts';
import { Channel } from './channel.ts';
import type { DatabaseNode, DatabaseStatus, SaveOptions } from './database.ts';
import type { DatabaseTarget } from './database-settings.ts';
import type { AsideSource } from './kept-aside.ts';
import { isSandboxOutbox, outboxName } from './outbox-heirs.ts';
import { POINT_FORMAT } from './point-format.ts';
import type { Point, Store } from './store.ts';
import type { TagPolicy } from './tag-bounds.ts';
import { WriteTimes } from './write-times.ts';

export interface DatabaseOptions {
  target: DatabaseTarget;
  /** Stays open at least as long as the database. */
  folder: DataFolder;
  /** Node id, which names the outboxes; the same after a restart. */
  id: string;
  /** What bounds the tag values. */
  tags?: Partial<TagPolicy>;
  /** Milliseconds until the next attempt after `failures` in a row. */
  retryDelay?: (failures: number) => number;
}

/** A database with its outboxes: what the config node offers, without Node-RED. */
export class Database implements DatabaseNode {
  readonly writes = new WriteTimes();
  readonly #options: DatabaseOptions;
  readonly #channels = new Map<boolean, Channel>();
  readonly #listeners = new Set<(status: DatabaseStatus) => void>();
  #isClosed = false;

  /**
   * Readings of an earlier run that wait in an outbox are written now. Sandbox data have a database as soon as there are
   * any.
   */
  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#channel(false);
    const { size, deadLetterCount } = options.folder.outbox(outboxName(options.id, true), POINT_FORMAT);
    if (size + deadLetterCount > 0) this.#channel(true);
  }

  store(sandbox: boolean): Store {
    return this.#channel(sandbox).store;
  }

  save(points: readonly Point[], { sandbox, ...origin }: SaveOptions): void {
    const { journalId, parts } = origin;
    if (points.length > 0) {
      this.#channel(sandbox).save(points, origin);
    } else if (journalId !== undefined) {
      this.#options.folder.journal.settle(journalId, 'dropped', parts && { parts });
    }
  }

  onStatus(listener: (status: DatabaseStatus) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#status());
    return () => this.#listeners.delete(listener);
  }

  /** Empties these outboxes of deleted databases too, and no others any more. */
  async adopt(names: readonly string[]): Promise<void> {
    if (this.#isClosed) return;
    for (const sandbox of [false, true]) {
      const own = names.filter((name) => isSandboxOutbox(name) === sandbox);
      if (own.length > 0 || this.#channels.has(sandbox)) await this.#channel(sandbox).adopt(own);
    }
    this.#progressed();
  }

  asideSources(): AsideSource[] {
    return [...this.#channels.values()].flatMap((channel) => channel.asideSources());
  }

  /** Writes what waits, now; resolves when it is written or an attempt has failed. */
  async flush(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.flush()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const channel of this.#channels.values()) await channel.close();
    this.#channels.clear();
  }

  #channel(sandbox: boolean): Channel {
    const known = this.#channels.get(sandbox);
    if (known) return known;
    const { target, folder, id, tags, retryDelay } = this.#options;
    const channel = new Channel({
      target,
      folder,
      name: outboxName(id, sandbox),
      sandbox,
      tags,
      times: this.writes,
      onProgress: () => this.#progressed(),
      retryDelay,
    });
    this.#channels.set(sandbox, channel);
    return channel;
  }

  #progressed(): void {
    const status = this.#status();
    for (const listener of this.#listeners) listener(status);
  }

  #status(): DatabaseStatus {
    const all = [...this.#channels.values()].flatMap(({ progress }) => progress);
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
