import { CodecError } from '../../observation/errors.ts';
import { readTuples } from './packed-bits.ts';
import { TEXTS } from './texts.ts';

/** Numbers as they lie in payloads: signedness, bits, byte order. */
const NUMBERS = {
  u8: { size: 1, read: (view, at) => view.getUint8(at) },
  i8: { size: 1, read: (view, at) => view.getInt8(at) },
  u16be: { size: 2, read: (view, at) => view.getUint16(at) },
  i16be: { size: 2, read: (view, at) => view.getInt16(at) },
  u16le: { size: 2, read: (view, at) => view.getUint16(at, true) },
  i16le: { size: 2, read: (view, at) => view.getInt16(at, true) },
  u24be: { size: 3, read: (view, at) => (view.getUint16(at) << 8) | view.getUint8(at + 2) },
  u24le: { size: 3, read: (view, at) => (view.getUint8(at + 2) << 16) | view.getUint16(at, true) },
  u32be: { size: 4, read: (view, at) => view.getUint32(at) },
  i32be: { size: 4, read: (view, at) => view.getInt32(at) },
  u32le: { size: 4, read: (view, at) => view.getUint32(at, true) },
  f32be: { size: 4, read: (view, at) => view.getFloat32(at) },
  /** Decimal digits, one in each half byte. */
  bcd8: { size: 1, read: (view, at) => Number(view.getUint8(at).toString(16)) },
  bcd16be: { size: 2, read: (view, at) => Number(view.getUint16(at).toString(16)) },
  i32le: { size: 4, read: (view, at) => view.getInt32(at, true) },
} as const satisfies Record<string, { size: number; read(view: DataView, at: number): number }>;

export type NumberType = keyof typeof NUMBERS;

export function isNumberType(type: unknown): type is NumberType {
  return typeof type === 'string' && Object.hasOwn(NUMBERS, type);
}

/** A test on one byte, or two (big-endian): passes if its masked value is in `in`, or not in `not`. */
export interface Condition {
  at: number;
  size?: 2;
  mask?: number;
  in?: readonly number[];
  not?: readonly number[];
}

type Scalar = number | string | boolean;

/** Some bits of one byte. */
interface BitPart {
  at: number;
  /** How many bits. */
  bits: number;
  /** Bits of the byte that lie below them. */
  shift?: number;
}

/** How one value is read from a piece of a payload. Exactly one of `type`, `parts`, `tuples`, `text`, `fPort` and `value` is given. */
export interface Field {
  /** The vendor's name for the value. */
  name: string;
  /** Offset in the piece, bytes; 0 if absent. */
  at?: number;
  type?: NumberType;
  /** Integers for which the field exists, or does not: codes that a sensor sends in place of a reading. */
  only?: readonly number[];
  except?: readonly number[];
  /** A number whose bits lie in several bytes, the most significant first. */
  parts?: readonly BitPart[];
  /** Applied to the number in this order: mask, shift right, add, multiply, divide, offset, round to decimals. */
  mask?: number;
  shift?: number;
  add?: number;
  multiply?: number;
  divide?: number;
  offset?: number;
  round?: number;
  /** Name of a number that was read before it, by which it is multiplied at last: a share of a mean. */
  times?: string;
  /** The number becomes a text with this many decimals. */
  decimals?: number;
  /** The number becomes a text with this behind it. */
  suffix?: string;
  /** Number -> word. A number without a word gives `otherwise`, or itself. */
  states?: Readonly<Record<string, Scalar>>;
  otherwise?: Scalar;
  text?: keyof typeof TEXTS;
  /** Bytes of a text; `rest`: until the end. */
  length?: number | 'rest';
  /** The value is the uplink's FPort. */
  fPort?: true;
  /** One object per bit from the lowest up, as many as the byte at `many` says: its number and its value. */
  bits?: { many: number; index: string; value: string };
  /** A list of objects whose numbers have this many bits each, packed against the end of the piece. */
  tuples?: Readonly<Record<string, number>>;
  /** A value that stands for the presence of the record. */
  value?: Scalar;
  /** Reads this many integers in a row (`rest`: until the end) into an array. */
  count?: number | 'rest';
  /** Offset of a byte that is added to each value, whole units. */
  base?: number;
  /** Several values of the name become an array; a single one stays a number. */
  collect?: true;
  /** A value that is there already under the name stays. */
  unlessThere?: true;
  /** The field exists only if all of these pass. */
  when?: readonly Condition[];
  /** The field is left out when the piece ends before it. */
  optional?: true;
  /** Object in which the value stands; `cmd.value`: an object in an object. */
  group?: string;
}

/** Values under the vendor's names. */
export type Values = Record<string, unknown>;

/** A payload or a part of it, with what an error has to say. */
export interface Piece {
  /** Id of the device model. */
  model: string;
  bytes: Uint8Array;
  fPort?: number;
}

/** Throws CodecError unless the piece has `needed` bytes. */
export function requireLength({ model, bytes }: Piece, needed: number): void {
  if (bytes.length >= needed) return;
  throw new CodecError({ key: 'codec.error.truncated', parameters: { model, needed, length: bytes.length } });
}

