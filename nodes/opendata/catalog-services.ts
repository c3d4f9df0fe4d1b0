import { commonProperties, highValueProperties } from './catalog-dataset.ts';
import {
  apiIri,
  type CatalogContext,
  type CatalogEntry,
  datasetIri,
  everyLanguage,
  folderOf,
  ownerIri,
  sensorThingsIri,
  texts,
} from './catalog-parts.ts';
import { licenceIri, PUBLIC_ACCESS, SENSING, themeIri } from './vocabularies.ts';

/** The JSON of one dataset as a service: pages, periods, places and quantities by parameters. */
export function addApi(context: CatalogContext, entry: CatalogEntry): void {
  const { graph, base, country } = context;
  const { dataset } = entry;
  const folder = folderOf(base, dataset);
  const common = commonProperties(context, entry);
  graph.add(apiIri(base, dataset), 'dcat:DataService', {
    'dct:title': texts(dataset.title).map(({ text, language }) => ({ text: `${text} (JSON API)`, language })),
    'dct:description': everyLanguage('opendata.catalogue.api'),
    'dct:identifier': { value: apiIri(base, dataset) },
    'dcat:endpointURL': { iri: `${folder}data.json` },
    'dcat:endpointDescription': { iri: `${folder}datapackage.json` },
    'dcat:servesDataset': { iri: datasetIri(base, dataset) },
    'dct:publisher': common['dct:publisher'],
    'dcat:contactPoint': common['dcat:contactPoint'],
    'dcat:theme': common['dcat:theme'],
    'dcat:keyword': common['dcat:keyword'],
    'dct:conformsTo': { iri: 'https://www.rfc-editor.org/rfc/rfc8259' },
    'dct:license': { iri: licenceIri(dataset.licence, country) },
    'dct:accessRights': { iri: PUBLIC_ACCESS },
    ...highValueProperties(dataset),
  });
}

/** The SensorThings API, which serves all datasets. */
export function addSensorThings(context: CatalogContext, entries: readonly CatalogEntry[]): void {
  const { graph, base } = context;
  const themes = new Set(entries.flatMap(({ dataset }) => dataset.themes));
  const highValue = entries.flatMap(({ dataset }) => (dataset.highValue ? [dataset] : []));
  const [legal] = highValue;
  const hasContact = context.owner.contactEmail ?? context.owner.contactPage;
  graph.add(sensorThingsIri(base), 'dcat:DataService', {
    'dct:title': everyLanguage('opendata.catalogue.sensorthings'),
    'dct:description': everyLanguage('opendata.catalogue.about_sensorthings'),
    'dct:identifier': { value: sensorThingsIri(base) },
    'dcat:endpointURL': { iri: `${base}sensorthings/v1.1` },
    // The root of such a service lists what there is and which parts of the standard it has.
    'dcat:endpointDescription': { iri: `${base}sensorthings/v1.1` },
    'dcat:servesDataset': entries.map(({ dataset }) => ({ iri: datasetIri(base, dataset) })),
    'dct:publisher': { iri: ownerIri(base) },
    'dcat:contactPoint': hasContact ? { iri: `${base}catalog#contact` } : undefined,
    'dcat:theme': [...themes].map((theme) => ({ iri: themeIri(theme) })),
    'dcat:keyword': everyLanguage('opendata.catalogue.sensors'),
    'dct:conformsTo': { iri: SENSING },
    'dct:accessRights': { iri: PUBLIC_ACCESS },
    ...(legal && highValueProperties(legal)),
  });
}
