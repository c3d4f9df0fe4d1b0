import { PUBLIC_LANGUAGES } from '../observation/messages.ts';
import { boxProperties } from './catalog-dataset.ts';
import { type CatalogContext, type CatalogEntry, DISTRIBUTIONS, everyLanguage } from './catalog-parts.ts';
import { type Country, LICENCES, type LicenceId } from './dataset.ts';
import type { Name, Value } from './rdf.ts';
import {
  AUTHORITY,
  countryIri,
  fileTypeIri,
  frequencyIri,
  HIGH_VALUE_LAW,
  highValueIri,
  LAW_TYPE,
  LOCAL_AUTHORITY,
  languageIri,
  licenceIri,
  licenceTypeIri,
  mediaTypeIri,
  PUBLIC_ACCESS,
  SENSING,
  STABLE,
  themeIri,
} from './vocabularies.ts';

/** A resource of a vocabulary: what it is, which list it stands in, and what else is said of it. */
interface Declared {
  types: readonly Name[];
  scheme?: string;
  labels?: Value[];
  properties?: Partial<Record<Name, Value | readonly Value[]>>;
}

/** Degrees of the countries on the mainland, for the extent of a catalogue. */
const EXTENTS: Readonly<Record<Country, [west: number, south: number, east: number, north: number]>> = {
  NO: [4.5, 57.9, 31.2, 71.2],
  SE: [10.9, 55.3, 24.2, 69.1],
  DK: [8, 54.5, 15.3, 57.8],
  FI: [19, 59.7, 31.6, 70.1],
  EU: [-25, 34, 45, 72],
};

/** Says of each entry of the vocabularies in use what it is, so that a reader without them understands the file. */
export function addAuthorities(context: CatalogContext, entries: readonly CatalogEntry[]): void {
  for (const [iri, { types, scheme, labels = [], properties = {} }] of declarations(context, entries)) {
    const isScheme = types.includes('skos:ConceptScheme');
    context.graph.add(iri, types, {
      'skos:inScheme': scheme === undefined ? undefined : { iri: scheme },
      'skos:prefLabel': labels,
      ...(isScheme && { 'dct:title': labels }),
      ...properties,
    });
  }
}

function declarations({ country }: CatalogContext, entries: readonly CatalogEntry[]): Map<string, Declared> {
  const all = new Map<string, Declared>([
    [
      `${AUTHORITY}data-theme`,
      { types: ['skos:ConceptScheme'], labels: everyLanguage('opendata.catalogue.themes') },
    ],
    [
      LOCAL_AUTHORITY,
      {
        types: ['skos:Concept'],
        scheme: 'http://purl.org/adms/publishertype/1.0',
        labels: everyLanguage('opendata.catalogue.local_authority'),
      },
    ],
    [PUBLIC_ACCESS, { types: ['dct:RightsStatement'], scheme: `${AUTHORITY}access-right` }],
    [
      STABLE,
      {
        types: ['skos:Concept'],
        scheme: `${AUTHORITY}planned-availability`,
        labels: everyLanguage('opendata.catalogue.stable'),
      },
    ],
    [
      SENSING,
      { types: ['dct:Standard'], properties: { 'dct:title': { value: 'OGC SensorThings API 1.1' } } },
    ],
    standard('https://www.rfc-editor.org/rfc/rfc8259', 'RFC 8259 (JSON)'),
    [
      countryIri(country),
      { types: ['dct:Location'], scheme: schemeOf(countryIri(country)), properties: extentOf(country) },
    ],
    ...PUBLIC_LANGUAGES.map((language): [string, Declared] => [
      languageIri(language),
      { types: ['dct:LinguisticSystem'], scheme: `${AUTHORITY}language` },
    ]),
    ...licences('CC0', LICENCES.CC0.iri),
  ]);
  for (const { fileType, mediaType } of DISTRIBUTIONS) {
    all.set(fileTypeIri(fileType), { types: ['dct:MediaTypeOrExtent'], scheme: `${AUTHORITY}file-type` });
    all.set(mediaTypeIri(mediaType), { types: ['dct:MediaType'] });
  }
  for (const { dataset } of entries) {
    for (const theme of dataset.themes) {
      all.set(themeIri(theme), {
        types: ['skos:Concept'],
        scheme: `${AUTHORITY}data-theme`,
        labels: everyLanguage(`opendata.theme.${theme}`),
      });
    }
    for (const [iri, declared] of licences(dataset.licence, licenceIri(dataset.licence, country)))
      all.set(iri, declared);
    all.set(frequencyIri(dataset), { types: ['dct:Frequency'], scheme: `${AUTHORITY}frequency` });
    for (const iri of dataset.conformsTo) all.set(...standard(iri));
    const { highValue } = dataset;
    if (highValue === undefined) continue;
    all.set(highValueIri(highValue), {
      types: ['skos:Concept'],
      scheme: 'http://data.europa.eu/bna/asd487ae75',
      labels: everyLanguage(`opendata.high_value.${highValue}`),
    });
    all.set(HIGH_VALUE_LAW, { types: ['eli:LegalResource'], properties: { 'dct:type': { iri: LAW_TYPE } } });
    all.set(LAW_TYPE, {
      types: ['skos:Concept'],
      scheme: schemeOf(LAW_TYPE),
      labels: everyLanguage('opendata.catalogue.regulation'),
    });
  }
  return all;
}

/** A licence, which the list of the EU has unless it goes by another name, and what it asks. */
function licences(id: LicenceId, iri: string): [string, Declared][] {
  const type = licenceTypeIri(id);
  return [
    [
      iri,
      {
        types: ['dct:LicenseDocument'],
        ...(iri.startsWith(AUTHORITY) && { scheme: `${AUTHORITY}licence` }),
        labels: [{ value: LICENCES[id].label }],
        properties: { 'dct:type': { iri: type } },
      },
    ],
    [
      type,
      {
        types: ['skos:Concept'],
        scheme: 'http://purl.org/adms/licencetype/1.0',
        labels: everyLanguage(`opendata.catalogue.licence_${id === 'CC0' ? 'free' : 'attribution'}`),
      },
    ],
  ];
}

/** A standard; what is known of it is its address, unless it is one of ours. */
function standard(iri: string, title = iri): [string, Declared] {
  return [iri, { types: ['dct:Standard'], properties: { 'dct:title': { value: title } } }];
}

function schemeOf(iri: string): string {
  return iri.slice(0, iri.lastIndexOf('/'));
}

function extentOf(country: Country) {
  const [west, south, east, north] = EXTENTS[country];
  return boxProperties({ west, south, east, north }) as Partial<Record<Name, Value>>;
}
