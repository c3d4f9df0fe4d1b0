/** ms by which a payload may have arrived before or after now and still be one of now. */
const NOW = 5 * 60_000;

/**
 * Gives this thread a clock of its own, so that a codec's result depends neither on where the server stands nor on when
 * a payload is decoded: QuickJS asks its host for the time and the local zone. For the sandbox's worker only; it
 * changes `Date` of the whole thread. Returns a function that sets the zone (IANA name) and the time at which the
 * payload arrived (ms since 1970; undefined: now), which the clock shows unless that is now (replay, tests).
 */
export function useOwnClock(): (timeZone: string, arrival: number | undefined) => void {
  let zone = 'UTC';
  let ahead = 0;
  const realNow = Date.now;
  Date.now = () => realNow() + ahead;
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
  return (timeZone, arrival) => {
    zone = timeZone;
    const distance = arrival === undefined ? 0 : arrival - realNow();
    ahead = Math.abs(distance) > NOW ? distance : 0;
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
