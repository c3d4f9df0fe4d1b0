import { CodecError } from '../../observation/errors.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { CodecOutput } from '../codec.ts';
import { type Piece, requireLength, type Values, viewOf } from './field.ts';

/** A payload that a person has described as a table; each row reads one value. */
export interface FieldTable {
  kind: 'field-table';
  rows: readonly TableRow[];
  /** What the table was tried on: hex or base64 as pasted, and its FPort. */
  example?: { payload: string; fPort: number };
}

export interface TableRow {
  /** The value's name in the codec's output. */
  name: string;
  /** What is measured, in its canonical unit; absent: the value is only kept as decoded. */
  quantity?: QuantityId;
  type: RowType;
  /** Offset of the first byte. */
  at: number;
  /** Bytes. */
  length: number;
  /** The part of a whole number that counts; bit 0 is the least significant. Absent: all of it. */
  bits?: { low: number; count: number };
  /** Least significant byte first; absent: most significant first. */
  order?: 'little';
  /** Value = number * scale + offset. */
  scale?: number;
  offset?: number;
  /** Numbers as they lie in the payload, signed or not, that mean "no reading". */
  missing?: readonly number[];
  /** The row counts on these FPorts only. */
  ports?: readonly number[];
  /** The row counts only if the byte at `at` is one of these. */
  when?: { at: number; in: readonly number[] };
  /** A payload that ends before the row has no such value; absent: it is cut off. */
  optional?: true;
}

/** How many bytes a row of each type may have; a double holds each number of them exactly. */
export const ROW_TYPES = {
  unsigned: { lengths: upTo(6), kind: 'number' },
  signed: { lengths: upTo(6), kind: 'number' },
  float: { lengths: [4, 8], kind: 'number' },
  bcd: { lengths: upTo(7), kind: 'number' },
  bool: { lengths: upTo(6), kind: 'boolean' },
  invertedBool: { lengths: upTo(6), kind: 'boolean' },
  text: { lengths: upTo(64), kind: 'string' },
  hex: { lengths: upTo(64), kind: 'string' },
} as const satisfies Record<string, { lengths: readonly number[]; kind: 'number' | 'boolean' | 'string' }>;

export type RowType = keyof typeof ROW_TYPES;

/** Types of whole numbers, of which a part may count. */
export const BIT_TYPES: readonly RowType[] = ['unsigned', 'signed', 'bool', 'invertedBool'];

/** The longest LoRaWAN payload, bytes. */
export const LONGEST_PAYLOAD = 242;

/** Largest scale and offset, and the digits that they may have after the point. */
export const SCALING = { largest: 1e9, decimals: 9 } as const;

/** No name of these can be taken for something that every JavaScript object has. */
export const ROW_NAME = /^(?!constructor$)[A-Za-z]\w{0,63}$/;

type Scalar = number | boolean | string;

/** Whole numbers: value = (number * multiply + add) / divide, rounded once, so that tenths stay tenths. */
export interface Scaling {
  multiply: number;
  add: number;
  divide: number;
}

/** TS013 output. Throws CodecError if the payload ends before a row, or if no row counts for it. */
export function decodeFieldTable(table: FieldTable, piece: Piece, fPort: number): CodecOutput {
  const rows = table.rows.filter((row) => counts(row, piece.bytes, fPort));
  if (rows.length === 0) {
    const first = Buffer.from(piece.bytes.subarray(0, 1)).toString('hex');
    throw new CodecError({ key: 'codec.error.noRow', parameters: { model: piece.model, fPort, first } });
  }
  const data: Values = {};
  for (const row of rows) {
    const end = row.at + row.length;
    if (row.optional && piece.bytes.length < end) continue;
    requireLength(piece, end);
    const value = readRow(row, piece.bytes);
    if (value !== undefined) data[row.name] = value;
  }
  return { data };
}

/** Whether the FPort and the leading byte are those of the row. */
export function counts({ ports, when }: TableRow, bytes: Uint8Array, fPort: number): boolean {
  if (ports && !ports.includes(fPort)) return false;
  if (!when) return true;
  const byte = bytes[when.at];
  return byte !== undefined && when.in.includes(byte);
}

/**
 * The value that a row reads from a payload long enough for it; undefined if it means "no reading": one of `missing`,
 * a BCD number with other digits than 0 to 9, or a float that is no finite number or becomes none by its scale.
 */
export function readRow(row: TableRow, bytes: Uint8Array): Scalar | undefined {
  const own = bytes.subarray(row.at, row.at + row.length);
  return READERS[row.type](row, own);
}

const READERS: Readonly<Record<RowType, (row: TableRow, own: Uint8Array) => Scalar | undefined>> = {
  unsigned: (row, own) => measured(row, wholeNumber(row, own), wholeNumber(row, own)),
  signed: (row, own) => measured(row, signed(row, own), wholeNumber(row, own)),
  float: (row, own) => measured(row, float(row, own)),
  bcd: (row, own) => measured(row, packedDecimal(row, own)),
  bool: (row, own) => wholeNumber(row, own) !== 0,
  invertedBool: (row, own) => wholeNumber(row, own) === 0,
  text: (_row, own) => String.fromCharCode(...own).replace(/\0+$/, ''),
  hex: (_row, own) => Buffer.from(own).toString('hex'),
};

