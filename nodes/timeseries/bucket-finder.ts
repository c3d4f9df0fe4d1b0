import { type BucketRun, bucketRuns } from './buckets.ts';
import type { StoreQuery } from './store.ts';
import { DAY } from './summary.ts';

/** From inclusive, to exclusive, ms since 1970. */
export interface Period {
  from: number;
  to: number;
}

export interface Bucket {
  /** Names the bucket in the answer. */
  start: number;
  end: number;
}

export function periodOf({ from, to }: Pick<StoreQuery, 'from' | 'to'>): Period {
  return { from: from ?? Number.MIN_SAFE_INTEGER, to: to ?? Number.MAX_SAFE_INTEGER };
}

/** The buckets of an aggregated query: those of `every`, or one for the whole period. */
export class BucketFinder {
  /** Of the query. */
  readonly period: Period;
  /** In order; none if there is one bucket only. */
  readonly #runs: readonly BucketRun[];
  /** ms; the narrowest bucket there may be. */
  readonly width: number;
  #last: Bucket;

  constructor(query: StoreQuery) {
    this.period = periodOf(query);
    const { every = Number.POSITIVE_INFINITY } = query;
    this.width = typeof every === 'number' ? every : 28 * DAY;
    this.#runs = query.every === undefined ? [] : bucketRuns(query);
    this.#last =
      query.every === undefined
        ? { start: query.from ?? 0, end: Number.POSITIVE_INFINITY }
        : { start: 0, end: Number.NEGATIVE_INFINITY };
  }

  /** The bucket of a time of the period. */
  at(time: number): Bucket {
    const last = this.#last;
    if (this.#runs.length === 0 || (time >= last.start && time < last.end)) return last;
    const { start, width } = this.#run(time);
    const begin = start + Math.floor((time - start) / width) * width;
    this.#last = { start: begin, end: begin + width };
    return this.#last;
  }

  /** The period in stretches of at most so many whole buckets, or one if that is less. */
  *windows(buckets: number, isDescending: boolean): Generator<Period> {
    const { from, to } = this.period;
    const count = this.#runs.reduce((total, { start, end, width }) => total + (end - start) / width, 0);
    if (count <= buckets) {
      yield this.period;
      return;
    }
    const atOnce = Math.max(1, Math.floor(buckets));
    for (const { start, end, width } of isDescending ? this.#runs.toReversed() : this.#runs) {
      const parts = Math.ceil((end - start) / width / atOnce);
      for (let part = 0; part < parts; part++) {
        const begin = start + (isDescending ? parts - 1 - part : part) * atOnce * width;
        yield { from: Math.max(from, begin), to: Math.min(to, begin + atOnce * width, end) };
      }
    }
  }

  #run(time: number): BucketRun {
    let [low, high] = [0, this.#runs.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#runs[middle]?.start ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    const run = this.#runs[low];
    if (run) return run;
    throw new RangeError(`no bucket at ${time}`);
  }
}
