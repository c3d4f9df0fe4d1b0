/** Time zones differ from UTC by multiples of this, so within one the day does not change. */
const QUARTER = 900_000;
const KNOWN_AT_MOST = 10_000;

/**
 * Days as the ledger counts them: `YYYY-MM-DD` of a moment (ms since 1970 UTC) in a time zone (IANA name).
 * Throws RangeError for an unknown zone.
 */
export function localDays(timeZone: string): (time: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const known = new Map<number, string>();
  return (time) => {
    const quarter = Math.floor(time / QUARTER);
    let day = known.get(quarter);
    if (day === undefined) {
      if (known.size >= KNOWN_AT_MOST) known.clear();
      day = format.format(quarter * QUARTER);
      known.set(quarter, day);
    }
    return day;
  };
}
