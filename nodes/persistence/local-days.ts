import { LocalDay } from './log/local-day.ts';

/** Days as the ledger counts them: `YYYY-MM-DD` of a time in ms since 1970, in a time zone (IANA name). */
export function localDays(timeZone: string): (time: number) => string {
  const days = new LocalDay(timeZone);
  return (time) => days.of(time);
}
