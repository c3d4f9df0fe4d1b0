import type { GuestText } from './sandbox-guest-bytes.ts';

/**
 * The text of this function runs in QuickJS: the part of Node.js's Buffer that codecs use, for those that use one
 * without bringing it. It may use nothing from outside itself.
 */
export function guestBuffer(global: Record<string, unknown>, text: GuestText): void {
  const { fromCharCode } = String;
  type Values = ArrayLike<number> & Iterable<number>;

  const pairs = (value: string) => {
    const digits = /^(?:[0-9a-f]{2})*/i.exec(value)?.[0] ?? '';
    return Array.from({ length: digits.length / 2 }, (_, at) =>
      Number.parseInt(digits.substr(2 * at, 2), 16),
    );
  };
  const units = (value: string) => Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
  const characters = (bytes: Uint8Array, mask: number) =>
    Array.from(bytes, (byte) => fromCharCode(byte & mask)).join('');
  const binaryOf = (bytes: Uint8Array) => characters(bytes, 0xff);
  const base64 = (bytes: Uint8Array) => (global.btoa as (binary: string) => string)(binaryOf(bytes));

  interface Encoding {
    bytes(value: string): number[];
    text(bytes: Uint8Array): string;
  }
  const UTF8: Encoding = { bytes: text.utf8Bytes, text: text.utf8 };
  const LATIN1: Encoding = { bytes: units, text: binaryOf };
  const BASE64: Encoding = { bytes: text.base64Bytes, text: base64 };
  const UTF16: Encoding = {
    bytes: (value) => units(value).flatMap((unit) => [unit & 0xff, unit >> 8]),
    text: (bytes) =>
      Array.from({ length: bytes.length >> 1 }, (_, at) =>
        fromCharCode((bytes[2 * at] ?? 0) | ((bytes[2 * at + 1] ?? 0) << 8)),
      ).join(''),
  };
  const ENCODINGS: Record<string, Encoding> = {
    utf8: UTF8,
    'utf-8': UTF8,
    hex: {
      bytes: pairs,
      text: (bytes) => Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join(''),
    },
    ascii: { bytes: units, text: (bytes) => characters(bytes, 0x7f) },
    latin1: LATIN1,
    binary: LATIN1,
    base64: BASE64,
    base64url: {
      bytes: text.base64Bytes,
      text: (bytes) => base64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, ''),
    },
    ucs2: UTF16,
    'ucs-2': UTF16,
    utf16le: UTF16,
    'utf-16le': UTF16,
  };

  function encodingOf(name: unknown): Encoding {
    const encoding = ENCODINGS[String(name ?? 'utf8').toLowerCase()];
    if (!encoding) throw new TypeError(`Unknown encoding: ${String(name)}`);
    return encoding;
  }

  class Bytes extends Uint8Array {
    override toString(name?: unknown, start = 0, end = this.length): string {
      return encodingOf(name).text(this.subarray(start, end));
    }
    toJSON(): object {
      return { type: 'Buffer', data: Array.from(this) };
    }
    /** Shares its memory, unlike that of Uint8Array. */
    override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
      return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
    }
    equals(other: Uint8Array): boolean {
      return binaryOf(this) === binaryOf(other);
    }
    copy(target: Uint8Array, at = 0, start = 0, end = this.length): number {
      const part = this.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }
    write(value: string, at = 0, length: unknown = undefined, name: unknown = undefined): number {
      const bytes = encodingOf(typeof length === 'string' ? length : name).bytes(value);
      const room = Math.min(this.length - at, typeof length === 'number' ? length : Number.POSITIVE_INFINITY);
      this.set(bytes.slice(0, room), at);
      return Math.min(room, bytes.length);
    }
    /** Bytes as one number; `size` up to 6. */
    readUIntBE(at: number, size: number): number {
      check(this, at, size);
      let value = 0;
      for (let place = 0; place < size; place++) value = value * 256 + (this[at + place] ?? 0);
      return value;
    }
    readUIntLE(at: number, size: number): number {
      check(this, at, size);
      let value = 0;
      for (let place = size - 1; place >= 0; place--) value = value * 256 + (this[at + place] ?? 0);
      return value;
    }
    readIntBE(at: number, size: number): number {
      return signed(this.readUIntBE(at, size), size);
    }
    readIntLE(at: number, size: number): number {
      return signed(this.readUIntLE(at, size), size);
    }
    writeUIntBE(value: number, at: number, size: number): number {
      check(this, at, size);
      let rest = value;
      for (let place = size - 1; place >= 0; place--) {
        this[at + place] = rest & 0xff;
        rest = Math.floor(rest / 256);
      }
      return at + size;
    }
    writeUIntLE(value: number, at: number, size: number): number {
      check(this, at, size);
      let rest = value;
      for (let place = 0; place < size; place++) {
        this[at + place] = rest & 0xff;
        rest = Math.floor(rest / 256);
      }
      return at + size;
    }
    swap16(): this {
      for (let at = 0; at + 1 < this.length; at += 2) this.subarray(at, at + 2).reverse();
      return this;
    }
    swap32(): this {
      for (let at = 0; at + 3 < this.length; at += 4) this.subarray(at, at + 4).reverse();
      return this;
    }
  }

  function check(bytes: Uint8Array, at: number, size: number): void {
    if (typeof at !== 'number') throw new TypeError('The "offset" argument must be of type number.');
    if (at >= 0 && at + size <= bytes.length) return;
    if (size > bytes.length) throw new RangeError('Attempt to access memory outside buffer bounds');
    throw new RangeError(
      `The value of "offset" is out of range. It must be >= 0 and <= ${bytes.length - size}. Received ${at}`,
    );
  }

  function signed(value: number, size: number): number {
    const range = 2 ** (8 * size);
    return value >= range / 2 ? value - range : value;
  }

  const methods = Bytes.prototype as unknown as Record<string, unknown>;

  /** readInt16LE, writeDoubleBE ...: the name without the byte order, that of DataView, the size. */
  const NUMBERS: readonly (readonly [string, string, number])[] = [
    ['Int16', 'Int16', 2],
    ['UInt16', 'Uint16', 2],
    ['Int32', 'Int32', 4],
    ['UInt32', 'Uint32', 4],
    ['Float', 'Float32', 4],
    ['Double', 'Float64', 8],
    ['BigInt64', 'BigInt64', 8],
    ['BigUInt64', 'BigUint64', 8],
    ['Int8', 'Int8', 1],
    ['UInt8', 'Uint8', 1],
  ];
  for (const [name, view, size] of NUMBERS) {
    for (const order of size === 1 ? [''] : ['LE', 'BE']) {
      function read(this: Bytes, at = 0): unknown {
        check(this, at, size);
        const data = new DataView(this.buffer, this.byteOffset, this.byteLength);
        return (data as unknown as Record<string, (at: number, little: boolean) => unknown>)[`get${view}`]?.(
          at,
          order === 'LE',
        );
      }
      function write(this: Bytes, value: unknown, at = 0): number {
        check(this, at, size);
        const data = new DataView(this.buffer, this.byteOffset, this.byteLength);
        (data as unknown as Record<string, (at: number, value: unknown, little: boolean) => void>)[
          `set${view}`
        ]?.(at, value, order === 'LE');
        return at + size;
      }
      methods[`read${name}${order}`] = read;
      methods[`write${name}${order}`] = write;
    }
  }
  for (const name of Object.getOwnPropertyNames(methods)) {
    if (/^(read|write).*UInt/.test(name)) methods[name.replace('UInt', 'Uint')] = methods[name];
  }

  /** Strings in place of numbers, which Uint8Array does not know. */
  const numbers = Uint8Array.prototype;
  methods.fill = function fill(this: Bytes, value: unknown, ...range: number[]) {
    if (typeof value === 'number' || value === '') return numbers.fill.call(this, Number(value), ...range);
    const bytes = from(value);
    for (let at = range[0] ?? 0; at < (range[1] ?? this.length); at++)
      this[at] = bytes[at % bytes.length] ?? 0;
    return this;
  };
  methods.indexOf = function indexOf(this: Bytes, value: unknown, start = 0) {
    if (typeof value === 'number') return numbers.indexOf.call(this, value & 0xff, start);
    return binaryOf(this).indexOf(binaryOf(from(value)), start);
  };
  methods.includes = function includes(this: Bytes, value: unknown, start = 0) {
    return (methods.indexOf as (value: unknown, start: number) => number).call(this, value, start) >= 0;
  };

  function from(value: unknown, name?: unknown, length?: number): Bytes {
    if (typeof value === 'string') return new Bytes(encodingOf(name).bytes(value));
    if (value instanceof ArrayBuffer) return new Bytes(value, Number(name ?? 0), length);
    const { type, data } = (value ?? {}) as { type?: unknown; data?: Values };
    if (type === 'Buffer' && data) return new Bytes(data);
    if (typeof value === 'object' && value !== null && 'length' in value) {
      return new Bytes(Array.from(value as Values, (entry) => Number(entry) & 0xff));
    }
    throw new TypeError(
      'The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array.',
    );
  }

  function alloc(size: number, fill?: unknown, name?: unknown): Bytes {
    const bytes = new Bytes(size);
    const filling = typeof fill === 'string' ? from(fill, name) : fill;
    return filling === undefined ? bytes : (methods.fill as (value: unknown) => Bytes).call(bytes, filling);
  }

  function concat(list: readonly Uint8Array[], length?: number): Bytes {
    const all = list.flatMap((bytes) => Array.from(bytes));
    return from(length === undefined ? all : Array.from({ length }, (_, at) => all[at] ?? 0));
  }

  /** Also without `new`, which a class would not allow. */
  function Buffer(value: unknown, name?: unknown, length?: number): Bytes {
    return typeof value === 'number' ? alloc(value) : from(value, name, length);
  }
  Buffer.prototype = Bytes.prototype;
  global.Buffer = Object.assign(Buffer, {
    from,
    alloc,
    concat,
    allocUnsafe: (size: number) => alloc(size),
    of: (...values: number[]) => from(values),
    isBuffer: (value: unknown) => value instanceof Bytes,
    isEncoding: (name: unknown) => String(name).toLowerCase() in ENCODINGS,
    byteLength: (value: string | Uint8Array, name?: unknown) =>
      typeof value === 'string' ? encodingOf(name).bytes(value).length : value.length,
    compare: (one: Uint8Array, other: Uint8Array) => {
      const [left, right] = [binaryOf(one), binaryOf(other)];
      return Number(left > right) - Number(left < right);
    },
  });
}
