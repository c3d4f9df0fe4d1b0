const MINUTE = 60_000;
/** Clocks change on a quarter of an hour, wherever they do. */
const QUARTER = 15 * MINUTE;

/** How far the clocks of an IANA time zone are ahead of UTC: ms of a moment (ms since 1970 UTC). */
export function zoneOffset(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  // Rows come in order of time.
  let lastQuarter = Number.NaN;
  let offset = 0;
  return (time) => {
    const quarter = Math.floor(time / QUARTER);
    if (quarter !== lastQuarter) {
      lastQuarter = quarter;
      offset = offsetOf(format.format(quarter * QUARTER));
    }
    return offset;
  };
}

/** Of a text that ends with `GMT+05:30`, or `GMT` for no offset. */
function offsetOf(text: string): number {
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  const length = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE;
  return sign === '-' ? -length : length;
}
