import { quantityLabel } from '../../observation/labels.ts';
import { languageTag, type PublicLanguage, translate } from '../../observation/messages.ts';
import { resolutionOf } from '../catalog-dataset.ts';
import { type CatalogEntry, DISTRIBUTIONS, datasetIri, folderOf, publisherIri } from '../catalog-parts.ts';
import type { Box, LicenceId, Publisher } from '../dataset.ts';
import { inLanguage } from '../localized.ts';
import type { Entry } from '../site.ts';
import {
  frequencyIri,
  HIGH_VALUE_LAW,
  highValueIri,
  LOCAL_AUTHORITY,
  languageIri,
  licenceIri,
  PUBLIC_ACCESS,
  themeIri,
} from '../vocabularies.ts';
import { rulesOf, type Style } from './styles.ts';

/** What is said of a dataset. */
export interface About {
  entry: CatalogEntry;
  /** Publisher of the whole catalogue. */
  owner: Publisher;
  /** Address of the overview as the public knows it, with the final slash. */
  base: string;
  style: Style;
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
    url: folderOf(base, dataset),
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
  const folder = folderOf(base, dataset);
  const language = portalLanguage(about);
  return DISTRIBUTIONS.map(({ id, path, fileType, mediaType }) => ({
    name: translate(language, `opendata.distribution.${id}`),
    url: `${folder}${path}`,
    uri: `${folder}#${id}`,
    access_url: `${folder}${path}`,
    download_url: `${folder}${path}`,
    format: fileType,
    mimetype: mediaType,
    license: licenceIri(dataset.licence, rulesOf(style).country ?? entry.publisher.country),
    distribution: id,
  }));
}

/** By which the portal knows that the dataset is ours. */
export function identifierOf({ entry, base }: About): string {
  return datasetIri(base, entry.dataset);
}

function extrasOf(about: About): Extra[] {
  const { entry } = about;
  const { dataset, publisher, begin, modified, issued, box } = entry;
  const { name, email } = contactOf(entry);
  const { highValue } = dataset;
  const values: Record<string, string | undefined> = {
    identifier: identifierOf(about),
    uri: identifierOf(about),
    issued: dayOf(issued ?? begin),
    modified: dayOf(modified),
    theme: JSON.stringify(dataset.themes.map(themeIri)),
    language: JSON.stringify([languageIri(portalLanguage(about))]),
    frequency: frequencyIri(dataset),
    access_rights: PUBLIC_ACCESS,
    conforms_to: dataset.conformsTo.length > 0 ? JSON.stringify(dataset.conformsTo) : undefined,
    publisher_uri: publisherIri(about, entry),
    publisher_name: publisher.name,
    publisher_url: publisher.homepage,
    publisher_type: LOCAL_AUTHORITY,
    publisher_email: publisher.contactEmail,
    contact_name: email && name,
    contact_email: email,
    temporal_start: dataset.temporal?.from ?? dayOf(begin),
    temporal_end: dataset.temporal?.to,
    temporal_resolution: resolutionOf(dataset),
    spatial_uri: dataset.spatial?.iri,
    spatial_text: dataset.spatial?.name,
    spatial: box && polygon(box),
    hvd_category: highValue && JSON.stringify([highValueIri(highValue)]),
    applicable_legislation: highValue && JSON.stringify([HIGH_VALUE_LAW]),
  };
  return Object.entries(values).flatMap(([key, value]) => (value ? [{ key, value }] : []));
}

/**
 * The same as fields of their own, for a portal whose schema has them (ckanext-dcat with ckanext-scheming); what its
 * schema has not, a portal leaves out. `ours`: the extras that we wrote; those of others stay extras.
 */
export function schemaFields(
  { extras, ...fields }: PackageFields,
  ours: readonly Extra[],
): Record<string, unknown> {
  const told = Object.fromEntries(ours.map(({ key, value }) => [key, value]));
  const others = extras.filter(({ key }) => told[key] === undefined);
  const lists = LISTS.flatMap((key) => (told[key] ? [[key, JSON.parse(told[key]) as unknown]] : []));
  const groups = Object.entries(GROUPS).map(([name, members]) => {
    const group = members.flatMap(([member, key]) => (told[key] ? [[member, told[key]]] : []));
    return [name, group.length > 0 ? [Object.fromEntries(group)] : []];
  });
  return { ...told, ...fields, ...Object.fromEntries([...lists, ...groups]), extras: others };
}

/** Extras that are lists, written as JSON. */
const LISTS = ['theme', 'language', 'conforms_to', 'hvd_category', 'applicable_legislation'];
/** Fields of a schema that put several extras together: name in the group, key of the extra. */
const GROUPS = {
  publisher: [
    ['uri', 'publisher_uri'],
    ['name', 'publisher_name'],
    ['email', 'publisher_email'],
    ['url', 'publisher_url'],
    ['type', 'publisher_type'],
  ],
  contact: [
    ['name', 'contact_name'],
    ['email', 'contact_email'],
  ],
  temporal_coverage: [
    ['start', 'temporal_start'],
    ['end', 'temporal_end'],
  ],
  spatial_coverage: [
    ['uri', 'spatial_uri'],
    ['text', 'spatial_text'],
    ['geom', 'spatial'],
  ],
} as const;

/** GeoJSON, as ckanext-spatial wants it. */
function polygon({ west, south, east, north }: Box): string {
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
