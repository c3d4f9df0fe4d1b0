import { quantityLabel } from '../observation/labels.ts';
import { PUBLIC_LANGUAGES, type PublicLanguage, translate } from '../observation/messages.ts';
import { type Dataset, LICENCES, type Publisher, type ThemeId } from './dataset.ts';
import type { Localized } from './localized.ts';
import { Graph, type Name, type Value } from './rdf.ts';
import type { Entry } from './site.ts';

/** A dataset with what the store knows of it. */
export interface CatalogEntry extends Entry {
  sandbox: boolean;
  /** First and newest phenomenon time, ms since 1970 UTC; absent while there are no data. */
  begin?: number;
  modified?: number;
}

const EU = 'http://publications.europa.eu/resource/authority/';
const LANGUAGES = [`${EU}language/NOB`, `${EU}language/ENG`];
const LOCAL_AUTHORITY = 'http://purl.org/adms/publishertype/LocalAuthority';

/** Files of each dataset: address, EU file type, IANA media type. */
export const DISTRIBUTIONS = [
  { id: 'csv', path: 'data.csv', fileType: 'CSV', mediaType: 'text/csv' },
  { id: 'json', path: 'data.json', fileType: 'JSON', mediaType: 'application/json' },
  { id: 'latest', path: 'latest.json', fileType: 'JSON', mediaType: 'application/json' },
] as const;

/** The catalogue after DCAT-AP 3.0. `base` is the address of the overview, with the final slash. */
export function catalogGraph(entries: readonly CatalogEntry[], owner: Publisher, base: string): Graph {
  const graph = new Graph();
  addPublisher(graph, owner, publisherIri(base));
  addAuthorities(graph, entries);
  graph.add(`${base}catalog`, 'dcat:Catalog', {
    'dct:title': everyLanguage('opendata.catalogue.title', { publisher: owner.name }),
    'dct:description': everyLanguage('opendata.catalogue.description', { publisher: owner.name }),
    'dct:publisher': { iri: publisherIri(base) },
    'dct:language': LANGUAGES.map((iri) => ({ iri })),
    'foaf:homepage': { iri: base },
    'dct:license': { iri: LICENCES.CC0.iri },
    'dcat:themeTaxonomy': { iri: `${EU}data-theme` },
    'dcat:dataset': entries.map(({ dataset }) => ({ iri: datasetIri(base, dataset) })),
    'dct:modified': timeOf(newest(entries)),
  });
  graph.add(base, 'foaf:Document', {});
  for (const entry of entries) addDataset(graph, entry, owner, base);
  return graph;
}

function addDataset(graph: Graph, entry: CatalogEntry, owner: Publisher, base: string): void {
  const { dataset, publisher, sandbox, begin, modified } = entry;
  const iri = datasetIri(base, dataset);
  const folder = `${base}${dataset.id}/`;
  const ownPublisher = publisher.name === owner.name ? undefined : `${folder}#publisher`;
  if (ownPublisher) addPublisher(graph, publisher, ownPublisher);
  graph.add(iri, 'dcat:Dataset', {
    'dct:title': markedTitle(dataset.title, sandbox),
    'dct:description': [
      ...texts(dataset.description),
      ...(sandbox ? everyLanguage('opendata.sandbox.notice') : []),
    ],
    'dct:identifier': { value: iri },
    'dct:publisher': { iri: ownPublisher ?? publisherIri(base) },
    'dcat:contactPoint': publisher.contactEmail ? { iri: `${folder}#contact` } : undefined,
    'dcat:landingPage': { iri: folder },
    'dcat:theme': dataset.themes.map((theme) => ({ iri: themeIri(theme) })),
    'dcat:keyword': keywords(dataset),
    'dct:accessRights': { iri: `${EU}access-right/PUBLIC` },
    'dct:accrualPeriodicity': { iri: frequencyIri(dataset) },
    'dcat:temporalResolution': { value: `PT${Math.round(dataset.updateMinutes)}M`, type: 'xsd:duration' },
    'dct:language': LANGUAGES.map((language) => ({ iri: language })),
    'dct:spatial': dataset.spatial && { iri: spatialIri(folder, dataset) },
    'dct:temporal': begin === undefined ? undefined : { iri: `${folder}#period` },
    'dct:modified': timeOf(modified),
    'dcat:distribution': DISTRIBUTIONS.map(({ id }) => ({ iri: `${folder}#${id}` })),
  });
  graph.add(folder, 'foaf:Document', {});
  addCoverage(graph, entry, folder);
  addContact(graph, publisher, folder);
  addDistributions(graph, entry, folder);
}

function addCoverage(graph: Graph, { dataset, begin }: CatalogEntry, folder: string): void {
  if (begin !== undefined) {
    graph.add(`${folder}#period`, 'dct:PeriodOfTime', { 'dcat:startDate': timeOf(begin) });
  }
  if (dataset.spatial) {
    const { name } = dataset.spatial;
    graph.add(spatialIri(folder, dataset), 'dct:Location', {
      'skos:prefLabel': name ? { value: name } : undefined,
    });
  }
}

function addContact(graph: Graph, { name, contactName, contactEmail }: Publisher, folder: string): void {
  if (!contactEmail) return;
  graph.add(`${folder}#contact`, 'vcard:Kind', {
    'vcard:fn': { value: contactName ?? name },
    'vcard:hasEmail': { iri: `mailto:${contactEmail}` },
  });
}

