import { isNewer, type Notified } from '../notification-order.ts';

/** Observations whose last notification is remembered; the one that was quiet longest is forgotten, which does no harm. */
const MOST = 50_000;

/** Tells notifications that newer ones overtook on their way. */
export class Freshness {
  readonly #last = new Map<string, Notified>();

  /** Whether it is newer than those before it. `observation`: its token; `sequence`: Observe option. */
  isNew(observation: string, sequence: number, time = performance.now()): boolean {
    const before = this.#last.get(observation);
    const notified = { sequence, time };
    if (before && !isNewer(notified, before)) return false;
    this.#last.delete(observation);
    this.#last.set(observation, notified);
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= MOST) break;
      this.#last.delete(oldest);
    }
    return true;
  }

  /** An observation that begins anew counts anew. */
  forget(observation: string): void {
    this.#last.delete(observation);
  }
}
