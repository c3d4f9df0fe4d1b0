import { isArea } from '../observation/areas.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { LANGUAGES, type Language, PUBLIC_LANGUAGES, type TextLanguage } from '../observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import {
  type Box,
  COUNTRIES,
  type Dataset,
  FREQUENCIES,
  HIGH_VALUE,
  type HighValueId,
  LICENCES,
  type LicenceId,
  type PrivacyTerms,
  type Publisher,
  type Release,
  THEMES,
  type ThemeId,
  type Tiles,
} from './dataset.ts';
import {
  choice,
  dateOf,
  emailOf,
  filled,
  lines,
  oneOf,
  optional,
  type PerLanguage,
  perLanguage,
  positive,
  required,
  strings,
  webAddress,
  wholeNumber,
} from './form-values.ts';
import { phrasesFromConfig } from './phrases.ts';
import { FEWEST_HOMES, USUAL_FEWEST_PEOPLE } from './privacy.ts';
import { releasedQuantities } from './sensitivity.ts';

/** The open-data node's form, as Node-RED stores it. Fields that older versions did not have may be absent. */
export type DatasetConfig = PerLanguage<'title' | 'description' | 'method' | 'keywords'> & {
  slug?: string;
  area?: string;
  quantities?: unknown;
  deviceIds?: unknown;
  licence?: string;
  /** Of older versions, which knew one. */
  theme?: string;
  themes?: unknown;
  updateMinutes?: number | string;
  frequency?: string;
  spatialName?: string;
  spatialIri?: string;
  /** West, south, east, north in degrees, with commas or spaces between. */
  spatialBox?: string;
  temporalFrom?: string;
  temporalTo?: string;
  /** One address per line. */
  conformsTo?: string;
  highValue?: string;
  contactName?: string;
  contactEmail?: string;
  approvedBy?: string;
  approvedDate?: string;
  /** Rows of the table of phrases, see phrases.ts. */
  phrases?: unknown;
  failed?: string;
  sensitive?: boolean | string;
  fewestPeople?: number | string;
  delayMinutes?: number | string;
  location?: string;
  releaseEvery?: string;
  releaseBy?: string;
  fewestDevices?: number | string;
};

/** The catalogue node's form, as Node-RED stores it. */
export type PublisherConfig = PerLanguage<'title' | 'description'> & {
  publisher?: string;
  homepage?: string;
  contactName?: string;
  contactEmail?: string;
  contactPhone?: string;
  contactPage?: string;
  baseUrl?: string;
  language?: string;
  country?: string;
  organisationNumber?: string;
  tiles?: string;
  tilesCredit?: string;
};

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Addresses under `opendata/` that are not datasets. */
const RESERVED = ['catalog', 'changes', 'sensorthings', 'ngsi-ld', 'embed', 'feedback', 'static'];
/** National numbers of organisations, without spaces and hyphens. */
const ORGANISATION_NUMBER = /^\d{8,10}$/;

/** A dataset from the form. Throws ConfigurationError that names the field to correct. */
export function datasetFromConfig(config: DatasetConfig): Dataset {
  const method = perLanguage(config, 'method');
  const devices = strings(config.deviceIds);
  const privacy = privacyOf(config);
  const chosen = required(quantitiesOf(config.quantities), 'quantities');
  const quantities = releasedQuantities(chosen, privacy.release);
  const phrases = phrasesFromConfig(config.phrases, quantities);
  return {
    id: slugOf(config.slug),
    title: required(perLanguage(config, 'title'), 'title'),
    description: required(perLanguage(config, 'description'), 'description'),
    area: required(isArea(config.area) ? config.area : undefined, 'area'),
    quantities,
    licence: required(oneOf(config.licence, Object.keys(LICENCES) as LicenceId[]), 'licence'),
    themes: required(themesOf(config), 'theme'),
    updateMinutes: required(positive(config.updateMinutes), 'updateMinutes'),
    conformsTo: lines(config.conformsTo).map((line) => webAddress(line, 'conformsTo')),
    failed: oneOf(config.failed, ['withhold', 'mark'] as const) ?? 'withhold',
    privacy,
    ...(method && { method }),
    ...(devices.length > 0 && { devices }),
    ...(phrases.length > 0 && { phrases }),
    ...optional('keywords', keywordsOf(config)),
    ...optional('frequency', choice(config.frequency, FREQUENCIES, 'frequency')),
    ...optional('spatial', spatialOf(config)),
    ...optional('temporal', temporalOf(config)),
    ...optional('highValue', choice(config.highValue, Object.keys(HIGH_VALUE) as HighValueId[], 'highValue')),
    ...optional('contact', contactOf(config)),
    ...optional('approved', approvedOf(config)),
  };
}

/** The publisher from the form; `fallback` is the language if the form names none. Throws ConfigurationError. */
export function publisherFromConfig(config: PublisherConfig, fallback: Language): Publisher {
  const { contactName, contactPhone } = config;
  return {
    name: required(config.publisher?.trim() || undefined, 'publisher'),
    language: oneOf<TextLanguage>(config.language, [...LANGUAGES, ...PUBLIC_LANGUAGES]) ?? fallback,
    country: choice(config.country, COUNTRIES, 'country') ?? (fallback === 'nb' ? 'NO' : 'EU'),
    ...optional(
      'homepage',
      filled(config.homepage, (text) => webAddress(text, 'homepage')),
    ),
    ...(contactName && { contactName }),
    ...optional('contactEmail', filled(config.contactEmail, emailOf)),
    ...(contactPhone && { contactPhone }),
    ...optional(
      'contactPage',
      filled(config.contactPage, (text) => webAddress(text, 'contactPage')),
    ),
    ...optional(
      'baseUrl',
      filled(config.baseUrl, (text) => webAddress(text, 'baseUrl')),
    ),
    ...optional('organisationNumber', filled(config.organisationNumber, organisationNumberOf)),
    ...optional('tiles', tilesOf(config)),
    ...optional('title', perLanguage(config, 'title')),
    ...optional('description', perLanguage(config, 'description')),
  };
}

