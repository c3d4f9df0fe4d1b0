import { createHash } from 'node:crypto';
import type { Observation } from '../observation/observation.ts';
import type { StateStore } from '../persistence/state-store.ts';

/** Time of a sample as ISO 8601 UTC, digest of its values, arrival of the message that it came with. */
type Seen = [time: string, digest: string, arrived: string];

/** Stored samples that devices send along with each message are ten or so; a whole day of quarters fits. */
const REMEMBERED = 128;

/**
 * Finds samples that came before: many devices send their last samples along with each new one, so that a lost message
 * loses nothing. Written once more they would take the place of what was checked when it was new. The same are device,
 * time by the device's clock and values. A message that the journal gives once more is no repetition of itself.
 */
export class SeenSamples {
  readonly #state: StateStore;
  readonly #scope: string;

  /** `scope`: who decodes; two flows that both read a device each take its samples once. */
  constructor(state: StateStore, scope = '') {
    this.#state = state;
    this.#scope = scope;
  }

  /** Those of one message of a device that are new; they count as seen then. */
  fresh(device: string, observations: readonly Observation[]): Observation[] {
    const key = `nbiot.seen/${this.#scope}/${device}`;
    const before = this.#state.get<Seen[]>(key) ?? [];
    const seen = new Map(before.map((one) => [`${one[0]} ${one[1]}`, one]));
    const size = seen.size;
    const fresh = observations.filter(({ phenomenonTime, timeSource, values, receivedTime }) => {
      if (timeSource !== 'device') return true;
      const digest = digestOf(values);
      const known = seen.get(`${phenomenonTime} ${digest}`);
      if (known) return known[2] === receivedTime;
      seen.set(`${phenomenonTime} ${digest}`, [phenomenonTime, digest, receivedTime]);
      return true;
    });
    if (seen.size > size) this.#state.set(key, [...seen.values()].slice(-REMEMBERED), 'minute');
    return fresh;
  }
}

function digestOf(values: Observation['values']): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 12);
}
