import type { Observation } from '../observation/observation.ts';
import { COUNTER_RATES } from '../observation/quantities/counter-rates.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { isAhead, parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { counterStep } from './counter.ts';
import { HOUR, inside } from './qartod.ts';

/** A reading, and the one before it. Times in ms since 1970 UTC. */
interface Reading {
  time: number;
  value: number;
  before?: number;
}

type Readings = Partial<Record<QuantityId, Reading>>;

/** Two readings closer together than this say little about a rate. ms */
const SHORTEST_INTERVAL = 60_000;

/**
 * What meters and other counters counted per hour since their reading before: a roll-over is counted through, and after
 * a reset, a late reading or one that cannot be right there is no rate. State per device.
 */
export class CounterRates {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Rates in the units of their quantities; undefined if there are none. */
  ratesOf(observation: Observation): Partial<Record<QuantityId, number>> | undefined {
    let rates: Partial<Record<QuantityId, number>> | undefined;
    for (const name in observation.values) {
      const rate = COUNTER_RATES.get(name);
      const value = observation.values[name as QuantityId];
      if (!rate || typeof value !== 'number' || !isPossible(name as QuantityId, value)) continue;
      const perHour = this.#advance(observation, name as QuantityId, value);
      if (perHour === undefined) continue;
      rates ??= {};
      rates[rate.id as QuantityId] = perHour * rate.factor;
    }
    return rates;
  }

  #advance({ device, phenomenonTime, receivedTime }: Observation, id: QuantityId, value: number) {
    const time = parseTime(phenomenonTime);
    const key = `counter/${device.id}`;
    const readings = this.#state.get<Readings>(key) ?? {};
    const known = readings[id];
    const usable = known && !isAhead(known.time, receivedTime) ? known : undefined;
    if (usable && time - usable.time < SHORTEST_INTERVAL) return undefined;
    readings[id] = { time, value, ...(usable && { before: usable.value }) };
    this.#state.set(key, readings);
    if (!usable) return undefined;
    const { increase } = counterStep(usable.before, usable.value, value);
    return increase === undefined ? undefined : (increase * HOUR) / (time - usable.time);
  }
}

function isPossible(id: QuantityId, value: number): boolean {
  const { range } = QUANTITIES[id];
  return Number.isFinite(value) && (!range || inside(value, range));
}
