/** Time zones differ from UTC by multiples of this, so within one the day does not change. */
const QUARTER = 900_000;
const KNOWN_AT_MOST = 10_000;

/** `YYYY-MM-DD` of a moment (ms since 1970 UTC) in a time zone (IANA name). Throws RangeError for an unknown zone. */
export class LocalDay {
  readonly #format: Intl.DateTimeFormat;
  readonly #known = new Map<number, string>();

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  }

  of(time: number): string {
    const quarter = Math.floor(time / QUARTER);
    let day = this.#known.get(quarter);
    if (day === undefined) {
      if (this.#known.size >= KNOWN_AT_MOST) this.#known.clear();
      day = this.#format.format(quarter * QUARTER);
      this.#known.set(quarter, day);
    }
    return day;
  }
}
