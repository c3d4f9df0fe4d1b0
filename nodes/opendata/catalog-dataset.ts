import { languageTag, type PublicLanguage, translate } from '../observation/messages.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import {
  apiIri,
  type CatalogContext,
  type CatalogEntry,
  contactIri,
  DISTRIBUTIONS,
  datasetIri,
  everyLanguage,
  folderOf,
  publisherIri,
  texts,
  timeOf,
} from './catalog-parts.ts';
import { addAgent, addContact } from './catalog-people.ts';
import type { Box, Dataset } from './dataset.ts';
import type { Localized } from './localized.ts';
import type { Name, Value } from './rdf.ts';
import {
  countryIri,
  fileTypeIri,
  frequencyIri,
  HIGH_VALUE_LAW,
  highValueIri,
  languageIri,
  licenceIri,
  mediaTypeIri,
  PUBLIC_ACCESS,
  STABLE,
  themeIri,
} from './vocabularies.ts';

type Properties = Partial<Record<Name, Value | readonly Value[] | undefined>>;

/** A dataset with its publisher, contact, coverage and files. */
export function addDataset(context: CatalogContext, entry: CatalogEntry): void {
  const { graph, base, owner } = context;
  const { dataset, publisher, begin, modified, issued } = entry;
  const folder = folderOf(base, dataset);
  if (publisher.name !== owner.name) addAgent(context, publisher, publisherIri(context, entry));
  const contact = { ...publisher, ...ownContact(dataset) };
  addContact(graph, contact, `${folder}#contact`);
  graph.add(folder, 'foaf:Document', {});
  addLocation(context, entry);
  const iri = datasetIri(base, dataset);
  graph.add(iri, 'dcat:Dataset', {
    ...commonProperties(context, entry),
    'dct:title': marked(entry, texts(dataset.title)),
    'dct:description': descriptionOf(entry),
    'dct:identifier': { value: iri },
    'dcat:landingPage': { iri: folder },
    'dct:temporal': begin === undefined && !dataset.temporal ? undefined : { iri: `${folder}#period` },
    'dct:issued': timeOf(issued ?? begin),
    'dct:modified': timeOf(modified),
    'dcat:distribution': DISTRIBUTIONS.map(({ id }) => ({ iri: `${folder}#${id}` })),
  });
  addPeriod(context, entry, folder);
  for (const { id, path, fileType, mediaType } of DISTRIBUTIONS) {
    addDistribution(context, entry, {
      iri: `${folder}#${id}`,
      id,
      address: folder + path,
      fileType,
      mediaType,
    });
  }
}

/** What a dataset and its parts by year have in common. */
export function commonProperties(context: CatalogContext, entry: CatalogEntry): Properties {
  const { base, country } = context;
  const { dataset } = entry;
  const publisher = { iri: publisherIri(context, entry) };
  const contact = contactIri(base, entry);
  return {
    'dct:publisher': publisher,
    'dcatdk:datasetResponsibleOrganisation': country === 'DK' ? publisher : undefined,
    'dcat:contactPoint': contact === undefined ? undefined : { iri: contact },
    'dcat:theme': dataset.themes.map((theme) => ({ iri: themeIri(theme) })),
    'dcat:keyword': keywords(dataset),
    'dct:accessRights': { iri: PUBLIC_ACCESS },
    'dct:accrualPeriodicity': { iri: frequencyIri(dataset) },
    'dcat:temporalResolution': { value: resolutionOf(dataset), type: 'xsd:duration' },
    'dct:language': writtenLanguages(dataset).map((language) => ({ iri: languageIri(language) })),
    'dct:spatial': { iri: spatialIri(context, dataset) },
    'dct:conformsTo': dataset.conformsTo.map((standard) => ({ iri: standard })),
    ...highValueProperties(dataset),
  };
}

/** Of the law on high-value datasets, for datasets, their files and services. */
export function highValueProperties({ highValue }: Dataset): Properties {
  if (highValue === undefined) return {};
  return {
    'dcatap:applicableLegislation': { iri: HIGH_VALUE_LAW },
    'dcatap:hvdCategory': { iri: highValueIri(highValue) },
  };
}

