import { milliseconds } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { Sample } from './samples.ts';

/** The smallest delay of each quarter of a day in which a device sent, the newest last. */
interface Measured {
  /** Number of the quarter since 1970, and arrival minus the device's clock, ms. */
  quarters: [quarter: number, delay: number][];
}

const QUARTER_MS = 6 * 3_600_000;
/** Two days: a clock that was set right shows as right after one. */
const KEPT = 8;
const MOST_KNOWN = 100_000;

/** Seconds from which a clock is worth a look: further ahead it is not believed, see observation/time.ts. */
export const WRONG_FROM = 300;

/**
 * How far the clocks of devices are from ours, measured at the newest sample of each message. Readings are late, never
 * early, and a device that was without a network delivers very late: of each quarter of a day the smallest delay counts,
 * and of the last eight of these the middle one. Kept in the state store, of constant size per device.
 */
export class ClockSkew {
  readonly #state: StateStore;
  readonly #scope: string;
  /** Devices whose clock is wrong now. */
  readonly #wrong = new Set<string>();

  constructor(state: StateStore, scope = '') {
    this.#state = state;
    this.#scope = scope;
  }

  /**
   * Seconds that the device's clock is ahead (below zero: behind), whole; undefined if no sample has a time.
   * `arrival`: ms since 1970, by the platform's clock if it has one.
   */
  measure(device: string, samples: readonly Sample[], arrival: number): number | undefined {
    const clocks = samples.flatMap(({ time }) => (time === undefined ? [] : (milliseconds(time) ?? [])));
    if (clocks.length === 0) return undefined;
    const key = `nbiot.clock/${this.#scope}/${device}`;
    const { quarters } = this.#state.get<Measured>(key) ?? { quarters: [] };
    const kept = added(quarters, Math.floor(arrival / QUARTER_MS), arrival - Math.max(...clocks));
    if (kept !== quarters) this.#state.set(key, { quarters: kept } satisfies Measured, 'minute');
    const delays = kept.map(([, delay]) => delay).sort((one, other) => one - other);
    const offset = -Math.round((delays[(delays.length - 1) >> 1] ?? 0) / 1000);
    this.#remember(device, Math.abs(offset) >= WRONG_FROM);
    return offset === 0 ? 0 : offset;
  }

  /** How many devices' clocks were wrong when they were heard last. */
  get wrong(): number {
    return this.#wrong.size;
  }

  #remember(device: string, isWrong: boolean): void {
    if (!isWrong) this.#wrong.delete(device);
    else if (this.#wrong.size < MOST_KNOWN) this.#wrong.add(device);
  }
}

/** The same list if the delay changes nothing. */
function added(quarters: Measured['quarters'], quarter: number, delay: number): Measured['quarters'] {
  const last = quarters.at(-1);
  if (last?.[0] !== quarter) return [...quarters, [quarter, delay] as [number, number]].slice(-KEPT);
  return delay < last[1] ? [...quarters.slice(0, -1), [quarter, delay]] : quarters;
}
