import { chance } from './chance.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What goes wrong with a sandbox device, so that checks and alarms have something to find. */
export interface Faults {
  /** Share of uplinks that no gateway hears; their frame counters are missing. */
  lost: number;
  /** Share of readings that are far off for one uplink. */
  spikes?: number;
  /** The probe repeats one value for `hours`, once in `everyDays`. */
  stuck?: { everyDays: number; hours: number };
  /** Nothing arrives for `hours`, once in `everyDays`. */
  silent?: { everyDays: number; hours: number };
}

/** True if this uplink never reaches a gateway. */
export function isLost(id: string, faults: Faults, time: number, seed: number): boolean {
  return (
    outageStart(`${id}/silent`, faults.silent, time, seed) !== undefined ||
    hits(`${id}/lost`, faults.lost, time, seed)
  );
}

/** True if this reading is a spike. */
export function isSpike(id: string, faults: Faults, time: number, seed: number): boolean {
  return hits(`${id}/spike`, faults.spikes ?? 0, time, seed);
}

/** The time whose reading the device reports: its own, or the one at which it got stuck. */
export function readingTime(id: string, faults: Faults, time: number, seed: number): number {
  return outageStart(`${id}/stuck`, faults.stuck, time, seed) ?? time;
}

function hits(key: string, share: number, time: number, seed: number): boolean {
  return chance(seed, `${key}/${time}`) < share;
}

/** Start of the outage that `time` lies in; each period of `everyDays` has one, at a time of its own. */
function outageStart(
  key: string,
  outage: { everyDays: number; hours: number } | undefined,
  time: number,
  seed: number,
): number | undefined {
  if (outage === undefined) return undefined;
  const period = outage.everyDays * DAY;
  const index = Math.floor(time / period);
  const start = index * period + chance(seed, `${key}/${index}`) * (period - outage.hours * HOUR);
  return time >= start && time < start + outage.hours * HOUR ? start : undefined;
}
