import { languageTag, type PublicLanguage } from '../observation/messages.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import type { CatalogEntry } from './catalog.ts';
import { DISTRIBUTIONS } from './catalog.ts';
import { type Box, LICENCES, type Publisher } from './dataset.ts';
import { inLanguage } from './localized.ts';

/**
 * A dataset as search engines for data want it in a page (schema.org/Dataset, JSON-LD). `base` is the address of the
 * overview, with the final slash.
 */
export function datasetJsonLd(entry: CatalogEntry, language: PublicLanguage, base: string): object {
  const { dataset, publisher, begin, modified, issued, box, sandbox } = entry;
  const folder = `${base}${dataset.id}/`;
  return {
    '@context': 'https://schema.org/',
    '@type': 'Dataset',
    '@id': `${folder}#dataset`,
    name: inLanguage(dataset.title, language),
    // Search engines leave out datasets that are described in fewer than fifty characters.
    description: described(entry, language),
    url: folder,
    identifier: `${folder}#dataset`,
    license: LICENCES[dataset.licence].page,
    isAccessibleForFree: true,
    creativeWorkStatus: sandbox ? 'Draft' : 'Published',
    inLanguage: languageTag(language),
    keywords: [
      ...(dataset.keywords?.[language] ?? []),
      ...dataset.quantities.map((quantity) => QUANTITIES[quantity].labels[languageTag(language)]),
    ],
    creator: organisation(publisher),
    publisher: organisation(publisher),
    includedInDataCatalog: {
      '@type': 'DataCatalog',
      '@id': `${base}catalog`,
      name: publisher.name,
      url: base,
    },
    variableMeasured: dataset.quantities.map((quantity) => ({
      '@type': 'PropertyValue',
      name: QUANTITIES[quantity].labels[languageTag(language)],
      propertyID: quantity,
      unitText: QUANTITIES[quantity].unit,
    })),
    ...(dataset.method && { measurementTechnique: inLanguage(dataset.method, language) }),
    ...(begin !== undefined && { temporalCoverage: `${new Date(begin).toISOString()}/..` }),
    ...(issued !== undefined && { datePublished: new Date(issued).toISOString() }),
    ...(modified !== undefined && { dateModified: new Date(modified).toISOString() }),
    ...((dataset.spatial || box) && { spatialCoverage: placeOf(dataset.spatial, box) }),
    distribution: DISTRIBUTIONS.map(({ path, mediaType }) => ({
      '@type': 'DataDownload',
      encodingFormat: mediaType,
      contentUrl: `${folder}${path}`,
    })),
  };
}

function described({ dataset, publisher }: CatalogEntry, language: PublicLanguage): string {
  const text = inLanguage(dataset.description, language);
  return text.length >= 50
    ? text
    : `${text} ${inLanguage(dataset.title, language)}, ${publisher.name}, ${dataset.id}.`;
}

function organisation({ name, homepage, contactEmail }: Publisher) {
  const contactPoint = { '@type': 'ContactPoint', contactType: 'data', email: contactEmail };
  return {
    '@type': 'GovernmentOrganization',
    name,
    ...(homepage && { url: homepage }),
    ...(contactEmail && { contactPoint }),
  };
}

function placeOf(spatial: CatalogEntry['dataset']['spatial'], box: Box | undefined) {
  return {
    '@type': 'Place',
    ...(spatial?.name && { name: spatial.name }),
    ...(spatial?.iri && { sameAs: spatial.iri }),
    // South, west, north, east: here latitude comes first.
    ...(box && {
      geo: { '@type': 'GeoShape', box: [box.south, box.west, box.north, box.east].join(' ') },
    }),
  };
}
