import type { Memory } from './memory.ts';

/** The newest numbers of a series, for means and maxima over the last few. */
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
    const [next = 0, count = 0] = this.#facts;
    this.#numbers[next] = number;
    this.#facts.set([(next + 1) % this.#numbers.length, Math.min(count + 1, this.#numbers.length)]);
  }

  clear(): void {
    this.#facts.fill(0);
  }

  /** Mean of `length` numbers, `skip` newer ones left out. */
  mean(length: number, skip = 0): number {
    const [next = 0] = this.#facts;
    const size = this.#numbers.length;
    let sum = 0;
    for (let back = 1 + skip; back <= length + skip; back++) {
      sum += this.#numbers[(next - back + 2 * size) % size] ?? 0;
    }
    return sum / length;
  }

  /** Largest number kept, 0 if none is above it. */
  max(): number {
    let largest = 0;
    for (const number of this.#numbers) if (number > largest) largest = number;
    return largest;
  }
}