/** Who shows somebody's map says whose it is. The braces of the address must stay, so it is not taken apart. */
function tilesOf({ tiles, tilesCredit }: PublisherConfig): Tiles | undefined {
  const address = tiles?.trim();
  if (!address) return undefined;
  const isComplete = ['{z}', '{x}', '{y}'].every((part) => address.includes(part));
  webAddress(address, 'tiles');
  return {
    address: required(isComplete ? address : undefined, 'tiles'),
    credit: required(tilesCredit?.trim() || undefined, 'tilesCredit'),
  };
}

function slugOf(slug: string | undefined): string {
  const usable = slug !== undefined && SLUG.test(slug) && !RESERVED.includes(slug);
  return required(usable ? slug : undefined, 'slug');
}

function themesOf({ theme, themes }: DatasetConfig): ThemeId[] | undefined {
  const chosen = strings(themes);
  const known = (chosen.length > 0 ? chosen : [theme ?? '']).map((id) => oneOf(id, THEMES));
  return known.every((id) => id !== undefined) ? known : undefined;
}

function keywordsOf(config: DatasetConfig): Dataset['keywords'] {
  const texts = perLanguage(config, 'keywords');
  if (!texts) return undefined;
  const words = (text: string) => text.split(/[,;\n]/).map((word) => word.trim());
  return Object.fromEntries(
    Object.entries(texts).map(([language, text]) => [language, words(text).filter(Boolean)]),
  );
}

function spatialOf({ spatialName, spatialIri, spatialBox }: DatasetConfig): Dataset['spatial'] {
  const spatial = {
    ...(spatialName && { name: spatialName }),
    ...optional(
      'iri',
      filled(spatialIri, (text) => webAddress(text, 'spatialIri')),
    ),
    ...optional('box', filled(spatialBox, boxOf)),
  };
  return Object.keys(spatial).length > 0 ? spatial : undefined;
}

function boxOf(text: string): Box {
  const numbers = text.split(/[\s,;]+/).map(Number);
  const [west = Number.NaN, south = Number.NaN, east = Number.NaN, north = Number.NaN] = numbers;
  const sound =
    numbers.length === 4 &&
    west >= -180 &&
    east <= 180 &&
    west < east &&
    south >= -90 &&
    north <= 90 &&
    south < north;
  return required(sound ? { west, south, east, north } : undefined, 'spatialBox');
}

function temporalOf({ temporalFrom, temporalTo }: DatasetConfig): Dataset['temporal'] {
  const from = filled(temporalFrom, (text) => dateOf(text, 'temporal'));
  const to = filled(temporalTo, (text) => dateOf(text, 'temporal'));
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to !== undefined && from > to) return required(undefined, 'temporal');
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function contactOf({ contactName, contactEmail }: DatasetConfig): Dataset['contact'] {
  const email = filled(contactEmail, emailOf);
  if (email === undefined) return undefined;
  return { email, ...(contactName?.trim() && { name: contactName.trim() }) };
}

function approvedOf({ approvedBy, approvedDate }: DatasetConfig): Dataset['approved'] {
  const by = approvedBy?.trim();
  if (!by) return undefined;
  return {
    by,
    ...optional(
      'date',
      filled(approvedDate, (text) => dateOf(text, 'approvedDate')),
    ),
  };
}

function privacyOf(config: DatasetConfig): PrivacyTerms {
  return {
    sensitive: config.sensitive === true || config.sensitive === 'true',
    fewestPeople: wholeNumber(config.fewestPeople, {
      least: 2,
      otherwise: USUAL_FEWEST_PEOPLE,
      field: 'fewestPeople',
    }),
    delayMinutes: wholeNumber(config.delayMinutes, { least: 0, otherwise: 0, field: 'delayMinutes' }),
    location: choice(config.location, ['exact', 'rounded', 'none'] as const, 'location') ?? 'none',
    ...optional('release', releaseOf(config)),
  };
}

function releaseOf(config: DatasetConfig): Release | undefined {
  const every = choice(config.releaseEvery, ['hour', 'day', 'week', 'month'] as const, 'releaseEvery');
  if (every === undefined) return undefined;
  const by = choice(config.releaseBy, ['place', 'area'] as const, 'releaseBy') ?? 'area';
  const terms = { least: 1, otherwise: FEWEST_HOMES, field: 'fewestDevices' };
  const fewestDevices = wholeNumber(config.fewestDevices, terms);
  // A place usually has one sensor.
  return { every, by, fewestDevices: by === 'place' ? 1 : fewestDevices };
}

/** Quantities about the device itself (battery, inner temperature) are refused, not skipped: someone chose them. */
function quantitiesOf(value: unknown): QuantityId[] | undefined {
  const known = strings(value).filter(isQuantity);
  const aboutDevice = known.find((id) => QUANTITIES[id].health);
  if (aboutDevice) {
    throw new ConfigurationError({ key: 'opendata.config.private', parameters: { quantity: aboutDevice } });
  }
  return known.length > 0 ? [...new Set(known)] : undefined;
}

function organisationNumberOf(text: string): string {
  const digits = text.replace(/[\s-]/g, '');
  return required(ORGANISATION_NUMBER.test(digits) ? digits : undefined, 'organisationNumber');
}
