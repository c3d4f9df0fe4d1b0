/** The catalogue after DCAT-AP 3.0.1 and its Norwegian, Swedish and Danish profiles. */

import { PUBLIC_LANGUAGES } from '../observation/messages.ts';
import { addAuthorities } from './catalog-authorities.ts';
import { addDataset } from './catalog-dataset.ts';
import {
  apiIri,
  type CatalogContext,
  type CatalogEntry,
  datasetIri,
  everyLanguage,
  ownerIri,
  sensorThingsIri,
  texts,
  timeOf,
  yearIri,
  yearsOf,
} from './catalog-parts.ts';
import { addAgent, addContact } from './catalog-people.ts';
import { addSeries } from './catalog-series.ts';
import { addApi, addSensorThings } from './catalog-services.ts';
import { type Country, LICENCES, type Publisher } from './dataset.ts';
import { Graph } from './rdf.ts';
import { AUTHORITY, countryIri, languageIri } from './vocabularies.ts';

export { type CatalogEntry, DISTRIBUTIONS } from './catalog-parts.ts';

/** `base` is the address of the overview, with the final slash; `country` chooses the profile. */
export function catalogGraph(
  entries: readonly CatalogEntry[],
  owner: Publisher,
  base: string,
  country: Country = owner.country,
): Graph {
  const context: CatalogContext = { graph: new Graph(), owner, base, country };
  addCatalog(context, entries);
  addAgent(context, owner, ownerIri(base));
  addAuthorities(context, entries);
  if (entries.length > 0) addSensorThings(context, entries);
  for (const entry of entries) {
    addDataset(context, entry);
    addSeries(context, entry);
    addApi(context, entry);
  }
  return context.graph;
}

function addCatalog({ graph, owner, base, country }: CatalogContext, entries: readonly CatalogEntry[]): void {
  const { name, title, description } = owner;
  const issued = entries.flatMap(({ issued: time, begin }) => time ?? begin ?? []);
  const modified = entries.flatMap(({ modified: time }) => time ?? []);
  const contact = `${base}catalog#contact`;
  const hasContact = addContact(graph, owner, contact);
  graph.add(`${base}catalog`, 'dcat:Catalog', {
    'dct:title': title ? texts(title) : everyLanguage('opendata.catalogue.title', { publisher: name }),
    'dct:description': description
      ? texts(description)
      : everyLanguage('opendata.catalogue.description', { publisher: name }),
    'dct:identifier': { value: `${base}catalog` },
    'dct:publisher': { iri: ownerIri(base) },
    'dcat:contactPoint': hasContact ? { iri: contact } : undefined,
    'dct:language': PUBLIC_LANGUAGES.map((language) => ({ iri: languageIri(language) })),
    'foaf:homepage': { iri: base },
    'dct:license': { iri: LICENCES.CC0.iri },
    'dct:spatial': { iri: countryIri(country) },
    'dcat:themeTaxonomy': { iri: `${AUTHORITY}data-theme` },
    'dcat:dataset': entries.flatMap((entry) => [
      { iri: datasetIri(base, entry.dataset) },
      ...yearsOf(entry).map((year) => ({ iri: yearIri(base, entry.dataset, year) })),
    ]),
    'dcat:service':
      entries.length === 0
        ? undefined
        : [sensorThingsIri(base), ...entries.map(({ dataset }) => apiIri(base, dataset))].map((iri) => ({
            iri,
          })),
    'dct:issued': issued.length > 0 ? timeOf(Math.min(...issued)) : undefined,
    'dct:modified': modified.length > 0 ? timeOf(Math.max(...modified)) : undefined,
  });
  graph.add(base, 'foaf:Document', {});
}
