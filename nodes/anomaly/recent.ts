import type { Memory } from './memory.ts';

/** The newest numbers of a series, for sums and maxima over the last few. */
export class Recent {
  /** Position of the next number, and how many are there. */
  readonly #facts: Float64Array;
  readonly #numbers: Float64Array;

  static sizeOf(capacity: number): number {
    return capacity + 2;
  }

  constructor(memory: Memory, capacity: number) {
    this.#facts = memory.take(2);
    this.#numbers = memory.take(capacity);
  }

  get count(): number {
    return this.#facts[1] ?? 0;
  }

  push(number: number): void {
    const next = this.#facts[0] ?? 0;
    this.#numbers[next] = number;
    this.#facts[0] = (next + 1) % this.#numbers.length;
    this.#facts[1] = Math.min(this.count + 1, this.#numbers.length);
  }

  clear(): void {
    this.#facts.fill(0);
  }

  /** Sum of `length` numbers, `skip` newer ones left out. */
  sum(length: number, skip = 0): number {
    const next = this.#facts[0] ?? 0;
    const numbers = this.#numbers;
    const size = numbers.length;
    let sum = 0;
    let at = (next - 1 - skip + 2 * size) % size;
    for (let left = length; left > 0; left--) {
      sum += numbers[at] ?? 0;
      at = at === 0 ? size - 1 : at - 1;
    }
    return sum;
  }

  /** Largest number kept, 0 if none is above it. */
  max(): number {
    let largest = 0;
    const numbers = this.#numbers;
    for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, numbers[i] ?? 0);
    return largest;
  }
}
