const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 1970-01-01 was a Thursday; weeks here begin on Monday. */
const MONDAY = 3;
/** Days whose offset is remembered; Intl takes microseconds and detectors ask on every sample. */
const MOST_DAYS = 64;

/** Local time of day and week in one time zone, fast enough to be asked for every sample. */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;
  /** Day (UTC) -> offset in ms if it is the same all day, else undefined. */
  readonly #days = new Map<number, number | undefined>();
  /** The day asked for last and its offset: most samples are of the same one. */
  #day = Number.NaN;
  #dayOffset: number | undefined;

  /** `timeZone`: IANA name. Throws RangeError for an unknown one. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  }

  /** 0 (Monday 00:00) to 168, with fractions; `time` in ms since 1970 UTC. */
  hourOfWeek(time: number): number {
    const local = time + this.#offset(time);
    const sinceMonday = (local + MONDAY * DAY) % (7 * DAY);
    return (sinceMonday < 0 ? sinceMonday + 7 * DAY : sinceMonday) / HOUR;
  }

  #offset(time: number): number {
    const day = Math.floor(time / DAY);
    if (day !== this.#day) {
      this.#dayOffset = this.#offsetOfDay(day);
      this.#day = day;
    }
    return this.#dayOffset ?? this.#lookUp(time);
  }

  #offsetOfDay(day: number): number | undefined {
    if (this.#days.has(day)) return this.#days.get(day);
    const [first, last] = [this.#lookUp(day * DAY), this.#lookUp((day + 1) * DAY - 1)];
    const offset = first === last ? first : undefined;
    if (this.#days.size >= MOST_DAYS) this.#days.clear();
    this.#days.set(day, offset);
    return offset;
  }

  #lookUp(time: number): number {
    const name = this.#format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  }
}
