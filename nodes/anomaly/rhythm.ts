import type { Layout, Memory } from './memory.ts';

const HOURS = 168;
/** Days and weeks over which the profiles forget. */
const DAY_MEMORY = 20;
const WEEK_MEMORY = 8;
/** Samples of the day's profile that an hour of the week starts from. */
const PRIOR = 12;

/** What is usual at each hour of the day, and of the week. */
export class Rhythm {
  /** Value that the profiles are differences from, so that rounding them does not depend on how large values are. */
  readonly #base: number;
  readonly #day: number;
  readonly #daySamples: number;
  readonly #week: number;
  readonly #weekSamples: number;

  constructor(layout: Layout) {
    this.#base = layout.exact(1);
    this.#day = layout.rounded(24);
    this.#daySamples = layout.rounded(24);
    this.#week = layout.rounded(HOURS);
    this.#weekSamples = layout.rounded(HOURS);
  }

  /** To be called with the first value of a series, before it is learned. */
  begin({ exact }: Memory, value: number): void {
    exact[this.#base] = value;
  }

  /** Usual value at this time of day; `fallback` for an hour that was never seen. */
  ofDay({ exact, rounded }: Memory, hourOfWeek: number, fallback: number): number {
    const hour = Math.floor(hourOfWeek) % 24;
    if (!rounded[this.#daySamples + hour]) return fallback;
    return (exact[this.#base] ?? 0) + (rounded[this.#day + hour] ?? 0);
  }

  /** Usual value at this hour of the week, leaning on the time of day while few weeks are known. */
  ofWeek({ exact, rounded }: Memory, hourOfWeek: number, ofDay: number): number {
    const hour = Math.floor(hourOfWeek) % HOURS;
    const samples = rounded[this.#weekSamples + hour] ?? 0;
    if (samples === 0) return ofDay;
    const usual = (exact[this.#base] ?? 0) + (rounded[this.#week + hour] ?? 0);
    return (usual * samples + PRIOR * ofDay) / (samples + PRIOR);
  }

  /** How much is known of this hour: nothing, the time of day, or the day of the week as well. */
  knows({ rounded }: Memory, hourOfWeek: number): 'nothing' | 'day' | 'week' {
    if ((rounded[this.#weekSamples + (Math.floor(hourOfWeek) % HOURS)] ?? 0) >= PRIOR) return 'week';
    return rounded[this.#daySamples + (Math.floor(hourOfWeek) % 24)] ? 'day' : 'nothing';
  }

  /** `perHour`: usual number of samples in an hour. */
  learn({ exact, rounded }: Memory, hourOfWeek: number, value: number, perHour: number): void {
    const difference = value - (exact[this.#base] ?? 0);
    const [day, week] = [Math.floor(hourOfWeek) % 24, Math.floor(hourOfWeek) % HOURS];
    update(rounded, this.#day + day, this.#daySamples + day, difference, perHour * DAY_MEMORY);
    update(rounded, this.#week + week, this.#weekSamples + week, difference, perHour * WEEK_MEMORY);
  }
}

/** Moves the mean at `at` towards a number; counts stop where single precision does. */
function update(numbers: Float32Array, at: number, samples: number, number: number, memory: number): void {
  const count = (numbers[samples] ?? 0) + 1;
  const mean = numbers[at] ?? 0;
  numbers[samples] = count;
  numbers[at] = mean + (number - mean) / Math.min(count, memory);
}