export function passes(conditions: readonly Condition[] | undefined, bytes: Uint8Array): boolean {
  return (conditions ?? []).every(({ at, size, mask = 0xffff, in: allowed, not: forbidden }) => {
    const byte = bytes[at] ?? 0;
    const value = (size === 2 ? (byte << 8) | (bytes[at + 1] ?? 0) : byte) & mask;
    return (allowed?.includes(value) ?? true) && !forbidden?.includes(value);
  });
}

/** Reads the fields of a piece into `values`. Throws CodecError if the piece ends too early. */
export function readFields(fields: readonly Field[], piece: Piece, values: Values): void {
  for (const field of fields) {
    if (!passes(field.when, piece.bytes)) continue;
    if (field.optional && piece.bytes.length < endOf(field)) continue;
    requireLength(piece, endOf(field));
    if (!holdsValue(field, piece.bytes)) continue;
    const own = field.group === undefined ? values : groupIn(values, field.group);
    place(field, multiplied(readField(field, piece), field.times, own), own);
  }
}

function holdsValue({ type, at = 0, only, except }: Field, bytes: Uint8Array): boolean {
  if (type === undefined || (only === undefined && except === undefined)) return true;
  const code = NUMBERS[type].read(viewOf(bytes), at);
  return (only?.includes(code) ?? true) && !except?.includes(code);
}

/** Number of bytes that a piece needs for the field. */
function endOf({ at = 0, type, parts, text, length = 0, count, base }: Field): number {
  if (text !== undefined) return at + (length === 'rest' ? 0 : length);
  if (parts !== undefined) return 1 + Math.max(...parts.map((part) => part.at));
  if (type === undefined) return 0;
  const { size } = NUMBERS[type];
  return Math.max(at + size * (count === 'rest' ? 0 : (count ?? 1)), base === undefined ? 0 : base + 1);
}

function readField(field: Field, { bytes, fPort }: Piece): unknown {
  const { at = 0, type, parts, text, length = 0, value } = field;
  if (text !== undefined) return TEXTS[text](bytes.subarray(at, length === 'rest' ? undefined : at + length));
  if (parts !== undefined) return convert(field, joinParts(parts, bytes));
  if (field.tuples !== undefined) return readTuples(field.tuples, bytes.subarray(at));
  if (field.fPort) return fPort;
  if (type === undefined) return value;
  const view = viewOf(bytes);
  const { size, read } = NUMBERS[type];
  if (field.bits !== undefined) {
    const { many, index, value: bit } = field.bits;
    const word = read(view, at);
    const length = Math.min(bytes[many] ?? 0, size * 8);
    return Array.from({ length }, (_, number) => ({ [index]: number, [bit]: (word >>> number) & 1 }));
  }
  if (field.count === undefined) return convert(field, read(view, at));
  const count = field.count === 'rest' ? Math.floor((bytes.length - at) / size) : field.count;
  const base = field.base === undefined ? 0 : view.getUint8(field.base);
  return Array.from({ length: count }, (_, index) => {
    const converted = convert(field, read(view, at + index * size));
    return typeof converted === 'number' ? base + converted : converted;
  });
}

function joinParts(parts: readonly BitPart[], bytes: Uint8Array): number {
  return parts.reduce(
    (number, { at, bits, shift = 0 }) => number * 2 ** bits + (((bytes[at] ?? 0) >> shift) & (2 ** bits - 1)),
    0,
  );
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Null if the device says with a float that there is no number. */
function convert(field: Field, raw: number): Scalar | null {
  const { mask, shift, states, otherwise } = field;
  // `>>> 0` because bit operations in JavaScript are signed.
  const masked = mask === undefined ? raw : (raw & mask) >>> 0;
  const shifted = shift === undefined ? masked : masked >>> shift;
  const word = states?.[shifted];
  if (word !== undefined) return word;
  if (otherwise !== undefined) return otherwise;
  return Number.isFinite(shifted) ? written(field, scaled(field, shifted)) : null;
}

function scaled({ add = 0, multiply = 1, divide = 1, offset = 0, round }: Field, raw: number): number {
  const value = ((raw + add) * multiply) / divide + offset;
  return round === undefined ? value : Number(value.toFixed(round));
}

function written({ decimals, suffix }: Field, value: number): number | string {
  const text = decimals === undefined ? value : value.toFixed(decimals);
  return suffix === undefined ? text : `${text}${suffix}`;
}

function multiplied(value: unknown, times: string | undefined, values: Values): unknown {
  const factor = times === undefined ? 1 : values[times];
  return typeof value === 'number' && typeof factor === 'number' && times !== undefined
    ? value * factor
    : value;
}

function place({ name, collect, unlessThere }: Field, value: unknown, values: Values): void {
  const before = values[name];
  if (unlessThere && before !== undefined) return;
  if (!collect || before === undefined) values[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else values[name] = [before, value];
}

/** The object at a path, made where it is missing. */
export function groupIn(values: Values, path: string): Values {
  return path.split('.').reduce((parent, name) => {
    const existing = parent[name];
    if (typeof existing === 'object' && existing !== null) return existing as Values;
    const created: Values = {};
    parent[name] = created;
    return created;
  }, values);
}
