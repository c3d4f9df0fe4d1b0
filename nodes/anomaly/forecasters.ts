import type { Memory } from './memory.ts';
import { Rhythm } from './rhythm.ts';

/** Memory of the two moving averages, samples. */
const QUICK_MEMORY = 6;
const SLOW_MEMORY = 100;
/** Share of a deviation that is left one sample later. */
const PERSISTENCE = 0.9;
/** Memory of each forecaster's mean error, samples, and how strongly a smaller error counts. */
const ERROR_MEMORY = 200;
const ERROR_POWER = 4;
/** An error this many times the mean counts as this many. */
const ERROR_CLIP = 8;
const FORECASTERS = 7;

export interface Forecast {
  /** Last value, quick and slow average, day and week profile, both profiles with the last deviation carried on. */
  each: readonly number[];
  /** Their mean, each weighted by how right it has been lately. */
  value: number;
  /** By hour of day, and by hour of week. */
  day: number;
  week: number;
}

/** Several simple forecasters whose mean follows whichever suits the series: a random walk, a level or a rhythm. */
export class Forecasters {
  static readonly SIZE = 6 + FORECASTERS + Rhythm.SIZE;

  readonly rhythm: Rhythm;
  /** Samples, last value, quick and slow average, last deviation from the day and the week profile. */
  readonly #facts: Float64Array;
  readonly #errors: Float64Array;

  constructor(memory: Memory) {
    this.#facts = memory.take(6);
    this.#errors = memory.take(FORECASTERS);
    this.rhythm = new Rhythm(memory);
  }

  get last(): number {
    return this.#facts[1] ?? 0;
  }

  /** Mean of about the last `SLOW_MEMORY` samples. */
  get level(): number {
    return this.#facts[3] ?? 0;
  }

  /** `steps`: time since the last sample, in usual intervals; what was known then counts less after a gap. */
  forecast(hourOfWeek: number, steps: number): Forecast {
    const { last, level: slow } = this;
    const quick = this.#facts[2] ?? 0;
    const dayDeviation = this.#facts[4] ?? 0;
    const weekDeviation = this.#facts[5] ?? 0;
    const day = this.rhythm.ofDay(hourOfWeek, slow);
    const week = this.rhythm.ofWeek(hourOfWeek, day);
    const carried = PERSISTENCE ** Math.max(steps, 1);
    const fresh = carried / PERSISTENCE;
    const each = [
      week + fresh * (last - week),
      week + fresh * (quick - week),
      slow,
      day,
      day + carried * dayDeviation,
      week,
      week + carried * weekDeviation,
    ];
    return { each, value: this.#weightedMean(each), day, week };
  }

  #weightedMean(each: readonly number[]): number {
    const errors = this.#errors;
    let smallest = errors[0] ?? 0;
    for (let i = 1; i < FORECASTERS; i++) smallest = Math.min(smallest, errors[i] ?? 0);
    smallest = Math.max(smallest, Number.MIN_VALUE);
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < FORECASTERS; i++) {
      const ratio = smallest / Math.max(errors[i] ?? 0, smallest);
      const weight = ratio ** ERROR_POWER;
      weights += weight;
      sum += weight * (each[i] ?? 0);
    }
    return sum / weights;
  }

  /** `forecast` is the one made for this sample; `perHour` the usual number of samples in an hour. */
  learn(forecast: Forecast, hourOfWeek: number, value: number, perHour: number): void {
    const facts = this.#facts;
    const before = facts[0] ?? 0;
    const quick = facts[2] ?? 0;
    const slow = this.level;
    const count = before + 1;
    for (let i = 0; i < FORECASTERS; i++) {
      const mean = this.#errors[i] ?? 0;
      const error = Math.abs(value - (forecast.each[i] ?? 0));
      const clipped = count > 2 && mean > 0 ? Math.min(error, ERROR_CLIP * mean) : error;
      // The first forecast is of nothing and says nothing.
      if (before > 0) this.#errors[i] = mean + (clipped - mean) / Math.min(before, ERROR_MEMORY);
    }
    facts[0] = count;
    facts[1] = value;
    facts[2] = quick + (value - quick) / Math.min(count, QUICK_MEMORY);
    facts[3] = slow + (value - slow) / Math.min(count, SLOW_MEMORY);
    facts[4] = before > 0 ? value - forecast.day : 0;
    facts[5] = before > 0 ? value - forecast.week : 0;
    this.rhythm.learn(hourOfWeek, value, perHour);
  }
}
