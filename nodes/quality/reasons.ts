import { unitSymbol } from '../observation/labels.ts';
import type { Quality, QualityFlag, QualityReason } from '../observation/observation.ts';
import { worse } from './qartod.ts';

/** Verdicts without a remark, shared by all values that get them. */
export const PASSED = verdict(1);
export const NOT_EVALUATED = verdict(2);

function verdict(flag: QualityFlag): Quality {
  return Object.freeze({ flag, reasons: Object.freeze([]) as unknown as QualityReason[] });
}

/** A reason with the sentence `quality.reason.<key>`; `unit` is a UCUM code, numbers are rounded for people. */
export function reasonOf(
  test: string,
  flag: QualityFlag,
  key: string,
  unit: string,
  facts: Record<string, number | string> = {},
): QualityReason {
  const symbol = unitSymbol(unit);
  // With its space: a quantity without a unit has neither.
  const parameters: QualityReason['parameters'] = { unit: symbol === '' ? '' : ` ${symbol}` };
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact === 'string') parameters[name] = fact;
    else parameters[name] = Number.isFinite(fact) ? Number(fact.toPrecision(4)) : fact > 0 ? '∞' : '−∞';
  }
  return { test, flag, key: `quality.reason.${key}`, parameters };
}

/** The verdict with one more reason. */
export function withReason({ flag, reasons }: Quality, reason: QualityReason): Quality {
  return { flag: worse(flag, reason.flag), reasons: [...reasons, reason] };
}
