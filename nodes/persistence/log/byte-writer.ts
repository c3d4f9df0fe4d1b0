/** A buffer that grows; numbers are little-endian. */
export class ByteWriter {
  #buffer: Buffer;
  /** Bytes written so far. */
  length = 0;

  constructor(size = 65_536) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.length = this.#buffer.writeUInt32LE(value, this.length);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.length = this.#buffer.writeDoubleLE(value, this.length);
  }

  /** UTF-8 with its length before it. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const start = this.length + 4;
    const bytes = this.#buffer.write(value, start);
    this.#buffer.writeUInt32LE(bytes, this.length);
    this.length = start + bytes;
  }

  /** UTF-8 without a length: the last part of a record. Returns its bytes. */
  rest(value: string): number {
    this.#reserve(value.length * 3);
    const bytes = this.#buffer.write(value, this.length);
    this.length += bytes;
    return bytes;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.length);
    this.length += value.length;
  }

  /** Writes a number that was not known yet when its place was passed. */
  patchU32(value: number, offset: number): void {
    this.#buffer.writeUInt32LE(value, offset);
  }

  /** What was written, until the next change. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  #reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }
}

/** Reads what a ByteWriter wrote. Throws RangeError past the end. */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#offset++);
  }

  f64(): number {
    const value = this.#buffer.readDoubleLE(this.#offset);
    this.#offset += 8;
    return value;
  }

  text(): string {
    const length = this.#buffer.readUInt32LE(this.#offset);
    const start = this.#offset + 4;
    this.#offset = start + length;
    return this.#buffer.toString('utf8', start, this.#offset);
  }

  rest(): Buffer {
    return this.#buffer.subarray(this.#offset);
  }
}
