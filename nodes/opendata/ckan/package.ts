import { quantityLabel } from '../../observation/labels.ts';
import { languageTag, type PublicLanguage, translate } from '../../observation/messages.ts';
import { DISTRIBUTIONS } from '../catalog.ts';
import { HIGH_VALUE, LICENCES, type LicenceId } from '../dataset.ts';
import { inLanguage } from '../localized.ts';
import type { Entry } from '../site.ts';
import { rulesOf, type Style } from './styles.ts';

/** What is said of a dataset. */
export interface About {
  entry: Entry;
  /** Address of the overview as the public knows it, with the final slash. */
  base: string;
  style: Style;
  /** First and newest phenomenon time, ms since 1970 UTC. */
  begin?: number;
  modified?: number;
}

/** A dataset's fields for `package_create` and `package_patch`. */
export interface PackageFields {
  title: string;
  notes: string;
  tags: { name: string }[];
  extras: Extra[];
  [field: string]: unknown;
}

export interface Extra {
  key: string;
  value: string;
}

/** One file as a resource. */
export interface ResourceFields {
  name: string;
  url: string;
  /** Id of the distribution: finds the resource again when its address has changed. */
  distribution: string;
  [field: string]: unknown;
}

const EU = 'http://publications.europa.eu/resource/authority/';
/** ISO 639-3 codes, as the EU vocabulary of languages has them. */
const EU_LANGUAGES: Readonly<Record<PublicLanguage, string>> = {
  nb: 'NOB',
  nn: 'NNO',
  sv: 'SWE',
  da: 'DAN',
  fi: 'FIN',
  en: 'ENG',
};
/** Ids by which portals know the licences; the first that a portal has is taken. */
const LICENCE_IDS: Readonly<Record<LicenceId, readonly string[]>> = {
  'NLOD-2.0': ['NLOD-2.0', 'nlod-2.0', 'nlod', 'other-at'],
  'CC-BY-4.0': ['CC-BY-4.0', 'cc-by-4.0', 'cc-by'],
  CC0: ['CC0-1.0', 'cc0-1.0', 'cc-zero', 'cc0'],
};

/** Language in which a portal gets its texts. */
export function portalLanguage({ entry, style }: About): PublicLanguage {
  return rulesOf(style).language ?? languageTag(entry.publisher.language);
}

/**
 * A dataset as a CKAN package. The extras are those from which ckanext-dcat makes DCAT-AP, with the same addresses as
 * in our own catalogue, so that a portal that harvests both finds one dataset. `licences` are ids that the portal knows.
 */
export function packageFields(about: About, licences: readonly string[]): PackageFields {
  const { entry, base, style } = about;
  const { dataset, publisher } = entry;
  const language = portalLanguage(about);
  const { name, email } = contactOf(entry);
  return {
    title: inLanguage(dataset.title, language),
    notes: inLanguage(dataset.description, language),
    url: `${base}${dataset.id}/`,
    license_id: licenceId(dataset.licence, style, licences),
    author: publisher.name,
    maintainer: name,
    ...(email && { author_email: email, maintainer_email: email }),
    tags: tagsOf(entry, language),
    extras: extrasOf(about),
    ...rulesOf(style).fields?.(dataset),
  };
}

/** The dataset's files; the portal has their addresses, not the files. */
export function resourceFields(about: About): ResourceFields[] {
  const { entry, base, style } = about;
  const { dataset } = entry;
  const folder = `${base}${dataset.id}/`;
  const language = portalLanguage(about);
  return DISTRIBUTIONS.map(({ id, path, fileType, mediaType }) => ({
    name: translate(language, `opendata.distribution.${id}`),
    url: `${folder}${path}`,
    uri: `${folder}#${id}`,
    access_url: `${folder}${path}`,
    download_url: `${folder}${path}`,
    format: fileType,
    mimetype: mediaType,
    license: rulesOf(style).licences?.[dataset.licence] ?? LICENCES[dataset.licence].iri,
    distribution: id,
  }));
}

/** IRI of a dataset, as in our own catalogue. */
export function identifierOf({ entry, base }: Pick<About, 'entry' | 'base'>): string {
  return `${base}${entry.dataset.id}/#dataset`;
}

function extrasOf(about: About): Extra[] {
  const { entry, begin, modified } = about;
  const { dataset, publisher } = entry;
  const { name, email } = contactOf(entry);
  const values: Record<string, string | undefined> = {
    identifier: identifierOf(about),
    uri: identifierOf(about),
    modified: dayOf(modified),
    theme: JSON.stringify(dataset.themes.map((theme) => `${EU}data-theme/${theme}`)),
    language: JSON.stringify([`${EU}language/${EU_LANGUAGES[portalLanguage(about)]}`]),
    frequency: dataset.frequency && `${EU}frequency/${dataset.frequency}`,
    access_rights: `${EU}access-right/PUBLIC`,
    conforms_to: dataset.conformsTo.length > 0 ? JSON.stringify(dataset.conformsTo) : undefined,
    publisher_name: publisher.name,
    publisher_url: publisher.homepage,
    publisher_type: 'http://purl.org/adms/publishertype/LocalAuthority',
    publisher_email: publisher.contactEmail,
    contact_name: email && name,
    contact_email: email,
    temporal_start: dataset.temporal?.from ?? dayOf(begin),
    temporal_end: dataset.temporal?.to,
    temporal_resolution: `PT${Math.round(dataset.updateMinutes)}M`,
    spatial_uri: dataset.spatial?.iri,
    spatial_text: dataset.spatial?.name,
    spatial: boxOf(entry),
    hvd_category:
      dataset.highValue && JSON.stringify([`http://data.europa.eu/bna/${HIGH_VALUE[dataset.highValue]}`]),
  };
  return Object.entries(values).flatMap(([key, value]) => (value ? [{ key, value }] : []));
}

/** GeoJSON, as ckanext-spatial wants it. */
function boxOf({ dataset }: Entry): string | undefined {
  const box = dataset.spatial?.box;
  if (!box) return undefined;
  const { west, south, east, north } = box;
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return JSON.stringify({ type: 'Polygon', coordinates: [ring] });
}

/** CKAN allows letters, digits, spaces and -_. in tags, 2 to 100 of them. */
function tagsOf({ dataset }: Entry, language: PublicLanguage): { name: string }[] {
  const words = [
    ...(dataset.keywords?.[language] ?? []),
    ...dataset.quantities.map((quantity) => quantityLabel(quantity, language)),
  ];
  const names = words.map((word) =>
    word
      .replace(/[^\p{L}\p{N} _.-]+/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 100),
  );
  return [...new Set(names)].filter((name) => name.length > 1).map((name) => ({ name }));
}

function licenceId(licence: LicenceId, style: Style, known: readonly string[]): string {
  const wanted = [...(rulesOf(style).licenceIds?.[licence] ?? []), ...LICENCE_IDS[licence]];
  return wanted.find((id) => known.includes(id)) ?? 'other-open';
}

function contactOf({ dataset, publisher }: Entry): { name: string; email?: string } {
  const { contact } = dataset;
  const name = contact?.name ?? publisher.contactName ?? publisher.name;
  const email = contact?.email ?? publisher.contactEmail;
  return { name, ...(email && { email }) };
}

/** A day is enough for a catalogue, and does not make a new version of the dataset of every reading. */
function dayOf(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 10);
}
