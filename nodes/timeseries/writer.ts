import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Outbox, OutboxItem, Refusal } from '../persistence/outbox.ts';
import { isLines } from './point-format.ts';
import { type Point, PointsRefusedError, type RefusedPoint } from './store.ts';
import type { Writing } from './write-times.ts';

/** Readings that are written without waiting for more. */
const ENOUGH = 500;
/** Readings taken from the outbox at once, when many wait. */
const BATCH = 2000;
/** Milliseconds that readings wait for company. */
const GATHER = 250;
/** Milliseconds until a database that was away is tried again: doubles from the first to the last. */
const FIRST_RETRY = 1000;
const LAST_RETRY = 60_000;
/** Milliseconds that the end waits for a write under way; a database that hangs may take it later or not at all. */
const PARTING = 2000;

export interface WriterProgress {
  /** The last batch arrived (undefined before the first); else why not. */
  outcome?: { savedTime: number } | { error: unknown };
  /** Readings that wait in the outbox. */
  kept: number;
  refusedReadings: number;
}

export interface WriterOptions {
  store: Writing;
  outbox: Outbox<Point[]>;
  /** Hears of each batch that arrived or did not. */
  onProgress(progress: WriterProgress): void;
  /** Milliseconds until the next attempt after `failures` in a row. */
  retryDelay?(failures: number): number;
}

/** Exponential back-off with jitter, so that many writers do not return to a database at the same moment. */
export function backOff(failures: number): number {
  const delay = Math.min(FIRST_RETRY * 2 ** (failures - 1), LAST_RETRY);
  return delay * (0.5 + Math.random() / 2);
}

/** Brings an outbox's points to a database, in order, one batch at a time, until the database has them. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #closed = false;
  /** Nobody waits for the write under way any more; the outbox may be gone. */
  #abandoned = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#stopListening = options.outbox.onAppend(() => this.#appended());
    if (options.outbox.size > 0) this.#schedule(0);
  }

  /** Tries now, also if it waits to retry; resolves when the outbox is empty or an attempt has failed. */
  async flush(): Promise<void> {
    await this.#running;
    await this.#run();
  }

  /** Stops; what is not written stays in the outbox, and with it what a database that hangs has not confirmed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    const patience = new AbortController();
    const late = delay(PARTING, true, { signal: patience.signal }).catch(() => false);
    const ended = this.#running?.then(() => false) ?? false;
    this.#abandoned = await Promise.race([ended, late]);
    patience.abort();
  }

  #appended(): void {
    if (this.#running || this.#failures > 0) return;
    if (this.#options.outbox.size >= ENOUGH) void this.#run();
    else if (!this.#timer) this.#schedule(GATHER);
  }

  #schedule(delay: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), delay);
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
      const { outbox, retryDelay = backOff } = this.#options;
      if (this.#failures > 0) this.#schedule(retryDelay(this.#failures));
      else if (outbox.size > 0) this.#schedule(GATHER);
    });
    return this.#running;
  }

  /** Never throws: a batch that fails stays in the outbox. */
  async #drain(): Promise<void> {
    const { outbox } = this.#options;
    // Not in the middle of an append.
    await nextTurn();
    try {
      for (let items = outbox.peek(BATCH); items.length > 0 && !this.#closed; items = outbox.peek(BATCH)) {
        const outcome = await this.#refusedOf(items);
        if (this.#abandoned) return;
        this.#settle(items, outcome);
        this.#failures = 0;
        this.#report({ savedTime: Date.now() });
      }
    } catch (error) {
      this.#failures++;
      if (!this.#abandoned) this.#report({ error });
    }
  }

  #settle(items: readonly OutboxItem<Point[]>[], refused: readonly RefusedItem[]): void {
    const { outbox } = this.#options;
    for (const { points } of refused) for (const { point, reason } of points) outbox.bury([point], reason);
    outbox.ack(items.at(-1)?.sequence ?? 0, refused.map(refusalOf));
  }

  /** Writes; gives the items of which the database will never take a point. */
  async #refusedOf(items: readonly OutboxItem<Point[]>[]): Promise<RefusedItem[]> {
    const { store } = this.#options;
    // Some databases pass over in silence what is no line protocol.
    const texts = items.map(({ text }) => text).filter((text) => text !== '');
    if (texts.every(isLines) && (await store.writeText?.(texts.join('\n')))) return [];
    const read = items.map(({ sequence, item }) => ({ sequence, item }));
    try {
      await store.write(read.flatMap(({ item }) => item));
      return [];
    } catch (error) {
      if (!(error instanceof PointsRefusedError)) throw error;
      const reasons = new Map(error.refused.map((one) => [one.point, one]));
      return read
        .map(({ sequence, item }) => ({
          sequence,
          points: item.flatMap((point) => reasons.get(point) ?? []),
        }))
        .filter(({ points }) => points.length > 0);
    }
  }

  #report(outcome: NonNullable<WriterProgress['outcome']>): void {
    const { outbox, onProgress } = this.#options;
    onProgress({ outcome, kept: outbox.size, refusedReadings: outbox.deadLetterCount });
  }
}

/** An item with the points of it that the database refused. */
interface RefusedItem {
  sequence: number;
  points: readonly RefusedPoint[];
}

function refusalOf({ sequence, points: [first] }: RefusedItem): Refusal {
  const device = first?.point.tags.device;
  return {
    sequence,
    reasonKey: 'timeseries.error.point',
    parameters: { reason: first?.reason ?? '' },
    ...(device !== undefined && { device }),
  };
}
