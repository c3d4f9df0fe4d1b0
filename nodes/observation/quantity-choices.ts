import { inEachLanguage, quantityLabel, unitSymbol } from './labels.ts';
import type { Language } from './messages.ts';
import { QUANTITIES, type QuantityId } from './quantities.ts';

/** A quantity as editor forms offer it. */
export interface QuantityChoice {
  id: QuantityId;
  /** Symbol of the canonical unit, as people write it. */
  unit: string;
  labels: Record<Language, string>;
}

/** All measured numbers, for a select box; the wrapper hands them to its form through its node settings. */
export function numericChoices(): QuantityChoice[] {
  const ids = Object.keys(QUANTITIES) as QuantityId[];
  return ids.filter((id) => QUANTITIES[id].valueType === 'number').map(choiceOf);
}

/** What a device may be told: numbers, and yes or no; for a select box. */
export function commandChoices(): (QuantityChoice & { isNumber: boolean })[] {
  const ids = Object.keys(QUANTITIES) as QuantityId[];
  return ids
    .filter((id) => QUANTITIES[id].valueType !== 'string')
    .map((id) => ({ ...choiceOf(id), isNumber: QUANTITIES[id].valueType === 'number' }));
}

function choiceOf(id: QuantityId): QuantityChoice {
  return {
    id,
    unit: unitSymbol(QUANTITIES[id].unit),
    labels: inEachLanguage((language) => quantityLabel(id, language)),
  };
}
