import type { PublicLanguage } from '../../observation/messages.ts';
import type { Country, Dataset, LicenceId } from '../dataset.ts';
import { inLanguage, type Localized } from '../localized.ts';

type Members = Record<string, unknown>;

/** What a kind of portal wants otherwise than CKAN by itself. */
interface Rules {
  /** Language of titles and descriptions; absent: the publisher's. */
  language?: PublicLanguage;
  /** Whose profile of DCAT-AP it follows; absent: the publisher's. */
  country?: Country;
  /** Its own ids of licences, before CKAN's common ones. */
  licenceIds?: Partial<Record<LicenceId, readonly string[]>>;
  /** Fields of its own. */
  fields?(dataset: Dataset): Members;
}

/**
 * Open Data DK: the fields of ckanext-portalopendatadk, of which author and author_email must be there.
 * dataportal.se harvests by DCAT-AP-SE 3.0, which names licences by their own addresses and organisations by number.
 */
const STYLES = {
  ckan: {},
  'open-data-dk': {
    language: 'da',
    country: 'DK',
    licenceIds: { 'CC-BY-4.0': ['cc-by-4.0', 'CC-BY-4.0'], CC0: ['cc0-1.0', 'CC0-1.0'] },
    fields: (dataset: Dataset) => ({
      title_translated: translated(dataset.title),
      notes_translated: translated(dataset.description),
      update_frequency: dataset.updateMinutes <= 31 * 24 * 60 ? 'Frequent' : 'Monthly',
    }),
  },
  'dataportal-se': {
    language: 'sv',
    country: 'SE',
  },
} as const satisfies Record<string, Rules>;
export type Style = keyof typeof STYLES;

export function isStyle(value: unknown): value is Style {
  return typeof value === 'string' && Object.hasOwn(STYLES, value);
}

export function rulesOf(style: Style): Rules {
  return STYLES[style];
}

/** Both languages of the Danish portal. */
function translated(text: Localized): Members {
  return { da: inLanguage(text, 'da'), en: inLanguage(text, 'en') };
}