/** A file; its languages are those of its texts. */
export function addDistribution(
  { graph, base, country }: CatalogContext,
  { dataset, modified }: CatalogEntry,
  file: { iri: string; id: string; address: string; fileType: string; mediaType: string },
): void {
  const { 'dcatap:applicableLegislation': legislation } = highValueProperties(dataset);
  const licence = licenceIri(dataset.licence, country);
  graph.add(file.iri, 'dcat:Distribution', {
    'dct:title': everyLanguage(`opendata.distribution.${file.id}`),
    'dct:description': everyLanguage(`opendata.distribution.about_${file.id}`),
    'dcat:accessURL': { iri: file.address },
    'dcat:downloadURL': { iri: file.address },
    'dcat:accessService': file.id === 'json' ? { iri: apiIri(base, dataset) } : undefined,
    'dct:format': { iri: fileTypeIri(file.fileType) },
    'dcat:mediaType': { iri: mediaTypeIri(file.mediaType) },
    'dct:license': { iri: licence },
    'dcatap:availability': { iri: STABLE },
    'dcatap:applicableLegislation': legislation,
    'dct:modified': timeOf(modified),
  });
}

/** The sandbox's mark before each title. */
export function marked({ sandbox }: CatalogEntry, titles: { text: string; language: PublicLanguage }[]) {
  if (!sandbox) return titles;
  return titles.map(({ text, language }) => ({
    text: `${translate(language, 'opendata.sandbox.mark')} ${text}`,
    language,
  }));
}

export function descriptionOf({ dataset, sandbox }: CatalogEntry): Value[] {
  return [...texts(dataset.description), ...(sandbox ? everyLanguage('opendata.sandbox.notice') : [])];
}

/** Of the place by its own IRI or, where it has none, below the dataset; the country where nothing is known. */
export function spatialIri({ base, country }: CatalogContext, { id, spatial }: Dataset): string {
  if (spatial?.iri) return spatial.iri;
  return spatial ? `${folderOf(base, { id })}#place` : countryIri(country);
}

function addLocation(context: CatalogContext, { dataset, box }: CatalogEntry): void {
  const { spatial } = dataset;
  if (!spatial) return;
  context.graph.add(spatialIri(context, dataset), 'dct:Location', {
    'skos:prefLabel': spatial.name ? { value: spatial.name } : undefined,
    ...(box && boxProperties(box)),
  });
}

/** Corners and middle as Well-Known Text; longitude comes first, as CRS 84 has it. */
export function boxProperties({ west, south, east, north }: Box): Properties {
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ].map((corner) => corner.join(' '));
  const middle = [(west + east) / 2, (south + north) / 2].map((degrees) => Number(degrees.toFixed(6)));
  return {
    'dcat:bbox': { value: `POLYGON((${corners.join(', ')}))`, type: 'geosparql:wktLiteral' },
    'dcat:centroid': { value: `POINT(${middle.join(' ')})`, type: 'geosparql:wktLiteral' },
  };
}

function addPeriod(
  { graph }: CatalogContext,
  { dataset, begin, modified }: CatalogEntry,
  folder: string,
): void {
  const { from, to } = dataset.temporal ?? {};
  if (begin === undefined && !dataset.temporal) return;
  const date = (text: string): Value => ({ value: text, type: 'xsd:date' });
  graph.add(`${folder}#period`, 'dct:PeriodOfTime', {
    'dcat:startDate': from === undefined ? timeOf(begin) : date(from),
    'dcat:endDate': to === undefined ? timeOf(modified) : date(to),
  });
}

function ownContact({ contact }: Dataset) {
  if (!contact) return {};
  return { contactEmail: contact.email, ...(contact.name !== undefined && { contactName: contact.name }) };
}

/** Time between values, as ISO 8601. */
export function resolutionOf({ updateMinutes, privacy }: Dataset): string {
  const released = { hour: 'PT1H', day: 'P1D', week: 'P7D', month: 'P1M' };
  return privacy.release ? released[privacy.release.every] : `PT${Math.max(1, Math.round(updateMinutes))}M`;
}

/** Staff's own words and the names of what is measured, in the languages of the dataset's texts. */
function keywords(dataset: Dataset): Value[] {
  return writtenLanguages(dataset).flatMap((language) => {
    const names = dataset.quantities.map((quantity) => QUANTITIES[quantity].labels[languageTag(language)]);
    const words = new Set([...(dataset.keywords?.[language] ?? []), ...names]);
    return [...words].map((text) => ({ text, language }));
  });
}

function writtenLanguages({ title }: { title: Localized }): PublicLanguage[] {
  return texts(title).map(({ language }) => language);
}
