import type { Field, NumberType } from './field.ts';

/** Bytes of the texts that commands carry; undefined if a text cannot be one. */
const TEXT_WRITERS: Partial<Record<NonNullable<Field['text']>, (text: string) => Buffer | undefined>> = {
  hex: hexBytes,
  reversedHex: (text) => hexBytes(text)?.reverse(),
};

/**
 * Writes a value where `readFields` finds it, with its conversion undone; bits beside a mask stay.
 * False if the field cannot hold the value, and then nothing is written.
 */
export function writeField(field: Field, value: unknown, bytes: Buffer): boolean {
  const { at = 0, type, parts, text, length = 0 } = field;
  if (text !== undefined) {
    const content = typeof value === 'string' ? TEXT_WRITERS[text]?.(value) : undefined;
    return content?.length === length && content.copy(bytes, at) === length;
  }
  const code = codeOf(field, value);
  if (code === undefined) return false;
  if (parts !== undefined) return writeParts(parts, code, bytes);
  return type !== undefined && writeCode(field, type, code, bytes);
}

/** How far a number may be from one that the field can hold: what binary arithmetic does to tenths. */
const DUST = 1e-6;

/** The integer that stands for a value: that of its word, or of the number. `round` allows the nearest one. */
function codeOf(field: Field, value: unknown): number | undefined {
  const { states, otherwise, add = 0, multiply = 1, divide = 1, offset = 0, round } = field;
  const word = Object.entries(states ?? {}).find(([, name]) => name === value);
  if (word) return Number(word[0]);
  if (typeof value !== 'number' || otherwise !== undefined) return undefined;
  const exact = ((value - offset) * divide) / multiply - add;
  const code = Math.round(exact);
  const holds = round !== undefined || Math.abs(exact - code) < DUST;
  return holds && Number.isSafeInteger(code) ? code : undefined;
}

/** Spreads an integer over its parts; the last one has the least significant bits. */
function writeParts(parts: NonNullable<Field['parts']>, code: number, bytes: Buffer): boolean {
  const width = parts.reduce((sum, { bits }) => sum + bits, 0);
  if (code < 0 || code >= 2 ** width) return false;
  let rest = code;
  for (const { at, bits, shift = 0 } of parts.toReversed()) {
    bytes[at] = (bytes[at] ?? 0) | ((rest % 2 ** bits) << shift);
    rest = Math.floor(rest / 2 ** bits);
  }
  return true;
}

function writeCode(
  { at = 0, mask, shift = 0 }: Field,
  type: NumberType,
  code: number,
  bytes: Buffer,
): boolean {
  const shape = shapeOf(type);
  if (!shape) return false;
  const { size, signed, little } = shape;
  const all = 2 ** (8 * size);
  const bits = mask ?? all - 1;
  const raw = (signed && code < 0 ? code + all : code) * 2 ** shift;
  const fits = code < 0 ? signed && code >= -all / 2 : raw < (signed && mask === undefined ? all / 2 : all);
  // `>>> 0` because bit operations in JavaScript are signed.
  if (!fits || (raw & bits) >>> 0 !== raw) return false;
  const before = little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  const after = ((before & ~bits) | raw) >>> 0;
  if (little) bytes.writeUIntLE(after, at, size);
  else bytes.writeUIntBE(after, at, size);
  return true;
}

/** Undefined for what is no integer (floats, decimal digits). */
function shapeOf(type: NumberType): { size: number; signed: boolean; little: boolean } | undefined {
  const [, sign, bits] = /^([iu])(\d+)/.exec(type) ?? [];
  if (bits === undefined) return undefined;
  return { size: Number(bits) / 8, signed: sign === 'i', little: type.endsWith('le') };
}

function hexBytes(text: string): Buffer | undefined {
  return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}
