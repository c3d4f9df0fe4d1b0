import type { Value } from '../observation/observation.ts';
import type { FieldType } from './series.ts';

/** Decimal notation as programs write it. A comma may mean thousands as well as decimals, so it is no number. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i;
/** Digits that a double always keeps. */
const EXACT_DIGITS = 15;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

const CONVERSIONS: Readonly<Record<FieldType, (value: Value) => Value | undefined>> = {
  number: numberOf,
  integer: (value) => {
    const number = numberOf(value);
    return Number.isSafeInteger(number) ? number : undefined;
  },
  boolean: (value) => BOOLEANS[String(value).trim().toLowerCase()],
  string: (value) => (typeof value === 'number' && !Number.isFinite(value) ? undefined : String(value)),
};

/** The value as another type; undefined if something of it would be lost. A yes or no never becomes a number. */
export function convertedTo(type: FieldType, value: Value): Value | undefined {
  return CONVERSIONS[type](value);
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const text = typeof value === 'string' ? value.trim() : '';
  const digits = text.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
  if (!NUMBER.test(text) || digits.length > EXACT_DIGITS) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}
