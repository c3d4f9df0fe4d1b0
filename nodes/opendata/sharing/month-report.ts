import type { Value } from '../../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { FAILED } from '../../timeseries/quality-fields.ts';
import type { Change } from '../change-log.ts';
import type { Dataset, Release } from '../dataset.ts';
import type { PublicPlace } from '../places.ts';
import type { PublicRow } from '../privacy.ts';
import { readAll, readHistory, readPlaces } from '../reader.ts';
import type { Entry } from '../site.ts';
import type { LocalPeriod } from './local-periods.ts';

/** How much of what was expected came from a place. */
export interface PlaceMonth {
  place: string;
  /** Times at which something was measured. */
  rows: number;
  /** Share of the expected intervals with a value, 0 to 1. */
  coverage: number;
  /** The longest time without a value, ms since 1970 UTC; absent if none was longer than three intervals. */
  gap?: { from: number; to: number };
}

export interface Extreme {
  value: number;
  place: string;
  /** ms since 1970 UTC. */
  time: number;
}

/** What changed in a dataset in a month. All of it is made of what is public. */
export interface MonthReport extends LocalPeriod {
  sandbox: boolean;
  /** End of what is reported, ms since 1970 UTC: of the month, or now while it lasts. */
  until: number;
  /** Of all places together, 0 to 1; absent if none was expected to measure. */
  coverage?: number;
  /** Those that measured. */
  places: PlaceMonth[];
  /** Measured for the first time. */
  added: string[];
  /** Measured before, and not in this month. */
  silent: string[];
  extremes: { quantity: QuantityId; lowest: Extreme; highest: Extreme }[];
  /** How checks came out, where the dataset shows it. */
  quality?: { passed: number; suspect: number; failed: number };
  /** From the change log. */
  changes: Change[];
}

const MINUTE = 60_000;
/** Minutes that a value stands for, where only values over time are published. */
const RELEASED: Readonly<Record<Release['every'], number>> = {
  hour: 60,
  day: 1440,
  week: 7 * 1440,
  month: 31 * 1440,
};
const SUSPECT = 3;
const PASSED = 1;

/** Counts a month of a dataset, `now` in ms since 1970 UTC. Errors of the store pass through. */
export async function monthReport(
  { dataset, sources }: Entry,
  month: LocalPeriod,
  changes: readonly Change[],
  now: number,
): Promise<MonthReport> {
  const until = Math.min(month.to, now - dataset.privacy.delayMinutes * MINUTE);
  const tally = new Tally(dataset, month.from, until);
  for await (const rows of readAll(dataset, sources, { from: month.from, to: month.to })) tally.add(rows);
  const { sandbox } = await readHistory(dataset, sources, { limit: 1 });
  const before = await placesBefore({ dataset, sources }, month.from);
  const places = tally.places(before);
  const measured = new Set(places.map(({ place }) => place));
  const coverage = mean(places.map((place) => place.coverage));
  return {
    ...month,
    sandbox,
    until,
    ...(coverage !== undefined && { coverage }),
    places,
    added: [...measured].filter((place) => !before.has(place)),
    silent: [...before].filter((place) => !measured.has(place)),
    extremes: tally.extremes,
    ...(dataset.failed === 'mark' && { quality: tally.quality }),
    changes: changes.filter(({ dataset: id, time }) => id === dataset.id && isIn(month, Date.parse(time))),
  };
}

/** Names of the places that measured before a moment (ms since 1970 UTC), of those that are public now. */
async function placesBefore(
  { dataset, sources }: Pick<Entry, 'dataset' | 'sources'>,
  to: number,
): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { id, name } of readPlaces(dataset, sources) as PublicPlace[]) {
    const range = { to, places: [id], order: 'descending', limit: 1 } as const;
    const { rows } = await readHistory(dataset, sources, range);
    if (rows.length > 0) names.add(name);
  }
  return names;
}

interface PlaceTally {
  rows: number;
  /** ms since 1970 UTC. */
  first: number;
  last: number;
  /** Intervals with a value. */
  filled: Set<number>;
  gap?: { from: number; to: number };
}

