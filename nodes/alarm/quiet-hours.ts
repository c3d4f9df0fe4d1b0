import { ConfigurationError } from '../observation/errors.ts';

/** Hours of each day, local time, in minutes since midnight; the end may be on the next morning. */
export interface QuietHours {
  from: number;
  to: number;
  /** IANA name. */
  timeZone: string;
}

const CLOCK = /^([01]?\d|2[0-3])[:.]([0-5]\d)$/;

/** "22:00" and "07:00" as hours; undefined if both are empty. Throws ConfigurationError if one is no time of day. */
export function quietHoursOf(from: string, to: string, timeZone: string): QuietHours | undefined {
  if (from.trim() === '' && to.trim() === '') return undefined;
  return { from: minutesOf(from), to: minutesOf(to), timeZone };
}

function minutesOf(text: string): number {
  const [, hours, minutes] = CLOCK.exec(text.trim()) ?? [];
  if (hours === undefined)
    throw new ConfigurationError({ key: 'alarm.error.quiet_hours', parameters: { text } });
  return Number(hours) * 60 + Number(minutes);
}

/** Making one takes longer than using it a dozen times. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether a moment (ms since 1970 UTC) is in the quiet hours. From a time to the same time is no time at all. */
export function isQuiet({ from, to, timeZone }: QuietHours, time: number): boolean {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { hour: '2-digit', minute: '2-digit', timeZone });
    formats.set(timeZone, format);
  }
  const minute = minutesOf(format.format(time));
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
