import { ConfigurationError } from '../observation/errors.ts';
import { PUBLIC_LANGUAGES, type TextLanguage } from '../observation/messages.ts';
import type { Value } from '../observation/observation.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { inLanguage, type Localized, localized } from './localized.ts';
import { valueWithUnit } from './wording.ts';

/** What a value must be like for a phrase to fit. Limits in the quantity's canonical unit. */
export interface Condition {
  quantity: QuantityId;
  /** Inclusive. */
  from?: number;
  /** Exclusive. */
  below?: number;
  is?: boolean;
}

/** A phrase, and when it is said. `{quantity_id}` in the text stands for that quantity's value with its unit. */
export interface PhraseRule {
  when: readonly Condition[];
  text: Localized;
}

/** The values that a phrase may speak of. */
export type PhraseValues = Partial<Record<QuantityId, Value>>;

/** The text of the first rule that fits the values; undefined if none does, or if it speaks of a value that is missing. */
export function phraseFor(
  rules: readonly PhraseRule[],
  values: PhraseValues,
  language: TextLanguage,
): string | undefined {
  const rule = rules.find(({ when, text }) =>
    [...when.map((condition) => holds(condition, values)), ...spokenOf(text).map((id) => id in values)].every(
      Boolean,
    ),
  );
  return rule && filled(inLanguage(rule.text, language), values, language);
}

function holds({ quantity, from, below, is }: Condition, values: PhraseValues): boolean {
  const value = values[quantity];
  if (typeof value === 'boolean') return value === is;
  if (typeof value !== 'number' || is !== undefined) return false;
  return value >= (from ?? -Infinity) && value < (below ?? Infinity);
}

const PLACEHOLDER = /\{([a-z0-9_]+)\}/g;

function filled(text: string, values: PhraseValues, language: TextLanguage): string {
  return text.replace(PLACEHOLDER, (placeholder, id: string) => {
    const value = isQuantity(id) ? values[id] : undefined;
    return isQuantity(id) && value !== undefined ? valueWithUnit(id, value, language) : placeholder;
  });
}

function spokenOf(text: Localized): QuantityId[] {
  return Object.values(text).flatMap((words) =>
    [...words.matchAll(PLACEHOLDER)].flatMap(([, id = '']) => (isQuantity(id) ? [id] : [])),
  );
}

/** A row of the form: up to two conditions and a text per language (`nb`, `nn`, `sv`, `da`, `fi`, `en`). */
type PhraseConfig = Record<string, unknown>;

/**
 * Phrases from the rows of the form, in their order; rows left empty are skipped.
 * `published` is what the dataset shows: nothing else may be told. Throws ConfigurationError that names the row.
 */
export function phrasesFromConfig(rows: unknown, published: readonly QuantityId[]): PhraseRule[] {
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: PhraseConfig, index) => {
    const texts = PUBLIC_LANGUAGES.map((language) => [language, stringOf(row[language])]);
    const text = localized(Object.fromEntries(texts));
    const when = [conditionOf(row, ''), conditionOf(row, '2')].flatMap((condition) => condition ?? []);
    if (!text && when.length === 0) return [];
    const spoken = text ? spokenOf(text) : [];
    const shown = [...when.map(({ quantity }) => quantity), ...spoken].every((id) => published.includes(id));
    if (!text || when.length === 0 || !shown) {
      throw new ConfigurationError({ key: 'opendata.config.phrase', parameters: { row: index + 1 } });
    }
    return [{ when, text }];
  });
}

/** Fields `quantity`, `from`, `below`, `is`, with `suffix` for the second condition. */
function conditionOf(row: PhraseConfig, suffix: string): Condition | undefined {
  const quantity = stringOf(row[`quantity${suffix}`]);
  if (quantity === undefined || !isQuantity(quantity)) return undefined;
  if (QUANTITIES[quantity].valueType === 'boolean') {
    return { quantity, is: stringOf(row[`is${suffix}`]) !== 'false' };
  }
  const [from, below] = [numberOf(row[`from${suffix}`]), numberOf(row[`below${suffix}`])];
  return { quantity, ...(from !== undefined && { from }), ...(below !== undefined && { below }) };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Norwegians type a comma. */
function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : stringOf(value)?.trim().replace(',', '.');
  const number = Number(text);
  return text !== undefined && Number.isFinite(number) ? number : undefined;
}
