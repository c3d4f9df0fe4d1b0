import type { Release } from '../dataset.ts';
import { periodsBetween } from '../released.ts';
import type { Entry } from '../site.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** ms in which a period has surely ended, whatever the clock does in it. */
const SURELY: Readonly<Record<Release['every'], number>> = {
  hour: 3 * HOUR,
  day: 2 * DAY,
  week: 8 * DAY,
  month: 32 * DAY,
};
/** ms that a result may be later than the beginning of what was observed. */
export const LONGEST_PERIOD = SURELY.month;

/** ms since 1970 UTC; both the same for what was measured at one moment. */
export interface ObservedTime {
  start: number;
  end: number;
}

/** What time a value stands for: the moment of a reading, the period of a value that is released over time. */
export function observedTime({ dataset, sources }: Entry, start: number): ObservedTime {
  const { release } = dataset.privacy;
  if (!release) return { start, end: start };
  const [period] = periodsBetween(release, start, start + SURELY[release.every], sources.timeZone ?? 'UTC');
  return { start, end: period?.end ?? start };
}
