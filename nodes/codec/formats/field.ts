import { CodecError } from '../../observation/errors.ts';

/** Integers as they lie in payloads: signedness, bits, byte order. */
const INTEGERS = {
  u8: { size: 1, read: (view, at) => view.getUint8(at) },
  i8: { size: 1, read: (view, at) => view.getInt8(at) },
  u16be: { size: 2, read: (view, at) => view.getUint16(at) },
  i16be: { size: 2, read: (view, at) => view.getInt16(at) },
  u16le: { size: 2, read: (view, at) => view.getUint16(at, true) },
  i16le: { size: 2, read: (view, at) => view.getInt16(at, true) },
  u24be: { size: 3, read: (view, at) => (view.getUint16(at) << 8) | view.getUint8(at + 2) },
  u32be: { size: 4, read: (view, at) => view.getUint32(at) },
  i32be: { size: 4, read: (view, at) => view.getInt32(at) },
  u32le: { size: 4, read: (view, at) => view.getUint32(at, true) },
} as const satisfies Record<string, { size: number; read(view: DataView, at: number): number }>;

type IntegerType = keyof typeof INTEGERS;

/** Texts that devices send as bytes; each takes `length` bytes. */
const TEXTS = {
  /** `24e124...` */
  hex: (bytes) => Buffer.from(bytes).toString('hex'),
  /** Two digits and a space per byte; the fifth of nine bytes is another field that lies in between. */
  spacedHexAround: (bytes) =>
    bytes.reduce((text, byte, index) => (index === 4 ? text : `${text}${twoDigits(byte)} `), ''),
  /** Major in the upper half, minor in the lower half of one byte: `v1.0`. */
  nibbleVersion: ([byte = 0]) => `v${byte >> 4}.${byte & 0x0f}`,
  /** Hexadecimal major, then minor in the upper half of the second byte: `v1.1`. */
  hardwareVersion: ([major = 0, minor = 0]) => `v${major.toString(16)}.${minor >> 4}`,
  /** Two hexadecimal numbers: `v1.10`. */
  hexVersion: ([major = 0, minor = 0]) => `v${major.toString(16)}.${minor.toString(16)}`,
  /** Two decimal numbers: `v1.0`. */
  version: ([major = 0, minor = 0]) => `v${major}.${minor}`,
  /** Three decimal numbers in three half bytes, the first half byte unused: `1.0.2`. */
  threePartVersion: ([first = 0, second = 0]) => `${first & 0x0f}.${second >> 4}.${second & 0x0f}`,
} as const satisfies Record<string, (bytes: Uint8Array) => string>;

/** A test on one byte: passes if its masked value is in `in`, or not in `not`. */
export interface Condition {
  at: number;
  mask?: number;
  in?: readonly number[];
  not?: readonly number[];
}

type Scalar = number | string | boolean;

/** How one value is read from a piece of a payload. Exactly one of `type`, `text` and `value` is given. */
export interface Field {
  /** The vendor's name for the value. */
  name: string;
  /** Offset in the piece, bytes; 0 if absent. */
  at?: number;
  type?: IntegerType;
  /** Applied to the integer in this order: mask, shift right, add, divide. */
  mask?: number;
  shift?: number;
  add?: number;
  divide?: number;
  /** Number -> word. A number without a word gives `otherwise`, or itself. */
  states?: Readonly<Record<string, Scalar>>;
  otherwise?: Scalar;
  text?: keyof typeof TEXTS;
  /** Bytes of a text. */
  length?: number;
  /** A value that stands for the presence of the record. */
  value?: Scalar;
  /** Reads this many integers in a row (`rest`: until the end) into an array. */
  count?: number | 'rest';
  /** Offset of a byte that is added to each value, whole units. */
  base?: number;
  /** Several values of the name become an array; a single one stays a number. */
  collect?: true;
  /** The field exists only if all of these pass. */
  when?: readonly Condition[];
  /** The field is left out when the piece ends before it. */
  optional?: true;
  /** Object in which the value stands. */
  group?: string;
}

/** Values under the vendor's names. */
export type Values = Record<string, unknown>;

/** A payload or a part of it, with what an error has to say. */
export interface Piece {
  /** Id of the device model. */
  model: string;
  bytes: Uint8Array;
}

/** Throws CodecError unless the piece has `needed` bytes. */
export function requireLength({ model, bytes }: Piece, needed: number): void {
  if (bytes.length >= needed) return;
  throw new CodecError({ key: 'codec.error.truncated', parameters: { model, needed, length: bytes.length } });
}

export function passes(conditions: readonly Condition[] | undefined, bytes: Uint8Array): boolean {
  return (conditions ?? []).every(({ at, mask = 0xff, in: allowed, not: forbidden }) => {
    const value = (bytes[at] ?? 0) & mask;
    return (allowed?.includes(value) ?? true) && !forbidden?.includes(value);
  });
}

/** Reads the fields of a piece into `values`. Throws CodecError if the piece ends too early. */
export function readFields(fields: readonly Field[], piece: Piece, values: Values): void {
  for (const field of fields) {
    if (!passes(field.when, piece.bytes)) continue;
    if (field.optional && piece.bytes.length < endOf(field)) continue;
    requireLength(piece, endOf(field));
    place(
      field,
      readField(field, piece.bytes),
      field.group === undefined ? values : groupIn(values, field.group),
    );
  }
}

/** Number of bytes that a piece needs for the field. */
function endOf({ at = 0, type, text, length = 0, count, base }: Field): number {
  if (text !== undefined) return at + length;
  if (type === undefined) return 0;
  const { size } = INTEGERS[type];
  return Math.max(at + size * (count === 'rest' ? 0 : (count ?? 1)), base === undefined ? 0 : base + 1);
}

function readField(field: Field, bytes: Uint8Array): unknown {
  const { at = 0, type, text, length = 0, value } = field;
  if (text !== undefined) return TEXTS[text](bytes.subarray(at, at + length));
  if (type === undefined) return value;
  const view = viewOf(bytes);
  const { size, read } = INTEGERS[type];
  if (field.count === undefined) return convert(field, read(view, at));
  const count = field.count === 'rest' ? Math.floor((bytes.length - at) / size) : field.count;
  const base = field.base === undefined ? 0 : view.getUint8(field.base);
  return Array.from({ length: count }, (_, index) => {
    const converted = convert(field, read(view, at + index * size));
    return typeof converted === 'number' ? base + converted : converted;
  });
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function convert({ mask, shift, add, divide, states, otherwise }: Field, raw: number): Scalar {
  // `>>> 0` because bit operations in JavaScript are signed.
  const masked = mask === undefined ? raw : (raw & mask) >>> 0;
  const shifted = shift === undefined ? masked : masked >>> shift;
  const word = states?.[shifted];
  if (word !== undefined) return word;
  if (otherwise !== undefined) return otherwise;
  return (shifted + (add ?? 0)) / (divide ?? 1);
}

function place({ name, collect }: Field, value: unknown, values: Values): void {
  const before = values[name];
  if (!collect || before === undefined) values[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else values[name] = [before, value];
}

function groupIn(values: Values, group: string): Values {
  const existing = values[group];
  if (typeof existing === 'object' && existing !== null) return existing as Values;
  const created: Values = {};
  values[group] = created;
  return created;
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
