import type { QuantityId } from '../observation/quantities.ts';

export interface NeighbourLimit {
  /** From the usual difference to those nearby, canonical unit. */
  difference: number;
  kilometres: number;
}

export interface Place {
  lat: number;
  lon: number;
}

/** The newest good value of a series with a place. */
interface Nearby extends Place {
  /** ms since 1970 UTC. */
  time: number;
  value: number;
  area: string;
  /** Devices nearby, and when they were looked up (ms since 1970 UTC). */
  neighbours: string[];
  lookedUp: number;
}

/** What a series usually differs by from those nearby; plain JSON. */
export interface UsualDifference {
  value: number;
  /** How far it usually is from that value: a room beside the weather has much. */
  spread: number;
  /** Comparisons that it was learned from, up to `LEARNED`, and when the first was made (ms since 1970 UTC). */
  count: number;
  since: number;
}

const HOUR = 3_600_000;
/** One neighbour alone cannot say which of the two is wrong. */
const FEWEST = 2;
const MOST = 5;
/** Values further apart in time are not compared. */
const SAME_TIME = 2 * HOUR;
const LOOK_AGAIN = HOUR;
const KILOMETRES_PER_DEGREE = 111.2;
/** Comparisons and time after which the usual difference (height, shade, walls) is known, and how fast it changes then. */
const LEARNED = 20;
const LEARNING_TIME = 72 * HOUR;
const SLOW = 0.02;
/** So many times its usual spread a difference must be unusual. */
const UNUSUAL = 4;

/**
 * Newest values by place, for the neighbour test. Kept in memory only: after a restart nothing is compared until the
 * neighbours have been heard again. Only devices of one application area are neighbours: rooms are not weather.
 */
export class Neighbours {
  readonly #series = new Map<QuantityId, Map<string, Nearby>>();

  /**
   * What is measured nearby about that time, in order of size; undefined with fewer than two neighbours. Times in ms
   * since 1970 UTC.
   */
  nearby(
    id: QuantityId,
    device: { id: string; area: string; location: Place },
    time: number,
    { kilometres }: NeighbourLimit,
  ): number[] | undefined {
    const series = this.#of(id);
    const self = series.get(device.id);
    if (!self) return undefined;
    if (time - self.lookedUp > LOOK_AGAIN) {
      self.neighbours = nearest(series, device, kilometres);
      self.lookedUp = time;
    }
    const values: number[] = [];
    for (const name of self.neighbours) {
      const other = series.get(name);
      if (other && Math.abs(other.time - time) <= SAME_TIME) values.push(other.value);
    }
    return values.length < FEWEST ? undefined : values.sort((a, b) => a - b);
  }

  /** Tells of a good value. */
  keep(
    id: QuantityId,
    { id: device, area, location }: { id: string; area: string; location: Place },
    time: number,
    value: number,
  ): void {
    const series = this.#of(id);
    const known = series.get(device);
    if (known && known.lat === location.lat && known.lon === location.lon && known.area === area) {
      known.time = time;
      known.value = value;
    } else {
      const { lat, lon } = location;
      series.set(device, { lat, lon, area, time, value, neighbours: [], lookedUp: Number.NEGATIVE_INFINITY });
    }
  }

  #of(id: QuantityId): Map<string, Nearby> {
    let series = this.#series.get(id);
    if (!series) {
      series = new Map();
      this.#series.set(id, series);
    }
    return series;
  }
}

/** Whether the usual difference is known well enough to judge by. */
export function isKnown(usual: UsualDifference | undefined, time: number): usual is UsualDifference {
  return usual !== undefined && usual.count >= LEARNED && time - usual.since >= LEARNING_TIME;
}

/** How far from usual a difference may be, at least the limit. Canonical unit. */
export function leeway({ spread }: UsualDifference, { difference }: NeighbourLimit): number {
  return Math.max(difference, UNUSUAL * spread);
}

/** Learns a difference that is not out of the ordinary. */
export function learn(usual: UsualDifference | undefined, time: number, difference: number): UsualDifference {
  if (!usual) return { value: difference, spread: 0, count: 1, since: time };
  const count = Math.min(usual.count + 1, LEARNED);
  const weight = count < LEARNED ? 1 / count : SLOW;
  const off = difference - usual.value;
  return {
    value: usual.value + off * weight,
    spread: usual.spread + (Math.abs(off) - usual.spread) * weight,
    count,
    since: usual.since,
  };
}

/** Up to five devices within reach, the nearest first. */
function nearest(
  series: ReadonlyMap<string, Nearby>,
  { id, area, location }: { id: string; area: string; location: Place },
  kilometres: number,
): string[] {
  const reach = kilometres / KILOMETRES_PER_DEGREE;
  const shrink = Math.cos((location.lat * Math.PI) / 180);
  const found: { name: string; distance: number }[] = [];
  for (const [name, other] of series) {
    const north = other.lat - location.lat;
    if (name === id || other.area !== area || Math.abs(north) > reach) continue;
    const distance = Math.hypot(north, (other.lon - location.lon) * shrink);
    if (distance <= reach) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, MOST).map(({ name }) => name);
}

/** Of values in order of size, at least one. */
export function median(values: readonly number[]): number {
  const middle = values.length >> 1;
  const upper = values[middle] as number;
  return values.length % 2 === 1 ? upper : (upper + (values[middle - 1] as number)) / 2;
}
