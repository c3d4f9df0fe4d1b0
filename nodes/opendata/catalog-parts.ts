/** What all parts of a catalogue are made of. */
import { PUBLIC_LANGUAGES, type PublicLanguage, translate } from '../observation/messages.ts';
import type { Box, Country, Dataset, Publisher } from './dataset.ts';
import type { Localized } from './localized.ts';
import type { Graph, Value } from './rdf.ts';
import type { Entry } from './site.ts';

/** A dataset with what the store knows of it. Times in ms since 1970 UTC. */
export interface CatalogEntry extends Entry {
  sandbox: boolean;
  /** First and newest phenomenon time; absent while there are no data. */
  begin?: number;
  modified?: number;
  /** When it was published. */
  issued?: number;
  /** Where its places are. */
  box?: Box;
}

export interface CatalogContext {
  graph: Graph;
  owner: Publisher;
  /** Address of the overview, with the final slash. */
  base: string;
  /** Whose profile it follows. */
  country: Country;
}

/** Files of each dataset: address, EU file type, IANA media type; `yearly` if there is one per year, too. */
export const DISTRIBUTIONS = [
  { id: 'csv', path: 'data.csv', fileType: 'CSV', mediaType: 'text/csv', yearly: 'csv' },
  {
    id: 'spreadsheet',
    path: 'data.spreadsheet.csv',
    fileType: 'CSV',
    mediaType: 'text/csv',
    yearly: 'spreadsheet.csv',
  },
  { id: 'json', path: 'data.json', fileType: 'JSON', mediaType: 'application/json', yearly: 'json' },
  {
    id: 'geojson',
    path: 'data.geojson',
    fileType: 'GEOJSON',
    mediaType: 'application/geo+json',
    yearly: 'geojson',
  },
  {
    id: 'parquet',
    path: 'data.parquet',
    fileType: 'PARQUET',
    mediaType: 'application/vnd.apache.parquet',
    yearly: 'parquet',
  },
  {
    id: 'latest',
    path: 'latest.json',
    fileType: 'JSON',
    mediaType: 'application/json',
    yearly: undefined,
  },
] as const;

export function folderOf(base: string, { id }: Pick<Dataset, 'id'>): string {
  return `${base}${id}/`;
}

export function datasetIri(base: string, dataset: Pick<Dataset, 'id'>): string {
  return `${folderOf(base, dataset)}#dataset`;
}

export function yearIri(base: string, dataset: Pick<Dataset, 'id'>, year: number): string {
  return `${folderOf(base, dataset)}#year-${year}`;
}

export function seriesIri(base: string, dataset: Pick<Dataset, 'id'>): string {
  return `${folderOf(base, dataset)}#years`;
}

/** The API of one dataset: its JSON files with their parameters. */
export function apiIri(base: string, dataset: Pick<Dataset, 'id'>): string {
  return `${folderOf(base, dataset)}#api`;
}

/** The SensorThings API of all datasets. */
export function sensorThingsIri(base: string): string {
  return `${base}sensorthings#service`;
}

/** Of the publisher of a dataset, which may be another than that of the catalogue. */
export function publisherIri(
  { owner, base }: Pick<CatalogContext, 'owner' | 'base'>,
  { publisher, dataset }: Entry,
): string {
  return publisher.name === owner.name ? ownerIri(base) : `${folderOf(base, dataset)}#publisher`;
}

export function ownerIri(base: string): string {
  return `${base}catalog#publisher`;
}

/** Where those can write who have a question about a dataset; undefined if nobody said. */
export function contactIri(base: string, { dataset, publisher }: Entry): string | undefined {
  const hasContact = dataset.contact ?? publisher.contactEmail ?? publisher.contactPage;
  return hasContact === undefined ? undefined : `${folderOf(base, dataset)}#contact`;
}

/** Years (UTC) of which a dataset has values, oldest first. */
export function yearsOf({ begin, modified }: CatalogEntry): number[] {
  if (begin === undefined || modified === undefined) return [];
  const first = new Date(begin).getUTCFullYear();
  return Array.from({ length: new Date(modified).getUTCFullYear() - first + 1 }, (_, index) => first + index);
}

/** A text of the message catalog in all public languages. */
export function everyLanguage(key: string, parameters?: Record<string, string | number>) {
  return PUBLIC_LANGUAGES.map((language) => ({ text: translate(language, key, parameters), language }));
}

/** A text that staff wrote, in the languages in which they did. */
export function texts(written: Localized): { text: string; language: PublicLanguage }[] {
  return PUBLIC_LANGUAGES.flatMap((language) => {
    const text = written[language];
    return text === undefined ? [] : [{ text, language }];
  });
}

export function timeOf(time: number | undefined): Value | undefined {
  return time === undefined ? undefined : { value: new Date(time).toISOString(), type: 'xsd:dateTime' };
}
