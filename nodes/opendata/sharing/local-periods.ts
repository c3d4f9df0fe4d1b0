import { bucketRuns, bucketStarts } from '../../timeseries/buckets.ts';
import { localParts } from '../local-time.ts';

/** A day or month by the clocks of a time zone. */
export interface LocalPeriod {
  /** `2026-11` or `2026-11-20`. */
  name: string;
  /** ms since 1970 UTC, inclusive. */
  from: number;
  /** ms since 1970 UTC, exclusive. */
  to: number;
}

const DAY = 86_400_000;

/** The month of that name (`2026-11`); undefined if it is no month. */
export function localMonth(name: string, timeZone: string): LocalPeriod | undefined {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(name)) return undefined;
  const around = Date.parse(`${name}-01`);
  const periods = periodsAround(around, 32 * DAY, { months: 1 }, timeZone);
  return periods
    .map((period) => ({ ...period, name: period.name.slice(0, 7) }))
    .find((period) => period.name === name);
}

/** Name of the month that a moment (ms since 1970 UTC) is in. */
export function monthName(time: number, timeZone: string): string {
  return localParts(time, timeZone).date.slice(0, 7);
}

/** Name of the month `count` months later; earlier if negative. */
export function monthAfter(name: string, count: number): string {
  const date = new Date(`${name}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.toISOString().slice(0, 7);
}

/** The days that ended before `now` (ms since 1970 UTC), newest first. */
export function daysBefore(now: number, count: number, timeZone: string): LocalPeriod[] {
  return periodsAround(now, (count + 2) * DAY, DAY, timeZone)
    .filter(({ to }) => to <= now)
    .slice(-count)
    .reverse();
}

function periodsAround(
  time: number,
  reach: number,
  every: number | { months: number },
  timeZone: string,
): LocalPeriod[] {
  const starts = [...bucketStarts(bucketRuns({ from: time - reach, to: time + reach, every, timeZone }))];
  // The first and the last may be cut off.
  return starts.slice(1, -1).map((from, index) => ({
    name: localParts(from, timeZone).date,
    from,
    to: starts[index + 2] ?? from,
  }));
}