function addDistributions(graph: Graph, { dataset, modified }: CatalogEntry, folder: string): void {
  for (const { id, path, fileType, mediaType } of DISTRIBUTIONS) {
    graph.add(`${folder}#${id}`, 'dcat:Distribution', {
      'dct:title': everyLanguage(`opendata.distribution.${id}`),
      'dcat:accessURL': { iri: `${folder}${path}` },
      'dcat:downloadURL': { iri: `${folder}${path}` },
      'dct:format': { iri: `${EU}file-type/${fileType}` },
      'dcat:mediaType': { iri: mediaTypeIri(mediaType) },
      'dct:license': { iri: LICENCES[dataset.licence].iri },
      'dct:language': LANGUAGES.map((iri) => ({ iri })),
      'dct:modified': timeOf(modified),
    });
  }
}

function addPublisher(graph: Graph, { name, homepage }: Publisher, iri: string): void {
  graph.add(iri, 'foaf:Agent', {
    'foaf:name': { value: name },
    'foaf:homepage': homepage ? { iri: homepage } : undefined,
    'dct:type': { iri: LOCAL_AUTHORITY },
  });
}

/** Says of each entry of the EU vocabularies in use what it is, so that a reader without them understands the file. */
function addAuthorities(graph: Graph, entries: readonly CatalogEntry[]): void {
  const declared = new Map<string, [Name, Value[]]>();
  const declare = (iri: string, type: Name, key?: string) =>
    declared.set(iri, [type, key === undefined ? [] : everyLanguage(key)]);
  declare(`${EU}data-theme`, 'skos:ConceptScheme');
  declare(LOCAL_AUTHORITY, 'skos:Concept', 'opendata.catalogue.local_authority');
  declare(LICENCES.CC0.iri, 'dct:LicenseDocument');
  for (const language of LANGUAGES) declare(language, 'dct:LinguisticSystem');
  for (const { fileType, mediaType } of DISTRIBUTIONS) {
    declare(`${EU}file-type/${fileType}`, 'dct:MediaTypeOrExtent');
    declare(mediaTypeIri(mediaType), 'dct:MediaType');
  }
  for (const { dataset } of entries) {
    for (const theme of dataset.themes) declare(themeIri(theme), 'skos:Concept', `opendata.theme.${theme}`);
    declare(LICENCES[dataset.licence].iri, 'dct:LicenseDocument');
    declare(frequencyIri(dataset), 'dct:Frequency');
    declare(`${EU}access-right/PUBLIC`, 'dct:RightsStatement');
  }
  for (const [iri, [type, labels]] of declared) {
    graph.add(iri, type, {
      'skos:prefLabel': labels,
      ...(type === 'skos:ConceptScheme' && { 'dct:title': everyLanguage('opendata.catalogue.themes') }),
    });
  }
}

function datasetIri(base: string, { id }: Dataset): string {
  return `${base}${id}/#dataset`;
}

function publisherIri(base: string): string {
  return `${base}catalog#publisher`;
}

function themeIri(theme: ThemeId): string {
  return `${EU}data-theme/${theme}`;
}

function mediaTypeIri(mediaType: string): string {
  return `http://www.iana.org/assignments/media-types/${mediaType}`;
}

function spatialIri(folder: string, { spatial }: Dataset): string {
  return spatial?.iri ?? `${folder}#place`;
}

/** Entries of the EU frequency vocabulary, by the longest interval (minutes) that they describe. */
const FREQUENCIES: readonly [minutes: number, code: string][] = [
  [59, 'UPDATE_CONT'],
  [120, 'HOURLY'],
  [2 * 1440, 'DAILY'],
  [14 * 1440, 'WEEKLY'],
];

function frequencyIri({ updateMinutes }: Dataset): string {
  const code = FREQUENCIES.find(([longest]) => updateMinutes <= longest)?.[1] ?? 'IRREG';
  return `${EU}frequency/${code}`;
}

function keywords({ quantities }: Dataset): Value[] {
  return quantities.flatMap((quantity) => [
    { text: quantityLabel(quantity, 'nb'), language: 'nb' },
    { text: quantityLabel(quantity, 'en-US'), language: 'en' },
  ]);
}

function markedTitle(title: Localized, sandbox: boolean): Value[] {
  if (!sandbox) return texts(title);
  return texts(title).map(({ text, language }) => ({
    text: `${translate(language, 'opendata.sandbox.mark')} ${text}`,
    language,
  }));
}

function everyLanguage(key: string, parameters?: Record<string, string>): Value[] {
  return texts({ nb: translate('nb', key, parameters), en: translate('en-US', key, parameters) });
}

function texts(written: Localized): { text: string; language: PublicLanguage }[] {
  return PUBLIC_LANGUAGES.flatMap((language) => {
    const text = written[language];
    return text === undefined ? [] : [{ text, language }];
  });
}

function timeOf(time: number | undefined): Value | undefined {
  return time === undefined ? undefined : { value: new Date(time).toISOString(), type: 'xsd:dateTime' };
}

function newest(entries: readonly CatalogEntry[]): number | undefined {
  const times = entries.flatMap(({ modified }) => modified ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}
