/** What many values of one field come down to, and how it is kept for each hour of a day. */
import type { StoreQuery } from './store.ts';

/** A value as SQLite has it: true is 1, false is 0. */
export type StoredValue = number | string;

export type Aggregate = NonNullable<StoreQuery['aggregate']>;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/**
 * The values of one hour: hour of the day (UTC) and count, followed by the value that all of them are, or by first and
 * last (text), or by sum, min, max, first and last.
 */
export type HourEntry =
  | [hour: number, count: number, value: StoredValue]
  | [hour: number, count: number, first: string, last: string]
  | [hour: number, count: number, sum: number, min: number, max: number, first: number, last: number];

/** Takes values and whole hours of them, in any order of time, and gives every aggregate. */
export class Summary {
  count = 0;
  #sum = 0;
  /** What rounding has taken from the sum (Neumaier's summation), so that no order or grouping of values shows in it. */
  #lost = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #first: StoredValue = 0;
  #last: StoredValue = 0;
  #firstTime = Number.POSITIVE_INFINITY;
  #lastTime = Number.NEGATIVE_INFINITY;

  /** `time` in ms since 1970. */
  add(time: number, value: StoredValue): void {
    this.count++;
    if (typeof value === 'number') this.#addNumbers(value, value, value);
    this.#addEnds(time, value, value);
  }

  /** `time`: when the hour begins, ms since 1970. Nothing else of that hour may be added. */
  addHour(time: number, entry: HourEntry): void {
    this.count += entry[1];
    if (entry.length === 7) {
      this.#addNumbers(entry[2], entry[3], entry[4]);
      this.#addEnds(time, entry[5], entry[6]);
    } else {
      const [, count, first, last = first] = entry;
      if (typeof first === 'number') this.#addNumbers(count * first, first, first);
      this.#addEnds(time, first, last);
    }
  }

  /** Of at least one value, and of numbers where the aggregate is of numbers only. */
  result(aggregate: Aggregate): StoredValue {
    return RESULTS[aggregate](this);
  }

  entry(hour: number): HourEntry {
    const [min, max, first, last] = [this.#min, this.#max, this.#first, this.#last];
    if (typeof first === 'string' || typeof last === 'string') {
      if (first === last) return [hour, this.count, first];
      return [hour, this.count, String(first), String(last)];
    }
    return min === max ? [hour, this.count, min] : [hour, this.count, this.sum, min, max, first, last];
  }

  get sum(): number {
    return this.#sum + this.#lost;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  get first(): StoredValue {
    return this.#first;
  }

  get last(): StoredValue {
    return this.#last;
  }

  #addNumbers(sum: number, min: number, max: number): void {
    const total = this.#sum + sum;
    this.#lost += Math.abs(this.#sum) >= Math.abs(sum) ? this.#sum - total + sum : sum - total + this.#sum;
    this.#sum = total;
    if (min < this.#min) this.#min = min;
    if (max > this.#max) this.#max = max;
  }

  #addEnds(time: number, first: StoredValue, last: StoredValue): void {
    if (time < this.#firstTime) {
      this.#firstTime = time;
      this.#first = first;
    }
    if (time >= this.#lastTime) {
      this.#lastTime = time;
      this.#last = last;
    }
  }
}

const RESULTS: Record<Aggregate, (summary: Summary) => StoredValue> = {
  mean: ({ sum, count }) => sum / count,
  min: ({ min }) => min,
  max: ({ max }) => max,
  sum: ({ sum }) => sum,
  count: ({ count }) => count,
  first: ({ first }) => first,
  last: ({ last }) => last,
};

/** The day (UTC) of a time, counted from 1970; `time` in ms. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY);
}

/** The hours of one day and field, for the file. */
export class DaySummary {
  /** Time of the newest value, ms since 1970. */
  last = Number.NEGATIVE_INFINITY;
  readonly #hours = new Map<number, Summary>();

  /** Values in order of their time. */
  add(time: number, value: StoredValue): void {
    const hour = Math.floor(time / HOUR) - dayOf(time) * 24;
    let summary = this.#hours.get(hour);
    if (!summary) {
      summary = new Summary();
      this.#hours.set(hour, summary);
    }
    summary.add(time, value);
    this.last = time;
  }

  text(): string {
    return JSON.stringify([...this.#hours].map(([hour, summary]) => summary.entry(hour)));
  }
}

/** The hours of a day as `DaySummary.text` wrote them, in order of time. */
export function hoursOf(text: unknown): HourEntry[] {
  return JSON.parse(String(text));
}

/** The newest value among the hours of a day. */
export function newestOf(hours: readonly HourEntry[]): StoredValue | undefined {
  return hours.at(-1)?.at(-1);
}
