import type { Layout, Memory } from './memory.ts';

/** Samples after which a record is forgotten, and how much each one before makes the next less of a surprise. */
const RECORD_MEMORY = 200;
const PER_RECORD = 0.3;

/** How unusual it is that a series is higher or lower than it ever was. */
export class Extremes {
  readonly #lowest: number;
  readonly #highest: number;
  /** How many samples were new extremes, lately. */
  readonly #records: number;

  constructor(layout: Layout) {
    this.#lowest = layout.exact(1);
    this.#highest = layout.exact(1);
    this.#records = layout.exact(1);
  }

  /**
   * -log10 of the chance that one of `count` + 1 samples is the most extreme one, less while a series is on its way to
   * another season and has new extremes all the time; 0 for a value that is not beyond the others by more than `margin`.
   */
  surprise({ exact }: Memory, value: number, count: number, margin: number): number {
    const beyond = Math.max(value - (exact[this.#highest] ?? 0), (exact[this.#lowest] ?? 0) - value);
    if (!(beyond > margin)) return 0;
    return Math.max(0, Math.log10(count / (1 + PER_RECORD * (exact[this.#records] ?? 0))));
  }

  /** `count`: samples before this one. */
  learn({ exact }: Memory, value: number, count: number): void {
    const [lowest = 0, highest = 0] = [exact[this.#lowest], exact[this.#highest]];
    const record = count > 0 && (value < lowest || value > highest);
    exact[this.#records] = (exact[this.#records] ?? 0) * (1 - 1 / RECORD_MEMORY) + Number(record);
    exact[this.#lowest] = count === 0 ? value : Math.min(lowest, value);
    exact[this.#highest] = count === 0 ? value : Math.max(highest, value);
  }
}
