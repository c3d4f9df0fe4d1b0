import { intlLocale, type TextLanguage } from '../observation/messages.ts';
import { bucketRuns, bucketStarts } from '../timeseries/buckets.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A moment on the time axis of a chart. */
export interface Tick {
  /** ms since 1970 UTC. */
  time: number;
  /** Local hour, 0 to 23. */
  hour: number;
}

/** Date (yyyy-mm-dd) and hour of a moment (ms since 1970 UTC) in an IANA time zone. */
export function localParts(time: number, timeZone: string): { date: string; hour: number; minute: number } {
  const parts = partsFormat(timeZone).formatToParts(time);
  const part = (type: string) => parts.find((entry) => entry.type === type)?.value ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    hour: Number(part('hour')),
    minute: Number(part('minute')),
  };
}

/**
 * Moments (ms since 1970 UTC) in [from, to] at which clocks in the time zone show a full hour divisible by `everyHours`.
 * On the days when clocks change, the hours stay those on the wall.
 */
export function localTicks(from: number, to: number, timeZone: string, everyHours: number): Tick[] {
  const ticks: Tick[] = [];
  // Some zones differ from UTC by quarters of an hour.
  for (let time = Math.ceil(from / (HOUR / 4)) * (HOUR / 4); time <= to; time += HOUR / 4) {
    const { hour, minute } = localParts(time, timeZone);
    if (minute === 0 && hour % everyHours === 0) ticks.push({ time, hour });
  }
  return ticks;
}

/** First moments (ms since 1970 UTC) of the months in [from, to], by the clocks of the time zone. */
export function monthTicks(from: number, to: number, timeZone: string): number[] {
  const runs = bucketRuns({ from, to: to + 1, every: { months: 1 }, timeZone });
  return [...bucketStarts(runs)].filter((time) => time >= from);
}

/** Whole days between the calendar days of two moments in a time zone: 0 today, 1 yesterday. */
export function daysBetween(earlier: number, later: number, timeZone: string): number {
  const day = (time: number) => Date.parse(localParts(time, timeZone).date);
  return Math.round((day(later) - day(earlier)) / DAY);
}

/** "14:02". */
export function clock(time: number, timeZone: string, language: TextLanguage): string {
  return formatWith(time, timeZone, language, { hour: '2-digit', minute: '2-digit' });
}

/** "18 March" or "18. mars". */
export function dayAndMonth(time: number, timeZone: string, language: TextLanguage): string {
  return formatWith(time, timeZone, language, { day: 'numeric', month: 'long' });
}

/** "18 March 2018". */
export function dayMonthYear(time: number, timeZone: string, language: TextLanguage): string {
  return formatWith(time, timeZone, language, { day: 'numeric', month: 'long', year: 'numeric' });
}

/** "Sun 18" or "søn. 18.", for a chart's axis. */
export function shortDay(time: number, timeZone: string, language: TextLanguage): string {
  return formatWith(time, timeZone, language, { weekday: 'short', day: 'numeric' });
}

/** "Mar" or "mars", for a chart's axis. */
export function shortMonth(time: number, timeZone: string, language: TextLanguage): string {
  return formatWith(time, timeZone, language, { month: 'short' });
}

/** "March 2018". */
export function monthAndYear(time: number, timeZone: string, language: TextLanguage): string {
  return formatWith(time, timeZone, language, { month: 'long', year: 'numeric' });
}

function formatWith(
  time: number,
  timeZone: string,
  language: TextLanguage,
  options: Intl.DateTimeFormatOptions,
): string {
  return new Intl.DateTimeFormat(intlLocale(language), { ...options, timeZone, hourCycle: 'h23' }).format(
    time,
  );
}

const partsFormats = new Map<string, Intl.DateTimeFormat>();

/** Kept per zone: making one costs far more than using it. */
function partsFormat(timeZone: string): Intl.DateTimeFormat {
  const kept = partsFormats.get(timeZone);
  if (kept) return kept;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  partsFormats.set(timeZone, format);
  return format;
}
