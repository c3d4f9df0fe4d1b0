/**
 * Public holidays on which life is as on a Sunday, by country: those of the law, and the eves on which offices, schools
 * and shops are closed as well. Sources: Norway, lov om helligdager og helligdagsfred; Sweden, lagen om allmänna helgdagar
 * and semesterlagen § 3 a; Denmark, Kirkeministeriet's helligdage; Finland, laki kirkon juhlapyhistä and the eves of the
 * working-hours act.
 */

const DAY = 86_400_000;
/** Weekday of 1970-01-01 with Monday as 0. */
const THURSDAY = 3;
const SATURDAY = 5;

interface Calendar {
  /** Month and day. */
  fixed: readonly (readonly [month: number, day: number])[];
  /** Days after Easter Sunday. */
  easter: readonly number[];
  /** The first Saturday from a day on, moved by some days. */
  saturdays?: readonly (readonly [month: number, day: number, moved: number])[];
}

const CHRISTMAS = [
  [12, 24],
  [12, 25],
  [12, 26],
] as const;
const [MAUNDY_THURSDAY, GOOD_FRIDAY, EASTER_MONDAY] = [-3, -2, 1];
const [ASCENSION, PENTECOST, WHIT_MONDAY] = [39, 49, 50];
/** Midsummer's eve and day, and All Saints' Day. */
const NORDIC_SATURDAYS = [
  [6, 20, -1],
  [6, 20, 0],
  [10, 31, 0],
] as const;

const CALENDARS = {
  NO: {
    fixed: [[1, 1], [5, 1], [5, 17], ...CHRISTMAS],
    easter: [MAUNDY_THURSDAY, GOOD_FRIDAY, 0, EASTER_MONDAY, ASCENSION, PENTECOST, WHIT_MONDAY],
  },
  SE: {
    fixed: [[1, 1], [1, 6], [5, 1], [6, 6], ...CHRISTMAS, [12, 31]],
    easter: [GOOD_FRIDAY, 0, EASTER_MONDAY, ASCENSION, PENTECOST],
    saturdays: NORDIC_SATURDAYS,
  },
  DK: {
    fixed: [[1, 1], [6, 5], ...CHRISTMAS],
    easter: [MAUNDY_THURSDAY, GOOD_FRIDAY, 0, EASTER_MONDAY, ASCENSION, PENTECOST, WHIT_MONDAY],
  },
  FI: {
    fixed: [[1, 1], [1, 6], [5, 1], [12, 6], ...CHRISTMAS],
    easter: [GOOD_FRIDAY, 0, EASTER_MONDAY, ASCENSION, PENTECOST],
    saturdays: NORDIC_SATURDAYS,
  },
} as const satisfies Record<string, Calendar>;

/** ISO 3166-1 code of a country whose holidays are known. */
export type HolidayCountry = keyof typeof CALENDARS;

export const HOLIDAY_COUNTRIES = Object.keys(CALENDARS) as HolidayCountry[];

export function isHolidayCountry(text: string): text is HolidayCountry {
  return Object.hasOwn(CALENDARS, text);
}

/** Days since 1970-01-01 that are holidays in a year. */
export function holidaysOf(country: HolidayCountry, year: number): ReadonlySet<number> {
  const { fixed, easter, saturdays = [] }: Calendar = CALENDARS[country];
  const sunday = easterSunday(year);
  return new Set([
    ...fixed.map(([month, day]) => dayOf(year, month, day)),
    ...easter.map((after) => sunday + after),
    ...saturdays.map(([month, day, moved]) => saturdayFrom(dayOf(year, month, day)) + moved),
  ]);
}

function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / DAY;
}

function saturdayFrom(day: number): number {
  const weekday = (((day + THURSDAY) % 7) + 7) % 7;
  return day + ((SATURDAY - weekday + 7) % 7);
}

/** By the "anonymous" algorithm of the Gregorian calendar (Nature 13, 1876; Meeus, Astronomical Algorithms, chapter 8). */
function easterSunday(year: number): number {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const n = h + l - 7 * m;
  const month = Math.floor((n + 90) / 25);
  return dayOf(year, month, (n + 33 * month + 19) % 32);
}
