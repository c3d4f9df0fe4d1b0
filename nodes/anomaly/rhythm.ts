import type { Memory } from './memory.ts';

const HOURS = 168;
/** Days and weeks over which the profiles forget. */
const DAY_MEMORY = 20;
const WEEK_MEMORY = 8;
/** Samples of the day's profile that an hour of the week starts from. */
const PRIOR = 12;

/** What is usual at each hour of the day, and of the week. */
export class Rhythm {
  static readonly SIZE = 2 * (24 + HOURS);

  readonly #day: Float64Array;
  readonly #daySamples: Float64Array;
  readonly #week: Float64Array;
  readonly #weekSamples: Float64Array;

  constructor(memory: Memory) {
    this.#day = memory.take(24);
    this.#daySamples = memory.take(24);
    this.#week = memory.take(HOURS);
    this.#weekSamples = memory.take(HOURS);
  }

  /** Usual value at this time of day; `fallback` for an hour that was never seen. */
  ofDay(hourOfWeek: number, fallback: number): number {
    const hour = Math.floor(hourOfWeek) % 24;
    return this.#daySamples[hour] ? (this.#day[hour] ?? fallback) : fallback;
  }

  /** Usual value at this hour of the week, leaning on the time of day while few weeks are known. */
  ofWeek(hourOfWeek: number, ofDay: number): number {
    const hour = Math.floor(hourOfWeek) % HOURS;
    const samples = this.#weekSamples[hour] ?? 0;
    return ((this.#week[hour] ?? 0) * samples + PRIOR * ofDay) / (samples + PRIOR);
  }

  /** How much is known of this hour: nothing, the time of day, or the day of the week as well. */
  knows(hourOfWeek: number): 'nothing' | 'day' | 'week' {
    if ((this.#weekSamples[Math.floor(hourOfWeek) % HOURS] ?? 0) >= PRIOR) return 'week';
    return this.#daySamples[Math.floor(hourOfWeek) % 24] ? 'day' : 'nothing';
  }

  /** `perHour`: usual number of samples in an hour. */
  learn(hourOfWeek: number, value: number, perHour: number): void {
    update(this.#day, this.#daySamples, Math.floor(hourOfWeek) % 24, value, perHour * DAY_MEMORY);
    update(this.#week, this.#weekSamples, Math.floor(hourOfWeek) % HOURS, value, perHour * WEEK_MEMORY);
  }
}

function update(means: Float64Array, samples: Float64Array, at: number, value: number, memory: number): void {
  const count = (samples[at] ?? 0) + 1;
  const mean = means[at] ?? 0;
  samples[at] = count;
  means[at] = mean + (value - mean) / Math.min(count, memory);
}
