/**
 * All numbers of one detector in one block, handed out in parts: a state of fixed size that is saved in a microsecond
 * and restored exactly, where a JSON array of numbers would cost more than the scoring itself.
 */
export class Memory {
  readonly #numbers: Float64Array<ArrayBuffer>;
  #taken = 0;

  /** `saved` is what `toBase64` gave; a block of another size is not restored. */
  constructor(size: number, saved?: string) {
    this.#numbers = new Float64Array(size);
    if (saved === undefined) return;
    const bytes = Buffer.from(saved, 'base64');
    if (bytes.length === this.#numbers.byteLength) new Uint8Array(this.#numbers.buffer).set(bytes);
  }

  /** The next `count` numbers, zero at first. */
  take(count: number): Float64Array {
    const start = this.#taken;
    this.#taken += count;
    if (this.#taken > this.#numbers.length) throw new RangeError('a detector takes more than its memory');
    return this.#numbers.subarray(start, this.#taken);
  }

  toBase64(): string {
    return Buffer.from(this.#numbers.buffer).toString('base64');
  }
}
