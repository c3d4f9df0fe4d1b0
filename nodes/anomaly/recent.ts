import type { Layout, Memory } from './memory.ts';

/** The newest numbers of a series, for sums over the last few. */
export class Recent {
  readonly #capacity: number;
  /** Position of the next number, and how many are there. */
  readonly #next: number;
  readonly #count: number;
  readonly #numbers: number;

  constructor(layout: Layout, capacity: number) {
    this.#capacity = capacity;
    this.#next = layout.exact(1);
    this.#count = layout.exact(1);
    this.#numbers = layout.rounded(capacity);
  }

  count({ exact }: Memory): number {
    return exact[this.#count] ?? 0;
  }

  push({ exact, rounded }: Memory, number: number): void {
    const next = exact[this.#next] ?? 0;
    rounded[this.#numbers + next] = number;
    exact[this.#next] = next + 1 === this.#capacity ? 0 : next + 1;
    exact[this.#count] = Math.min((exact[this.#count] ?? 0) + 1, this.#capacity);
  }

  clear({ exact }: Memory): void {
    exact[this.#next] = 0;
    exact[this.#count] = 0;
  }

  /** Sum of `length` numbers, `skip` newer ones left out; not more than there are. */
  sum({ exact, rounded }: Memory, length: number, skip = 0): number {
    const first = this.#numbers;
    let at = (exact[this.#next] ?? 0) - 1 - skip;
    if (at < 0) at += this.#capacity;
    let sum = 0;
    for (let left = length; left > 0; left--) {
      sum += rounded[first + at] ?? 0;
      at = at === 0 ? this.#capacity - 1 : at - 1;
    }
    return sum;
  }
}
