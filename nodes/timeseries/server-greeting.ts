import { ConfigurationError, problemOf } from '../observation/errors.ts';
import type { DatabaseStatus } from './database.ts';
import type { DatabaseTarget } from './database-settings.ts';
import { shownAddress } from './influxdb-settings.ts';
import { InfluxdbStore } from './influxdb-store.ts';

/** ms until a server that did not answer is asked again. */
const RETRY = 60_000;

type Listener = (status: DatabaseStatus) => void;

/**
 * Asks a database server at the start what it is and whether the settings are right, so that people see both before
 * the first reading comes.
 */
export class ServerGreeting {
  readonly #target: DatabaseTarget;
  readonly #told: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #server: NonNullable<DatabaseStatus['server']> | undefined;
  #error: unknown;

  constructor(target: DatabaseTarget) {
    this.#target = target;
    void this.#greet();
  }

  /** A database's status with what the server said. Listens as `onStatus` does, and hears of both. */
  onStatus(onStatus: (listener: Listener) => () => void, listener: Listener): () => void {
    let last: DatabaseStatus | undefined;
    const tell = () => void (last && listener(this.#with(last)));
    const stop = onStatus((status) => {
      last = status;
      tell();
    });
    this.#told.push(tell);
    return () => {
      stop();
      this.#told.splice(this.#told.indexOf(tell), 1);
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #greet(): Promise<void> {
    if (this.#target.kind === 'embedded') return;
    const { bucket } = this.#target;
    const url = shownAddress(this.#target);
    const store = new InfluxdbStore(this.#target);
    try {
      const { server } = await store.check();
      this.#server = { name: shortName(server), url, bucket };
      this.#error = undefined;
    } catch (error) {
      this.#error = error;
      if (!this.#closed) this.#timer = setTimeout(() => void this.#greet(), RETRY);
    } finally {
      await store.close();
    }
    if (!this.#closed) for (const tell of [...this.#told]) tell();
  }

  /** What saving says counts for more than what was once said at the start. */
  #with(status: DatabaseStatus): DatabaseStatus {
    if (status.state === 'waiting' && this.#error !== undefined) {
      const { key, parameters } = problemOf(this.#error);
      const state = this.#error instanceof ConfigurationError ? 'refused' : 'away';
      return { ...status, state, problem: { key, parameters } };
    }
    return this.#server ? { ...status, server: this.#server } : status;
  }
}

/** Without the last parts of the version: `InfluxDB 2.7`. */
function shortName(server: string): string {
  return /^\D*\d+\.\d+/.exec(server)?.[0] ?? server;
}
