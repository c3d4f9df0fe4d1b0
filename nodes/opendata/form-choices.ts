import { areaChoices } from '../observation/area-choices.ts';
import { AREAS } from '../observation/areas.ts';
import { inEachLanguage } from '../observation/labels.ts';
import { type Language, translate } from '../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { builtInPhrases } from './built-in-phrases.ts';
import { FREQUENCIES, HIGH_VALUE, LICENCES, THEMES } from './dataset.ts';
import type { PhraseRule } from './phrases.ts';
import { sourceOf } from './sensitivity.ts';
import { labelWithUnit } from './wording.ts';

/** An entry of a list in the editor form. */
interface Choice {
  id: string;
  labels: Record<Language, string>;
}

/** Everything that the form of an open-data node lets people choose from, in all languages. */
export interface FormChoices {
  areas: Choice[];
  licences: Choice[];
  themes: Choice[];
  frequencies: Choice[];
  /** Categories of high-value datasets. */
  highValue: Choice[];
  /** Without those about the device itself, which are never published, and those that a release makes of others. */
  quantities: (Choice & { isYesNo: boolean })[];
  /** Area -> rows of the usual phrases. */
  phrases: Record<string, object[]>;
}

export function formChoices(): FormChoices {
  const ids = Object.keys(QUANTITIES) as QuantityId[];
  return {
    areas: areaChoices(),
    licences: Object.entries(LICENCES).map(([id, { label }]) => choice(id, () => label)),
    themes: THEMES.map((id) => named(id, 'theme')),
    frequencies: FREQUENCIES.map((id) => named(id, 'frequency')),
    highValue: Object.keys(HIGH_VALUE).map((id) => named(id, 'high_value')),
    quantities: ids
      .filter((id) => !QUANTITIES[id].health && sourceOf(id) === id)
      .map((id) => ({
        ...choice(id, (language) => labelWithUnit(id, language)),
        isYesNo: QUANTITIES[id].valueType === 'boolean',
      })),
    phrases: Object.fromEntries(AREAS.map((area) => [area, builtInPhrases(area, ids).map(phraseRow)])),
  };
}

/** A phrase as the form has it. */
function phraseRow({ when, text }: PhraseRule): object {
  const [first] = when;
  return { ...first, ...(first?.is !== undefined && { is: String(first.is) }), ...text };
}

function named(id: string, group: string): Choice {
  return choice(id, (language) => translate(language, `opendata.${group}.${id}`));
}

function choice(id: string, labelIn: (language: Language) => string): Choice {
  return { id, labels: inEachLanguage(labelIn) };
}
