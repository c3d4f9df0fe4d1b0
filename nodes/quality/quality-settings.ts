import { ConfigurationError } from '../observation/errors.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { typedNumber } from '../observation/typed-number.ts';
import { defaultLimits, type QualityLimits } from './limits.ts';
import type { Span } from './qartod.ts';
import { QUALITY_TESTS, type QualityTest } from './series-check.ts';

/** One row of the form's list: limits of a quantity, empty where the default counts. */
export interface OverrideRow {
  quantity: string;
  failLow?: string | number;
  failHigh?: string | number;
  suspectLow?: string | number;
  suspectHigh?: string | number;
  ratePerHour?: string | number;
  flatHours?: string | number;
}

export interface QualityForm {
  grossRange?: boolean;
  rateOfChange?: boolean;
  flatLine?: boolean;
  overrides?: readonly OverrideRow[];
}

const SWITCHES: Readonly<Record<QualityTest, keyof QualityForm>> = {
  gross_range: 'grossRange',
  rate_of_change: 'rateOfChange',
  flat_line: 'flatLine',
};

/** A value that stays the same to more digits than any sensor of ours shows is flat. */
const FLAT_TOLERANCE = 1e-6;

/** Limits that count where a row of the form is empty, under the names of its fields. */
export function defaultsOf(id: QuantityId): Partial<Record<keyof OverrideRow, number>> {
  const { fail, ratePerHour, flat } = defaultLimits(id);
  return {
    ...(fail && { failLow: fail[0], failHigh: fail[1] }),
    ...(ratePerHour !== undefined && { ratePerHour }),
    ...(flat && { flatHours: flat.suspectHours }),
  };
}

/** Tests that are switched on; all of them in a node that was never opened. */
export function testsOf(form: QualityForm): QualityTest[] {
  return QUALITY_TESTS.filter((test) => form[SWITCHES[test]] !== false);
}

/** The form's list as limits. Throws ConfigurationError that names the row's quantity. */
export function overridesOf(form: QualityForm): Partial<Record<QuantityId, QualityLimits>> {
  const overrides: Partial<Record<QuantityId, QualityLimits>> = {};
  for (const row of form.overrides ?? []) {
    if (!isQuantity(row.quantity)) {
      throw new ConfigurationError({
        key: 'quality.error.unknown_quantity',
        parameters: { quantity: row.quantity },
      });
    }
    overrides[row.quantity] = limitsOf(row);
  }
  return overrides;
}

function limitsOf(row: OverrideRow): QualityLimits {
  const fail = spanOf(row.failLow, row.failHigh, row.quantity);
  const suspect = spanOf(row.suspectLow, row.suspectHigh, row.quantity);
  const ratePerHour = numberOf(row.ratePerHour, row.quantity);
  const suspectHours = numberOf(row.flatHours, row.quantity);
  return {
    ...(fail && { fail }),
    ...(suspect && { suspect }),
    ...(ratePerHour !== undefined && { ratePerHour }),
    ...(suspectHours !== undefined && { flat: { tolerance: FLAT_TOLERANCE, suspectHours } }),
  };
}

/** An end that is left empty is open. */
function spanOf(low: unknown, high: unknown, quantity: string): Span | undefined {
  const ends = [numberOf(low, quantity), numberOf(high, quantity)] as const;
  if (ends[0] === undefined && ends[1] === undefined) return undefined;
  const span: Span = [ends[0] ?? -Infinity, ends[1] ?? Infinity];
  if (span[0] > span[1]) {
    throw new ConfigurationError({ key: 'quality.error.empty_range', parameters: { quantity } });
  }
  return span;
}

function numberOf(text: unknown, quantity: string): number | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const number = typedNumber(text);
  if (Number.isFinite(number)) return number;
  throw new ConfigurationError({
    key: 'quality.error.not_a_number',
    parameters: { quantity, text: String(text) },
  });
}
