import type { Layout, Memory } from './memory.ts';
import { Rhythm } from './rhythm.ts';

/** Memory of the two moving averages, samples. */
const QUICK_MEMORY = 10;
const SLOW_MEMORY = 50;
/** Share of a deviation that is left one sample later. */
const PERSISTENCE = 0.9;
/** Memory of each forecaster's mean error, samples. */
const ERROR_MEMORY = 100;
/** An error this many times the mean counts as this many. */
const ERROR_CLIP = 4;
const FORECASTERS = 7;

export interface Forecast {
  /** Last value, quick and slow average, day and week profile, both profiles with the last deviation carried on. */
  readonly each: Float64Array;
  /** Their mean, each weighted by how right it has been lately. */
  value: number;
  /** By hour of day, and by hour of week. */
  day: number;
  week: number;
}

export function emptyForecast(): Forecast {
  return { each: new Float64Array(FORECASTERS), value: 0, day: 0, week: 0 };
}

/** Several simple forecasters whose mean follows whichever suits the series: a random walk, a level or a rhythm. */
export class Forecasters {
  readonly rhythm: Rhythm;
  readonly #samples: number;
  readonly #last: number;
  readonly #quick: number;
  readonly #slow: number;
  /** Last deviation from each profile. */
  readonly #dayDeviation: number;
  readonly #weekDeviation: number;
  readonly #errors: number;

  constructor(layout: Layout) {
    this.#samples = layout.exact(1);
    this.#last = layout.exact(1);
    this.#quick = layout.exact(1);
    this.#slow = layout.exact(1);
    this.#dayDeviation = layout.exact(1);
    this.#weekDeviation = layout.exact(1);
    this.#errors = layout.exact(FORECASTERS);
    this.rhythm = new Rhythm(layout);
  }

  last({ exact }: Memory): number {
    return exact[this.#last] ?? 0;
  }

  /** Mean of about the last `SLOW_MEMORY` samples. */
  level({ exact }: Memory): number {
    return exact[this.#slow] ?? 0;
  }

  /**
   * Writes to `result`, so that nothing is left to collect. `steps`: time since the last sample, in usual intervals;
   * what was known then counts less after a gap.
   */
  forecast(memory: Memory, hourOfWeek: number, steps: number, result: Forecast): void {
    const { exact } = memory;
    const slow = exact[this.#slow] ?? 0;
    const day = this.rhythm.ofDay(memory, hourOfWeek, slow);
    const week = this.rhythm.ofWeek(memory, hourOfWeek, day);
    const carried = steps > 1 ? PERSISTENCE ** steps : PERSISTENCE;
    const fresh = carried / PERSISTENCE;
    const { each } = result;
    each[0] = week + fresh * ((exact[this.#last] ?? 0) - week);
    each[1] = week + fresh * ((exact[this.#quick] ?? 0) - week);
    each[2] = slow;
    each[3] = day;
    each[4] = day + carried * (exact[this.#dayDeviation] ?? 0);
    each[5] = week;
    each[6] = week + carried * (exact[this.#weekDeviation] ?? 0);
    result.day = day;
    result.week = week;
    result.value = this.#weightedMean(exact, each);
  }

  /** A forecaster with twice the error of the best one has a sixteenth of its weight. */
  #weightedMean(exact: Float64Array, each: Float64Array): number {
    const errors = this.#errors;
    let smallest = exact[errors] ?? 0;
    for (let i = 1; i < FORECASTERS; i++) smallest = Math.min(smallest, exact[errors + i] ?? 0);
    smallest = Math.max(smallest, Number.MIN_VALUE);
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < FORECASTERS; i++) {
      const ratio = smallest / Math.max(exact[errors + i] ?? 0, smallest);
      const weight = ratio * ratio * (ratio * ratio);
      weights += weight;
      sum += weight * (each[i] ?? 0);
    }
    return sum / weights;
  }

  /** `forecast` is the one made for this sample; `perHour` the usual number of samples in an hour. */
  learn(memory: Memory, forecast: Forecast, hourOfWeek: number, value: number, perHour: number): void {
    const { exact } = memory;
    const before = exact[this.#samples] ?? 0;
    // The first forecast is of nothing and says nothing.
    if (before > 0) this.#learnErrors(exact, forecast.each, value, before);
    else this.rhythm.begin(memory, value);
    const count = before + 1;
    const quick = exact[this.#quick] ?? 0;
    const slow = exact[this.#slow] ?? 0;
    exact[this.#samples] = count;
    exact[this.#last] = value;
    exact[this.#quick] = quick + (value - quick) / Math.min(count, QUICK_MEMORY);
    exact[this.#slow] = slow + (value - slow) / Math.min(count, SLOW_MEMORY);
    exact[this.#dayDeviation] = before > 0 ? value - forecast.day : 0;
    exact[this.#weekDeviation] = before > 0 ? value - forecast.week : 0;
    this.rhythm.learn(memory, hourOfWeek, value, perHour);
  }

  #learnErrors(exact: Float64Array, each: Float64Array, value: number, before: number): void {
    const memory = Math.min(before, ERROR_MEMORY);
    for (let i = 0; i < FORECASTERS; i++) {
      const mean = exact[this.#errors + i] ?? 0;
      const error = Math.abs(value - (each[i] ?? 0));
      const clipped = before > 1 && mean > 0 ? Math.min(error, ERROR_CLIP * mean) : error;
      exact[this.#errors + i] = mean + (clipped - mean) / memory;
    }
  }
}
