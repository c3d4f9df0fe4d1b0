import type { LocalParts } from './series-check.ts';

/** Time zones differ from UTC by multiples of this, so within one month and hour do not change. */
const QUARTER = 900_000;
const KNOWN_AT_MOST = 10_000;

/** Months and hours as people count them in a time zone (IANA name). Throws RangeError for an unknown zone. */
export function localPartsIn(timeZone: string): LocalParts {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    month: 'numeric',
    hour: 'numeric',
    hourCycle: 'h23',
  });
  const known = new Map<number, ReturnType<LocalParts>>();
  return (time) => {
    const quarter = Math.floor(time / QUARTER);
    let parts = known.get(quarter);
    if (!parts) {
      const part = Object.fromEntries(
        format.formatToParts(quarter * QUARTER).map(({ type, value }) => [type, Number(value)]),
      );
      parts = { month: part.month ?? 1, hour: part.hour ?? 0 };
      if (known.size >= KNOWN_AT_MOST) known.clear();
      known.set(quarter, parts);
    }
    return parts;
  };
}
