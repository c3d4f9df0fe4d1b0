import type { PeriodId } from '../history.ts';
import { localParts } from '../local-time.ts';

/** How often a post is made at most. */
export const EACH = ['hour', 'day', 'week', 'month'] as const;
export type Each = (typeof EACH)[number];

/** What a post's chart shows. */
export const CHART_PERIOD: Readonly<Record<Each, PeriodId>> = {
  hour: 'two_days',
  day: 'two_days',
  week: 'month',
  month: 'month',
};

const DAY = 86_400_000;

/**
 * Name of the period that a moment (ms since 1970 UTC) is in: `2026-01-06`, the Monday of a week, `2026-01`, or
 * `2026-01-06T08`. Days begin at `hour` on the clock of the time zone, also on those when clocks change.
 */
export function periodName(now: number, each: Each, hour: number, timeZone: string): string {
  const { date, hour: current } = localParts(now, timeZone);
  if (each === 'hour') return `${date}T${String(current).padStart(2, '0')}`;
  const day = Date.parse(date) - (current < hour ? DAY : 0);
  // Day 0 of 1970 was a Thursday.
  const monday = day - ((Math.floor(day / DAY) + 3) % 7) * DAY;
  const start = new Date(each === 'week' ? monday : day).toISOString();
  return start.slice(0, each === 'month' ? 7 : 10);
}
