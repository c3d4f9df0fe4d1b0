import { type AreaId, isArea } from '../observation/areas.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { LANGUAGES, type Language } from '../observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';

/** A text that the public reads, in both languages of the catalogue. */
export interface Localized {
  nb: string;
  en: string;
}

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
export const THEMES = ['ENVI', 'TRAN', 'HEAL', 'REGI', 'SOCI', 'ENER', 'TECH', 'GOVE', 'EDUC'] as const;
export type ThemeId = (typeof THEMES)[number];

/** Who answers for the data. */
export interface Publisher {
  name: string;
  homepage?: string;
  contactName?: string;
  contactEmail?: string;
  /** Address of the site as the public sees it, without `opendata/`; absent: as the request came. */
  baseUrl?: string;
  /** Language of pages for visitors whose browser asks for neither. */
  language: Language;
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
  /** Device ids; absent: all devices of the area. */
  devices?: readonly string[];
  licence: LicenceId;
  theme: ThemeId;
  /** Minutes between values as delivered; three times this without a value is stale. */
  updateMinutes: number;
  /** Geographic coverage: a name, and an IRI of a gazetteer (GeoNames, Norwegian administrative units). */
  spatial?: { name?: string; iri?: string };
}

/** The open-data node's form, as Node-RED stores it. */
export interface DatasetConfig {
  slug?: string;
  titleNb?: string;
  titleEn?: string;
  descriptionNb?: string;
  descriptionEn?: string;
  methodNb?: string;
  methodEn?: string;
  area?: string;
  quantities?: unknown;
  deviceIds?: unknown;
  licence?: string;
  theme?: string;
  updateMinutes?: number | string;
  spatialName?: string;
  spatialIri?: string;
}

/** The catalogue node's form, as Node-RED stores it. */
export interface PublisherConfig {
  publisher?: string;
  homepage?: string;
  contactName?: string;
  contactEmail?: string;
  baseUrl?: string;
  language?: string;
}

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Addresses under `opendata/` that are not datasets. */
const RESERVED = ['catalog'];

/** A dataset from the form. Throws ConfigurationError that names the field to correct. */
export function datasetFromConfig(config: DatasetConfig): Dataset {
  const method = localized(config.methodNb, config.methodEn);
  const spatial = spatialOf(config);
  const devices = strings(config.deviceIds);
  return {
    id: slugOf(config.slug),
    title: required(localized(config.titleNb, config.titleEn), 'title'),
    description: required(localized(config.descriptionNb, config.descriptionEn), 'description'),
    area: required(isArea(config.area) ? config.area : undefined, 'area'),
    quantities: required(quantitiesOf(config.quantities), 'quantities'),
    licence: required(oneOf(config.licence, Object.keys(LICENCES) as LicenceId[]), 'licence'),
    theme: required(oneOf(config.theme, THEMES), 'theme'),
    updateMinutes: required(positive(config.updateMinutes), 'updateMinutes'),
    ...(method && { method }),
    ...(devices.length > 0 && { devices }),
    ...(spatial && { spatial }),
  };
}

/** The publisher from the form; `fallback` is the language if the form names none. Throws ConfigurationError. */
export function publisherFromConfig(config: PublisherConfig, fallback: Language): Publisher {
  const { homepage, contactName, contactEmail, baseUrl } = config;
  return {
    name: required(config.publisher?.trim() || undefined, 'publisher'),
    language: oneOf(config.language, LANGUAGES) ?? fallback,
    ...(homepage && { homepage: webAddress(homepage, 'homepage') }),
    ...(contactName && { contactName }),
    ...(contactEmail && { contactEmail }),
    ...(baseUrl && { baseUrl: webAddress(baseUrl, 'baseUrl') }),
  };
}

/** The text in a catalog language. */
export function inLanguage(text: Localized, language: Language): string {
  return language === 'nb' ? text.nb : text.en;
}

function slugOf(slug: string | undefined): string {
  const usable = slug !== undefined && SLUG.test(slug) && !RESERVED.includes(slug);
  return required(usable ? slug : undefined, 'slug');
}

/** Both languages; a text given in one language stands for the other. */
function localized(nb?: string, en?: string): Localized | undefined {
  const first = nb?.trim() || en?.trim();
  return first ? { nb: nb?.trim() || first, en: en?.trim() || first } : undefined;
}

function spatialOf({ spatialName, spatialIri }: DatasetConfig): Dataset['spatial'] {
  if (!spatialName && !spatialIri) return undefined;
  return {
    ...(spatialName && { name: spatialName }),
    ...(spatialIri && { iri: webAddress(spatialIri, 'spatialIri') }),
  };
}

/** Quantities about the device itself (battery, inner temperature) are refused, not skipped: someone chose them. */
function quantitiesOf(value: unknown): QuantityId[] | undefined {
  const known = strings(value).filter(isQuantity);
  const aboutDevice = known.find((id) => QUANTITIES[id].health);
  if (aboutDevice) {
    throw new ConfigurationError({ key: 'opendata.config.private', parameters: { quantity: aboutDevice } });
  }
  return known.length > 0 ? known : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T | undefined {
  return allowed.find((entry) => entry === value);
}

function positive(value: number | string | undefined): number | undefined {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

/** An absolute http(s) address: it becomes a link and an IRI, so anything else (`javascript:`) is refused. */
function webAddress(value: string, field: string): string {
  const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
  const web = url?.protocol === 'http:' || url?.protocol === 'https:';
  return required(web ? url?.href : undefined, field);
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new ConfigurationError({ key: `opendata.config.${field}` });
  return value;
}
