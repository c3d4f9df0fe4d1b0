import { quantityLabel } from '../observation/labels.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { Dataset } from './dataset.ts';
import type { Withheld } from './privacy.ts';
import { readLatest, type Sources } from './reader.ts';
import { type Locale, momentText, valueWithUnit } from './wording.ts';

/** What the public would see now, for the editor form. */
export interface Preview {
  columns: string[];
  rows: string[][];
  /** Sentences about what is special or withheld. */
  notes: string[];
}

/** Real rows of a dataset as they would be published. `now` in ms since 1970 UTC. */
export async function previewOf(
  dataset: Dataset,
  sources: Sources,
  locale: Locale,
  now: number,
): Promise<Preview> {
  const { language } = locale;
  const { places, sandbox, withheld } = await readLatest(dataset, sources);
  const rows = places.map(({ place, time, values }) => [
    place,
    time === undefined ? '' : momentText(time, now, locale),
    ...dataset.quantities.map((quantity) => {
      const latest = values[quantity];
      return latest ? valueWithUnit(quantity, latest.value, language) : '';
    }),
  ]);
  return {
    columns: [
      translate(language, 'opendata.page.place'),
      translate(language, 'opendata.page.time'),
      ...dataset.quantities.map((quantity) => quantityLabel(quantity, language)),
    ],
    rows,
    notes: [...notesOn(sandbox, withheld, language), ...(rows.length === 0 ? [noPlaces(language)] : [])],
  };
}

function notesOn(sandbox: boolean, withheld: readonly Withheld[], language: Language): string[] {
  const sentences = withheld.map(({ name, reason }) =>
    translate(language, `opendata.withheld.${reason}`, { name }),
  );
  return sandbox ? [translate(language, 'opendata.sandbox.notice'), ...sentences] : sentences;
}

function noPlaces(language: Language): string {
  return translate(language, 'opendata.page.no_places');
}