function measured(row: TableRow, number: number | undefined, unsigned = number): number | undefined {
  if (number === undefined || unsigned === undefined) return undefined;
  if (row.missing?.includes(number) || row.missing?.includes(unsigned)) return undefined;
  const { multiply, add, divide } = scalingOf(row);
  const value = (number * multiply + add) / divide;
  return Number.isFinite(value) ? value : undefined;
}

/** Bytes with the most significant first. */
function inOrder({ order }: TableRow, own: Uint8Array): Uint8Array {
  return order === 'little' ? own.toReversed() : own;
}

function wholeNumber(row: TableRow, own: Uint8Array): number {
  const all = inOrder(row, own).reduce((number, byte) => number * 256 + byte, 0);
  return row.bits ? Math.floor(all / 2 ** row.bits.low) % 2 ** row.bits.count : all;
}

/** Two's complement. */
function signed(row: TableRow, own: Uint8Array): number {
  const number = wholeNumber(row, own);
  const range = 2 ** (row.bits?.count ?? own.length * 8);
  return number >= range / 2 ? number - range : number;
}

/** IEEE 754; of single precision the shortest decimal that stands for the same number: 21.3, not 21.299999237. */
function float(row: TableRow, own: Uint8Array): number {
  const view = viewOf(inOrder(row, own));
  if (own.length === 8) return view.getFloat64(0);
  const exact = view.getFloat32(0);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(exact.toPrecision(digits));
    if (Math.fround(short) === exact) return short;
  }
  return exact;
}

function packedDecimal(row: TableRow, own: Uint8Array): number | undefined {
  const digits = Buffer.from(inOrder(row, own)).toString('hex');
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

const scalings = new WeakMap<TableRow, Scaling>();

/** Scale and offset of a row as whole numbers. */
export function scalingOf(row: TableRow): Scaling {
  let scaling = scalings.get(row);
  if (!scaling) {
    const { scale = 1, offset = 0 } = row;
    const divide = 10 ** Math.max(decimalsOf(scale), decimalsOf(offset));
    scaling = { multiply: Math.round(scale * divide), add: Math.round(offset * divide), divide };
    scalings.set(row, scaling);
  }
  return scaling;
}

/** Digits after the point: 2 for 0.25, 7 for 1e-7. */
export function decimalsOf(number: number): number {
  const [digits = '', exponent = '0'] = String(number).split('e');
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent));
}

/** Whether a description from a file can be used as it stands. */
export function isFieldTable(value: unknown): value is FieldTable {
  const { rows } = (value ?? {}) as { rows?: unknown };
  return Array.isArray(rows) && rows.length > 0 && rows.every(isRow);
}

function isRow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Partial<TableRow>;
  return Object.entries(ROW_RULES).every(([field, isUsable]) => isUsable(row[field as keyof TableRow], row));
}

const ROW_RULES: Readonly<Record<keyof TableRow, (value: unknown, row: Partial<TableRow>) => boolean>> = {
  name: (value) => typeof value === 'string' && ROW_NAME.test(value),
  quantity: (value) => value === undefined || Object.hasOwn(QUANTITIES, String(value)),
  type: (value) => Object.hasOwn(ROW_TYPES, String(value)),
  at: (value) => isWhole(value, 0, LONGEST_PAYLOAD - 1),
  length: (value, { type }) =>
    type !== undefined &&
    (ROW_TYPES[type]?.lengths as readonly unknown[] | undefined)?.includes(value) === true,
  bits: (value, row) => value === undefined || areBits(value as TableRow['bits'], row),
  order: (value) => value === undefined || value === 'little',
  scale: (value) => value === undefined || (isScalable(value) && value !== 0),
  offset: (value) => value === undefined || isScalable(value),
  missing: (value) => value === undefined || (Array.isArray(value) && value.every(Number.isFinite)),
  ports: (value) =>
    value === undefined || (Array.isArray(value) && value.every((port) => isWhole(port, 1, 255))),
  when: (value) => value === undefined || isByteCondition(value as TableRow['when']),
  optional: (value) => value === undefined || value === true,
};

/** Whether scale or offset has few enough digits. */
export function isScalable(value: unknown): value is number {
  return (
    typeof value === 'number' && Math.abs(value) <= SCALING.largest && decimalsOf(value) <= SCALING.decimals
  );
}

/** Whether the part of a number lies within it, and its type has parts. */
export function areBits(bits: TableRow['bits'], { type, length = 0 }: Partial<TableRow>): boolean {
  const { low, count } = bits ?? {};
  if (type === undefined || !BIT_TYPES.includes(type) || !isWhole(low, 0, length * 8 - 1)) return false;
  return isWhole(count, 1, length * 8 - low);
}

function isByteCondition(when: TableRow['when']): boolean {
  return (
    isWhole(when?.at, 0, LONGEST_PAYLOAD - 1) &&
    Array.isArray(when?.in) &&
    when.in.every((byte) => isWhole(byte, 0, 255))
  );
}

function isWhole(value: unknown, lowest: number, highest: number): value is number {
  return Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest;
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
