import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { typedNumber } from '../../observation/typed-number.ts';
import {
  areBits,
  BIT_TYPES,
  isScalable,
  LONGEST_PAYLOAD,
  ROW_NAME,
  ROW_TYPES,
  type RowType,
  SCALING,
  type TableRow,
} from '../formats/field-table.ts';

/** A row as the form has it: what a person typed, or chose. */
export interface RowTexts {
  quantity: string;
  name: string;
  type: string;
  at: string;
  length: string;
  /** `3`, or `0-3`; empty: all. */
  bits: string;
  order: string;
  scale: string;
  offset: string;
  missing: string;
  ports: string;
  whenAt: string;
  whenIn: string;
  optional: boolean;
}

/** Rows of a form; no payload has more bits worth a row each, and comparing them all takes time. */
export const MOST_ROWS = 250;

type RowField = keyof RowTexts;

/** What is wrong in a field: a key below `codec.problem`, with the facts for its sentence. */
export interface RowProblem {
  field: RowField;
  key: string;
  parameters?: Record<string, string | number>;
}

export type ReadRow = { row: TableRow } | { problems: RowProblem[] };

const EMPTY: RowTexts = {
  quantity: '',
  name: '',
  type: 'unsigned',
  at: '',
  length: '',
  bits: '',
  order: 'big',
  scale: '',
  offset: '',
  missing: '',
  ports: '',
  whenAt: '',
  whenIn: '',
  optional: false,
};

/** The rows of a form, `MOST_ROWS` and one at most; what is not text counts as empty. */
export function rowTexts(value: unknown): RowTexts[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_ROWS + 1).map((entry: unknown) => {
    const fields = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    const typed = Object.entries(fields).filter(([, text]) => typeof text === 'string');
    const texts = typed.map(([field, text]) => [field, String(text).trim()]);
    return { ...EMPTY, ...Object.fromEntries(texts), optional: fields.optional === true };
  });
}

/** Reads all rows; of two that give the same value at the same time the later one is wrong. */
export function readRows(texts: readonly RowTexts[]): ReadRow[] {
  const read = texts.map(readRow);
  return read.map((one, index) => {
    if (!('row' in one)) return one;
    const field = texts[index]?.name === '' ? 'quantity' : 'name';
    for (const [before, other] of read.slice(0, index).entries()) {
      const key = 'row' in other ? clash(one.row, other.row) : undefined;
      if (key) return { problems: [{ field, key, parameters: { row: before + 1 } }] };
    }
    return one;
  });
}

/** The model maps a name to one quantity, and a payload has one value of a name. */
function clash(one: TableRow, other: TableRow): 'repeated' | 'renamed' | undefined {
  const sameName = one.name === other.name;
  const sameQuantity = one.quantity === other.quantity;
  if (sameName && !sameQuantity) return 'renamed';
  if (!sameName && (!sameQuantity || one.quantity === undefined)) return undefined;
  return excludeOneAnother(one, other) ? undefined : 'repeated';
}

function excludeOneAnother(one: TableRow, other: TableRow): boolean {
  const disjoint = (ours?: readonly number[], theirs?: readonly number[]) =>
    ours !== undefined && theirs !== undefined && !ours.some((entry) => theirs.includes(entry));
  return (
    disjoint(one.ports, other.ports) ||
    (one.when?.at === other.when?.at && disjoint(one.when?.in, other.when?.in))
  );
}

function readRow(texts: RowTexts): ReadRow {
  const problems: RowProblem[] = [];
  const note = (field: RowField, key: string, parameters?: RowProblem['parameters']): undefined => {
    problems.push({ field, key, ...(parameters && { parameters }) });
  };
  const type = Object.hasOwn(ROW_TYPES, texts.type) ? (texts.type as RowType) : note('type', 'type');
  const row = {
    name: readName(texts, note),
    quantity: readQuantity(texts, type, note),
    type,
    at: readWhole('at', texts, LONGEST_PAYLOAD - 1, note),
    length: type && readLength(texts, type, note),
    order: texts.order === 'little' ? 'little' : undefined,
    ...(type && ROW_TYPES[type].kind === 'number' ? readNumbers(texts, note) : {}),
    ports: readList('ports', texts, 1, 255, note),
    when: readCondition(texts, note),
    optional: texts.optional || undefined,
  };
  const whole = withoutUndefined({ ...row, bits: readBits(texts, row, note) });
  return problems.length > 0 ? { problems } : { row: whole as unknown as TableRow };
}

type Note = (field: RowField, key: string, parameters?: RowProblem['parameters']) => undefined;

function readName({ name, quantity }: RowTexts, note: Note): string | undefined {
  if (name === '' && quantity === '') return note('quantity', 'nameless');
  const chosen = name || quantity;
  return ROW_NAME.test(chosen) ? chosen : note('name', 'name');
}

