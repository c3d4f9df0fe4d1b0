/**
 * Makes this thread's clock that of one time zone at a time, UTC at first. QuickJS asks its host for the local time
 * zone, and a codec's result must not depend on where the server stands. For the sandbox's worker only: it changes
 * `Date` of the whole thread. Returns a function that sets the zone (IANA name).
 */
export function useOwnZone(): (timeZone: string) => void {
  let zone = 'UTC';
  const dates = Date.prototype;
  // QuickJS takes the offset only; the emscripten layer in between reads the other fields.
  dates.getTimezoneOffset = function (this: Date) {
    return zone === 'UTC' ? 0 : offsetOf(zone, this);
  };
  dates.getFullYear = dates.getUTCFullYear;
  dates.getMonth = dates.getUTCMonth;
  dates.getDate = dates.getUTCDate;
  dates.getDay = dates.getUTCDay;
  dates.getHours = dates.getUTCHours;
  dates.getMinutes = dates.getUTCMinutes;
  dates.getSeconds = dates.getUTCSeconds;
  return (timeZone) => {
    zone = timeZone;
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Minutes that a zone is behind UTC at a time, as `getTimezoneOffset` counts them. */
function offsetOf(timeZone: string, time: Date): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const text = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /GMT([+-])(\d+):(\d+)/.exec(text) ?? [];
  const behind = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '+' ? -behind : behind;
}
