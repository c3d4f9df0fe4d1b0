import { pack, unpack } from './packed-numbers.ts';

/** How many numbers a detector has. Its parts take theirs from it once, and find them in the memory of every series. */
export class Layout {
  #exact = 0;
  #rounded = 0;

  /** Takes `count` numbers of double precision; the position of the first. */
  exact(count: number): number {
    this.#exact += count;
    return this.#exact - count;
  }

  /** Takes `count` numbers of single precision; the position of the first. */
  rounded(count: number): number {
    this.#rounded += count;
    return this.#rounded - count;
  }

  get size(): { exact: number; rounded: number } {
    return { exact: this.#exact, rounded: this.#rounded };
  }
}

/** Bytes that the objects around the block take. */
const OBJECTS = 500;

/**
 * All numbers of one series in one block, zero at first: thousands of series fit, and one is saved and restored exactly
 * in microseconds.
 */
export class Memory {
  /** Few: what must not be rounded, such as times and counts. */
  readonly exact: Float64Array;
  /** Many: histograms, profiles and windows, for which seven digits are plenty. */
  readonly rounded: Float32Array;

  constructor(layout: Layout) {
    const { exact, rounded } = layout.size;
    const bytes = exact * Float64Array.BYTES_PER_ELEMENT;
    const block = new ArrayBuffer(bytes + rounded * Float32Array.BYTES_PER_ELEMENT);
    this.exact = new Float64Array(block, 0, exact);
    this.rounded = new Float32Array(block, bytes, rounded);
  }

  /** Bytes of memory that it takes. */
  get byteLength(): number {
    return OBJECTS + this.exact.buffer.byteLength;
  }

  toBytes(): Uint8Array {
    return pack(this.exact, this.rounded);
  }

  /** Takes over what `toBytes` gave; false, and all zero, if it does not fit. */
  restore(bytes: Uint8Array): boolean {
    if (unpack(bytes, this.exact, this.rounded)) return true;
    this.clear();
    return false;
  }

  clear(): void {
    this.exact.fill(0);
    this.rounded.fill(0);
  }
}