function readQuantity({ quantity }: RowTexts, type: RowType | undefined, note: Note): QuantityId | undefined {
  if (quantity === '') return undefined;
  if (!Object.hasOwn(QUANTITIES, quantity)) return note('quantity', 'quantity');
  const { valueType } = QUANTITIES[quantity as QuantityId];
  if (type && ROW_TYPES[type].kind !== valueType) return note('type', `${valueType}Wanted`);
  return quantity as QuantityId;
}

function readLength(texts: RowTexts, type: RowType, note: Note): number | undefined {
  const lengths: readonly number[] = ROW_TYPES[type].lengths;
  const length = typedNumber(texts.length);
  if (lengths.includes(length)) return length;
  if (lengths.length === 2) return note('length', 'floatLength');
  return note('length', 'length', { longest: lengths.at(-1) ?? 0 });
}

function readBits(
  { bits }: RowTexts,
  row: { type?: RowType | undefined; length?: number | undefined },
  note: Note,
) {
  const { type, length } = row;
  if (bits === '' || type === undefined || length === undefined) return undefined;
  if (!BIT_TYPES.includes(type)) return note('bits', 'noBits');
  const [, first = '', last = first] = /^(\d{1,2})(?:\s*[-–]\s*(\d{1,2}))?$/.exec(bits) ?? [];
  const low = Math.min(Number(first), Number(last));
  const part = { low, count: Math.abs(Number(last) - Number(first)) + 1 };
  if (first !== '' && areBits(part, { type, length })) return part;
  return note('bits', 'bits', { highest: length * 8 - 1 });
}

/** What only numbers have. A scale of 1 and an offset of 0 need not be said. */
function readNumbers(texts: RowTexts, note: Note) {
  const scale = readScaling('scale', texts, 1, note);
  if (scale === 0) note('scale', 'zero');
  return {
    scale: scale === 1 ? undefined : scale,
    offset: readScaling('offset', texts, 0, note) || undefined,
    missing: readList('missing', texts, -(2 ** 47), 2 ** 56, note),
  };
}

function readScaling(
  field: 'scale' | 'offset',
  texts: RowTexts,
  usual: number,
  note: Note,
): number | undefined {
  if (texts[field] === '') return usual;
  const number = typedNumber(texts[field]);
  return isScalable(number) ? number : note(field, 'scaling', { ...SCALING });
}

function readWhole(field: 'at' | 'whenAt', texts: RowTexts, highest: number, note: Note): number | undefined {
  const [number] = listed(texts[field]) ?? [];
  const fits = number !== undefined && /^\S+$/.test(texts[field]) && number >= 0 && number <= highest;
  return fits ? number : note(field, 'whole', { highest });
}

function readList(
  field: 'missing' | 'ports' | 'whenIn',
  texts: RowTexts,
  lowest: number,
  highest: number,
  note: Note,
): number[] | undefined {
  if (texts[field] === '') return undefined;
  const numbers = listed(texts[field]);
  if (numbers?.every((number) => number >= lowest && number <= highest)) return numbers;
  return note(field, field);
}

function readCondition(texts: RowTexts, note: Note): TableRow['when'] | undefined {
  if (texts.whenIn === '') return undefined;
  const at = texts.whenAt === '' ? 0 : readWhole('whenAt', texts, LONGEST_PAYLOAD - 1, note);
  const values = readList('whenIn', texts, 0, 255, note);
  return at === undefined || values === undefined ? undefined : { at, in: values };
}

/** Whole numbers, decimal or with `0x`, between commas or spaces. */
function listed(text: string): number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const isWhole = (part: string) => /^(-?\d{1,17}|0x[0-9a-f]{1,14})$/i.test(part);
  return parts.length > 0 && parts.every(isWhole) ? parts.map(Number) : undefined;
}

/** The texts of a row as the form shows them again; numbers with the reader's decimal sign. */
export function textsOfRow(row: TableRow, decimalSign: string): RowTexts {
  const decimal = (number: number | undefined) =>
    number === undefined ? '' : plain(number).replace('.', decimalSign);
  const { bits, when } = row;
  return {
    ...EMPTY,
    quantity: row.quantity ?? '',
    name: row.name === row.quantity ? '' : row.name,
    type: row.type,
    at: String(row.at),
    length: String(row.length),
    bits:
      bits === undefined
        ? ''
        : bits.count === 1
          ? String(bits.low)
          : `${bits.low}-${bits.low + bits.count - 1}`,
    order: row.order ?? 'big',
    scale: decimal(row.scale),
    offset: decimal(row.offset),
    missing: row.missing?.join(', ') ?? '',
    ports: row.ports?.join(', ') ?? '',
    ...(when && { whenAt: String(when.at), whenIn: when.in.map(hexadecimal).join(', ') }),
    optional: row.optional ?? false,
  };
}

/** Without an exponent, which people do not write. */
function plain(number: number): string {
  return Math.abs(number) < 1e-6 ? number.toFixed(SCALING.decimals).replace(/0+$/, '') : String(number);
}

function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
