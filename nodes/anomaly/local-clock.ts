import { type HolidayCountry, holidaysOf } from './holidays.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 1970-01-01 was a Thursday; weeks here begin on Monday. */
const MONDAY = 3;
const SUNDAY = 6;
/** Days whose offset, and years whose holidays, are remembered; Intl takes microseconds and detectors ask on every sample. */
const MOST_DAYS = 64;

/** Local time of day and week in one time zone, fast enough to be asked for every sample. */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;
  /** Day (UTC) -> offset in ms if it is the same all day, else undefined. */
  readonly #days = new Map<number, number | undefined>();
  /** The day asked for last and its offset: most samples are of the same one. */
  #day = Number.NaN;
  #dayOffset: number | undefined;
  readonly #country: HolidayCountry | undefined;
  /** By year. */
  readonly #holidays = new Map<number, ReadonlySet<number>>();
  /** The local day asked for last and whether it is a holiday. */
  #localDay = Number.NaN;
  #isHoliday = false;

  /** `timeZone`: IANA name; `holidays`: a country whose holidays count as Sundays. Throws RangeError for an unknown zone. */
  constructor(timeZone: string, holidays?: HolidayCountry) {
    this.#country = holidays;
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  }

  /** 0 (Monday 00:00) to 168, with fractions, a holiday as a Sunday; `time` in ms since 1970 UTC. */
  hourOfWeek(time: number): number {
    const local = time + this.#offset(time);
    const sinceMonday = (local + MONDAY * DAY) % (7 * DAY);
    const positive = sinceMonday < 0 ? sinceMonday + 7 * DAY : sinceMonday;
    if (this.#country && this.#holiday(local, this.#country)) return (SUNDAY * DAY + (positive % DAY)) / HOUR;
    return positive / HOUR;
  }

  #holiday(local: number, country: HolidayCountry): boolean {
    const day = Math.floor(local / DAY);
    if (day === this.#localDay) return this.#isHoliday;
    const year = new Date(local).getUTCFullYear();
    let holidays = this.#holidays.get(year);
    if (holidays === undefined) {
      if (this.#holidays.size >= MOST_DAYS) this.#holidays.clear();
      holidays = holidaysOf(country, year);
      this.#holidays.set(year, holidays);
    }
    this.#localDay = day;
    this.#isHoliday = holidays.has(day);
    return this.#isHoliday;
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
