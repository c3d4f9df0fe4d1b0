import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError } from '../observation/errors.ts';
import type { Outbox } from '../persistence/outbox.ts';
import { type Point, PointsRefusedError, type Store } from './store.ts';

/** Points written at once. */
const BATCH = 2000;
/** ms until a store that is away is tried again. */
const RETRY = 10_000;

/**
 * Writes again what the log still has of some outboxes, for a store that lost its data; what the store refuses was
 * refused before, and is kept aside. Waits for a store that is away. Rejects when `signal` is aborted.
 */
export async function refill(
  store: Store,
  outboxes: readonly Pick<Outbox<Point[]>, 'history'>[],
  signal: AbortSignal,
  retryMs = RETRY,
): Promise<void> {
  for (const outbox of outboxes) {
    for (const points of batches(outbox.history())) {
      signal.throwIfAborted();
      while (!(await isWritten(store, points))) await delay(retryMs, undefined, { signal });
    }
  }
}

function* batches(items: Iterable<Point[]>): Generator<Point[]> {
  let batch: Point[] = [];
  for (const points of items) {
    batch.push(...points);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function isWritten(store: Store, points: readonly Point[]): Promise<boolean> {
  try {
    await store.write(points);
    return true;
  } catch (error) {
    if (error instanceof PointsRefusedError) return true;
    if (error instanceof ConnectionError) return false;
    throw error;
  }
}
