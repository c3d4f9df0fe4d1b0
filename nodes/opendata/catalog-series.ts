import { translate } from '../observation/messages.ts';
import { addDistribution, commonProperties, descriptionOf, marked } from './catalog-dataset.ts';
import {
  type CatalogContext,
  type CatalogEntry,
  contactIri,
  DISTRIBUTIONS,
  folderOf,
  publisherIri,
  seriesIri,
  texts,
  timeOf,
  yearIri,
  yearsOf,
} from './catalog-parts.ts';
import type { Value } from './rdf.ts';
import { frequencyIri } from './vocabularies.ts';

/** The years of a dataset as a series (DCAT 3): each year is a dataset with files of its own, after the one before. */
export function addSeries(context: CatalogContext, entry: CatalogEntry): void {
  const years = yearsOf(entry);
  const [first, last] = [years[0], years.at(-1)];
  if (first === undefined || last === undefined) return;
  const { graph, base } = context;
  const { dataset, begin, modified, issued } = entry;
  const contact = contactIri(base, entry);
  const { 'dct:spatial': spatial, 'dcatap:applicableLegislation': legislation } = commonProperties(
    context,
    entry,
  );
  graph.add(seriesIri(base, dataset), 'dcat:DatasetSeries', {
    'dct:title': inYears(entry, 'opendata.catalogue.series'),
    'dct:description': descriptionOf(entry),
    'dct:publisher': { iri: publisherIri(context, entry) },
    'dcat:contactPoint': contact === undefined ? undefined : { iri: contact },
    'dct:accrualPeriodicity': { iri: frequencyIri(dataset) },
    'dct:spatial': spatial,
    'dct:temporal': { iri: `${folderOf(base, dataset)}#period` },
    'dcatap:applicableLegislation': legislation,
    'dcat:first': { iri: yearIri(base, dataset, first) },
    'dcat:last': { iri: yearIri(base, dataset, last) },
    'dct:issued': timeOf(issued ?? begin),
    'dct:modified': timeOf(modified),
  });
  for (const year of years) addYear(context, entry, year, year > first ? year - 1 : undefined);
}

function addYear(
  context: CatalogContext,
  entry: CatalogEntry,
  year: number,
  previous: number | undefined,
): void {
  const { graph, base } = context;
  const { dataset, begin = 0, modified = 0 } = entry;
  const folder = folderOf(base, dataset);
  const iri = yearIri(base, dataset, year);
  const [from, to] = [Date.UTC(year), Date.UTC(year + 1) - 1];
  const files = DISTRIBUTIONS.flatMap(({ yearly, ...file }) => (yearly ? [{ ...file, yearly }] : []));
  graph.add(iri, 'dcat:Dataset', {
    ...commonProperties(context, entry),
    'dct:title': inYears(entry, 'opendata.catalogue.year', year),
    'dct:description': descriptionOf(entry),
    'dct:identifier': { value: iri },
    'dcat:landingPage': { iri: folder },
    'dct:temporal': { iri: `${iri}-period` },
    'dct:issued': timeOf(Math.max(begin, from)),
    'dct:modified': timeOf(Math.min(modified, to)),
    'dcat:inSeries': { iri: seriesIri(base, dataset) },
    'dcat:prev': previous === undefined ? undefined : { iri: yearIri(base, dataset, previous) },
    'dcat:distribution': files.map(({ id }) => ({ iri: `${iri}-${id}` })),
  });
  graph.add(`${iri}-period`, 'dct:PeriodOfTime', {
    'dcat:startDate': timeOf(Math.max(begin, from)),
    'dcat:endDate': timeOf(Math.min(modified, to)),
  });
  for (const { id, yearly, fileType, mediaType } of files) {
    const address = `${folder}${year}.${yearly}`;
    addDistribution(context, entry, { iri: `${iri}-${id}`, id, address, fileType, mediaType });
  }
}

/** The dataset's title with words around it, in its own languages. */
function inYears(entry: CatalogEntry, key: string, year = 0): Value[] {
  const titles = texts(entry.dataset.title).map(({ text, language }) => ({
    text: translate(language, key, { title: text, year: String(year) }),
    language,
  }));
  return marked(entry, titles);
}
