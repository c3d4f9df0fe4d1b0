import { chance, noise } from './chance.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Local time of the simulated town is UTC+1. */
const LOCAL = HOUR;
const EMPTIED_AT_HOUR = 7;

/** How a bin is used and emptied. */
export interface BinHabit {
  id: string;
  /** m, the sensor's reading of the empty and of the full bin. */
  emptyDistance: number;
  fullDistance: number;
  /** Share of the bin that an ordinary day fills. */
  perDay: number;
  /** Days between two collections, and the first one's day (days since 1970, modulo `collection`). */
  collection: number;
  collectionDay: number;
}

/** Share of a day's waste per hour of the day: little at night, most around noon and after work. */
const HOURLY = [1, 0, 0, 0, 0, 1, 2, 4, 5, 5, 6, 8, 9, 8, 7, 7, 8, 8, 6, 5, 4, 3, 2, 1] as const;
const HOURLY_SUM = HOURLY.reduce((sum: number, share) => sum + share, 0);
const WEEKEND_FACTOR = 1.5;

/** Filled share (0 to 1) at a time (ms since 1970 UTC): what came in since the last collection. */
export function filledShare(bin: BinHabit, time: number, seed: number): number {
  const now = time + LOCAL;
  let filled = 0;
  for (let hour = lastCollection(bin, now); hour < now; hour += HOUR) {
    filled += inHour(bin, hour, seed) * Math.min((now - hour) / HOUR, 1);
  }
  return Math.min(filled, 1);
}

/** mm between the sensor and the waste, with the unevenness of an ultrasonic echo. */
export function wasteDistance(bin: BinHabit, time: number, seed: number): number {
  const metres = bin.emptyDistance - filledShare(bin, time, seed) * (bin.emptyDistance - bin.fullDistance);
  return Math.round(metres * 1000 + 6 * noise(seed, `${bin.id}/echo/${time}`));
}

function lastCollection(bin: BinHabit, now: number): number {
  const day = Math.floor((now - EMPTIED_AT_HOUR * HOUR) / DAY);
  const since = (((day - bin.collectionDay) % bin.collection) + bin.collection) % bin.collection;
  return (day - since) * DAY + EMPTIED_AT_HOUR * HOUR;
}

function inHour(bin: BinHabit, hour: number, seed: number): number {
  const date = new Date(hour);
  const weekend = date.getUTCDay() % 6 === 0 ? WEEKEND_FACTOR : 1;
  const share = (HOURLY[date.getUTCHours()] ?? 0) / HOURLY_SUM;
  return bin.perDay * weekend * share * (0.5 + chance(seed, `${bin.id}/hour/${hour}`));
}
