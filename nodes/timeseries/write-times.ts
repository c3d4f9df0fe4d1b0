import type { Store } from './store.ts';

/** Upper bounds of the histogram's buckets, s. */
export const WRITE_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How long a database took for writes, since this was made; a write that failed counts too. */
export interface WriteTotals {
  /** Writes by duration: `counts[i]` up to `WRITE_BOUNDS[i]` s, the last one above all. */
  counts: readonly number[];
  /** s, of all writes. */
  sum: number;
  failures: number;
}

/** What happened since the figures were taken last. */
export interface WritePeriod {
  count: number;
  failures: number;
  /** s. */
  mean: number;
  longest: number;
}

/** Measures the writes to a database. */
export class WriteTimes {
  readonly #counts = new Array<number>(WRITE_BOUNDS.length + 1).fill(0);
  #sum = 0;
  #failures = 0;
  #period = { count: 0, failures: 0, sum: 0, longest: 0 };

  /** Does `write` and measures it. Rejects as it does. */
  async measure<T>(write: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await write();
    } catch (error) {
      this.#failures++;
      this.#period.failures++;
      throw error;
    } finally {
      this.#add((performance.now() - start) / 1000);
    }
  }

  totals(): WriteTotals {
    return { counts: [...this.#counts], sum: this.#sum, failures: this.#failures };
  }

  /** The figures since the call before; undefined if nothing was written. */
  takePeriod(): WritePeriod | undefined {
    const { count, failures, sum, longest } = this.#period;
    this.#period = { count: 0, failures: 0, sum: 0, longest: 0 };
    return count > 0 ? { count, failures, mean: sum / count, longest } : undefined;
  }

  #add(seconds: number): void {
    const found = WRITE_BOUNDS.findIndex((bound) => seconds <= bound);
    const bucket = found < 0 ? WRITE_BOUNDS.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
    this.#period.count++;
    this.#period.sum += seconds;
    this.#period.longest = Math.max(this.#period.longest, seconds);
  }
}

/** What a store offers for writing. */
export type Writing = Pick<Store, 'write' | 'writeText'>;

/** As `store` for writing, measured. */
export function timed(store: Writing, times: WriteTimes): Writing {
  return {
    write: (points) => times.measure(() => store.write(points)),
    ...(store.writeText && {
      writeText: (lines) => times.measure(async () => store.writeText?.(lines) ?? false),
    }),
  };
}