/** Goes through the rows of a month once, in order of time. */
class Tally {
  readonly #dataset: Dataset;
  readonly #from: number;
  readonly #until: number;
  /** ms. */
  readonly #interval: number;
  readonly #places = new Map<string, PlaceTally>();
  readonly #extremes = new Map<QuantityId, { lowest: Extreme; highest: Extreme }>();
  readonly quality = { passed: 0, suspect: 0, failed: 0 };

  constructor(dataset: Dataset, from: number, until: number) {
    this.#dataset = dataset;
    this.#from = from;
    this.#until = until;
    this.#interval = intervalOf(dataset);
  }

  add(rows: readonly PublicRow[]): void {
    for (const row of rows) {
      this.#addTime(row);
      for (const quantity of this.#dataset.quantities) {
        const flag = row.quality?.[quantity];
        if (flag === PASSED) this.quality.passed++;
        if (flag === SUSPECT) this.quality.suspect++;
        if (flag === FAILED) this.quality.failed++;
        else this.#addValue(quantity, row.values[quantity], row);
      }
    }
  }

  /** Of a place that measured for the first time, nothing was expected before that. `known`: those from earlier. */
  places(known: ReadonlySet<string>): PlaceMonth[] {
    return [...this.#places]
      .map(([place, { rows, filled, first, last, gap }]) => {
        const begin = known.has(place) ? this.#from : first;
        const expected = Math.max(1, Math.floor((this.#until - begin) / this.#interval));
        const least = 3 * this.#interval;
        const atEnds = longer(
          longer(gap, { from: begin, to: first }, least),
          { from: last, to: this.#until },
          least,
        );
        const coverage = Math.min(1, filled.size / expected);
        return { place, rows, coverage, ...(atEnds && { gap: atEnds }) };
      })
      .sort((a, b) => a.place.localeCompare(b.place, 'nb', { numeric: true }));
  }

  get extremes(): MonthReport['extremes'] {
    return this.#dataset.quantities.flatMap((quantity) => {
      const found = this.#extremes.get(quantity);
      return found ? [{ quantity, ...found }] : [];
    });
  }

  #addTime({ place, time }: PublicRow): void {
    const tally = this.#places.get(place) ?? { rows: 0, first: time, last: time, filled: new Set<number>() };
    this.#places.set(place, tally);
    const gap = longer(tally.gap, { from: tally.last, to: time }, 3 * this.#interval);
    if (gap) tally.gap = gap;
    tally.rows++;
    tally.last = Math.max(tally.last, time);
    tally.filled.add(Math.floor((time - this.#from) / this.#interval));
  }

  #addValue(quantity: QuantityId, value: Value | undefined, { place, time }: PublicRow): void {
    if (typeof value !== 'number' || QUANTITIES[quantity].kind !== 'gauge') return;
    const one = { value, place, time };
    const { lowest = one, highest = one } = this.#extremes.get(quantity) ?? {};
    this.#extremes.set(quantity, {
      lowest: value < lowest.value ? one : lowest,
      highest: value > highest.value ? one : highest,
    });
  }
}

type Gap = NonNullable<PlaceTally['gap']>;

function longer(one: Gap | undefined, other: Gap, least: number): Gap | undefined {
  const length = other.to - other.from;
  return length > least && length > (one ? one.to - one.from : 0) ? other : one;
}

function mean(numbers: readonly number[]): number | undefined {
  return numbers.length > 0 ? numbers.reduce((sum, one) => sum + one, 0) / numbers.length : undefined;
}

function isIn({ from, to }: LocalPeriod, time: number): boolean {
  return time >= from && time < to;
}

/** ms between the values of a dataset as the public sees them. */
function intervalOf({ updateMinutes, privacy }: Pick<Dataset, 'updateMinutes' | 'privacy'>): number {
  return Math.max(updateMinutes, privacy.release ? RELEASED[privacy.release.every] : 0) * MINUTE;
}
