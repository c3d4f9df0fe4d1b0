import type { Layout, Memory } from './memory.ts';

/** Whether a number is the largest of the newest ones. Only numbers that no newer one reaches are kept. */
export class Peaks {
  readonly #capacity: number;
  /** Position of the next number. */
  readonly #next: number;
  readonly #numbers: number;

  /** `capacity`: how many of the newest numbers count. */
  constructor(layout: Layout, capacity: number) {
    this.#capacity = capacity;
    this.#next = layout.exact(1);
    this.#numbers = layout.rounded(capacity);
  }

  /** `number`: not negative, of single precision. */
  push({ exact, rounded }: Memory, number: number): void {
    const next = exact[this.#next] ?? 0;
    const first = this.#numbers;
    rounded[first + next] = number;
    exact[this.#next] = next + 1 === this.#capacity ? 0 : next + 1;
    if (number === 0) return;
    let at = next;
    for (let others = this.#capacity - 1; others > 0; others--) {
      at = at === 0 ? this.#capacity - 1 : at - 1;
      if ((rounded[first + at] ?? 0) > number) return;
      rounded[first + at] = 0;
    }
  }

  /** Whether a number is larger than all that count, and larger than zero. */
  isBeyond({ rounded }: Memory, number: number): boolean {
    if (number <= 0) return false;
    for (let i = 0; i < this.#capacity; i++) {
      if ((rounded[this.#numbers + i] ?? 0) >= number) return false;
    }
    return true;
  }
}
