import { ConfigurationError } from './errors.ts';
import { type Dimension, parseUnit, type Unit } from './ucum.ts';

/** Digits that survive a conversion; sensors have six at most, doubles sixteen. */
const SIGNIFICANT_DIGITS = 12;

/**
 * A value in another unit of the same dimension, units as UCUM codes (`convert(3014, 'mV', 'V')` is 3.014).
 * The dust of binary arithmetic is rounded away. Throws ConfigurationError if a unit is unknown or they do not fit.
 */
export function convert(value: number, fromUcum: string, toUcum: string): number {
  const from = parseUnit(fromUcum);
  if (fromUcum === toUcum) return value;
  const to = parseUnit(toUcum);
  if (!sameDimension(from.dimension, to.dimension)) {
    throw new ConfigurationError({
      key: 'observation.error.incompatibleUnits',
      parameters: { from: fromUcum, to: toUcum },
    });
  }
  const result = (value * from.factor + from.offset - to.offset) / to.factor;
  return withoutDust(result, Math.max(Math.abs(result), largestOffset(from, to)));
}

function sameDimension(one: Dimension, other: Dimension): boolean {
  const bases = Object.keys(one);
  return bases.length === Object.keys(other).length && bases.every((base) => one[base] === other[base]);
}

/** Magnitude of what is subtracted on the way from one temperature scale to another, in the target unit. */
function largestOffset(from: Unit, to: Unit): number {
  return Math.max(from.offset, to.offset) / to.factor;
}

function withoutDust(value: number, magnitude: number): number {
  if (magnitude === 0 || !Number.isFinite(value)) return value;
  const decimals = SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(magnitude));
  return decimals < 0 || decimals > 100 ? value : Number(value.toFixed(decimals));
}
