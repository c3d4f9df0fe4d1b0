import type { AreaId } from '../observation/areas.ts';
import type { TextLanguage } from '../observation/messages.ts';
import type { QuantityId } from '../observation/quantities.ts';
import type { Localized } from './localized.ts';
import type { PhraseRule } from './phrases.ts';

/** Licence -> its IRI in the EU vocabulary of licences, and the page that people read. */
export const LICENCES = {
  'NLOD-2.0': {
    iri: 'http://publications.europa.eu/resource/authority/licence/NLOD_2_0',
    page: 'https://data.norge.no/nlod/en/2.0',
    label: 'NLOD 2.0',
  },
  'CC-BY-4.0': {
    iri: 'http://publications.europa.eu/resource/authority/licence/CC_BY_4_0',
    page: 'https://creativecommons.org/licenses/by/4.0/',
    label: 'CC BY 4.0',
  },
  CC0: {
    iri: 'http://publications.europa.eu/resource/authority/licence/CC0',
    page: 'https://creativecommons.org/publicdomain/zero/1.0/',
    label: 'CC0 1.0',
  },
} as const;
export type LicenceId = keyof typeof LICENCES;

/** Codes of the EU vocabulary of data themes; labels are in the message catalog as `opendata.theme.<code>`. */
export const THEMES = [
  'ENVI',
  'TRAN',
  'HEAL',
  'REGI',
  'SOCI',
  'ENER',
  'TECH',
  'GOVE',
  'EDUC',
  'AGRI',
  'ECON',
  'INTR',
  'JUST',
] as const;
export type ThemeId = (typeof THEMES)[number];

/**
 * Categories of high-value datasets (Regulation (EU) 2023/138) -> code in the EU vocabulary; labels are in the message
 * catalog as `opendata.high_value.<id>`.
 */
export const HIGH_VALUE = {
  geospatial: 'c_ac64a52d',
  environment: 'c_dd313021',
  meteorological: 'c_164e0bf5',
  statistics: 'c_e1da4e07',
  companies: 'c_a9135398',
  mobility: 'c_b79e35eb',
} as const;
export type HighValueId = keyof typeof HIGH_VALUE;

/** Codes of the EU vocabulary of frequencies; labels are in the message catalog as `opendata.frequency.<code>`. */
export const FREQUENCIES = [
  'UPDATE_CONT',
  'HOURLY',
  'DAILY',
  'WEEKLY',
  'MONTHLY',
  'QUARTERLY',
  'ANNUAL',
  'IRREG',
] as const;
export type FrequencyId = (typeof FREQUENCIES)[number];

/** Countries whose profile of DCAT-AP a catalogue can follow; `EU` is the common one. */
export const COUNTRIES = ['NO', 'SE', 'DK', 'FI', 'EU'] as const;
export type Country = (typeof COUNTRIES)[number];

/** A server of map tiles. */
export interface Tiles {
  /** Address with `{z}`, `{x}` and `{y}`. */
  address: string;
  /** Whose map it is, as its licence asks. */
  credit: string;
}

/** Who answers for the data. */
export interface Publisher {
  name: string;
  homepage?: string;
  contactName?: string;
  contactEmail?: string;
  contactPhone?: string;
  /** A page with a form for questions. */
  contactPage?: string;
  /** Address of the site as the public sees it, without `opendata/`; absent: as the request came. */
  baseUrl?: string;
  /** Language of pages for visitors whose browser asks for none that we have. */
  language: TextLanguage;
  /** Decides the profile of the catalogue. */
  country: Country;
  /** National number of the organisation: nine digits in Norway, ten in Sweden, eight in Denmark. */
  organisationNumber?: string;
  /** A server of map tiles to show behind places; absent: nothing is asked of other hosts. */
  tiles?: Tiles;
  /** What the catalogue is called and about; absent: a sentence with the publisher's name. */
  title?: Localized;
  description?: Localized;
}

/** What is published of one application area. */
export interface Dataset {
  /** Part of the address: lower-case letters, digits and hyphens. */
  id: string;
  title: Localized;
  description: Localized;
  /** How the values are measured. */
  method?: Localized;
  area: AreaId;
  /** In the order of the columns. Nothing else is ever published. */
  quantities: readonly QuantityId[];
  /** Device ids; absent: all devices of the area that are marked open. */
  devices?: readonly string[];
  licence: LicenceId;
  /** At least one. */
  themes: readonly ThemeId[];
  /** Words by which people look for it, beside the names of its quantities; in the language in which they are written. */
  keywords?: Partial<Record<keyof Localized, readonly string[]>>;
  /** Minutes between values as delivered; three times this without a value is stale. */
  updateMinutes: number;
  /** Absent: what `updateMinutes` amounts to. */
  frequency?: FrequencyId;
  /** Geographic coverage: a name, an IRI of a gazetteer (GeoNames, administrative units), degrees of a box. */
  spatial?: { name?: string; iri?: string; box?: Box };
  /** Coverage in time, ISO 8601 dates; absent: what the database has. */
  temporal?: { from?: string; to?: string };
  /** IRIs of standards and specifications that the data follow. */
  conformsTo: readonly string[];
  highValue?: HighValueId;
  /** Whom to ask about this dataset; absent: the publisher's own contact. */
  contact?: { name?: string; email: string };
  /** Who decided that this may be published, and the ISO 8601 date. Shown to staff, never to the public. */
  approved?: { by: string; date?: string };
  /** What the values mean in words, first that fits; absent: the usual words of the area. */
  phrases?: readonly PhraseRule[];
  /** What becomes of values that failed a quality check. */
  failed: 'withhold' | 'mark';
  privacy: PrivacyTerms;
}

/** Degrees, WGS 84. */
export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** What staff decided about what the public may see. What a form does not say is decided the careful way. */
export interface PrivacyTerms {
  /** A second person must approve it. */
  sensitive: boolean;
  /** Counts of people below this are withheld. */
  fewestPeople: number;
  /** Minutes that pass before a value is shown. */
  delayMinutes: number;
  /** `rounded`: to a hundredth of a degree of latitude, about a kilometre. */
  location: 'exact' | 'rounded' | 'none';
  /** Only values over time and places are shown; absent: readings as they are. */
  release?: Release;
}

/** One value per period, of each place or of all places together. */
export interface Release {
  every: 'hour' | 'day' | 'week' | 'month';
  by: 'place' | 'area';
  /** A value of fewer devices than this is withheld. */
  fewestDevices: number;
}
