import { quantityLabel } from '../observation/labels.ts';
import { languageTag, type TextLanguage, translate } from '../observation/messages.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import { type Dataset, LICENCES } from './dataset.ts';
import { inLanguage } from './localized.ts';
import type { Content } from './response.ts';
import type { Entry } from './site.ts';
import { type Column, isFlagColumn, publicColumns } from './table.ts';

/** What JSON files say of the dataset. Units are UCUM codes. */
export function about({ dataset, publisher }: Entry, language: TextLanguage, sandbox: boolean) {
  return {
    dataset: dataset.id,
    language: languageTag(language),
    title: inLanguage(dataset.title, language),
    publisher: publisher.name,
    licence: LICENCES[dataset.licence].page,
    sandbox,
    ...(sandbox && { notice: translate(language, 'opendata.sandbox.notice') }),
    columns: publicColumns(dataset).map((column) => ({
      name: column.name,
      description: descriptionOf(column, language),
      ...unitOf(column),
    })),
  };
}

/** The same as plain facts, for the metadata of a file that has no other place for them. */
export function facts(entry: Entry, language: TextLanguage, sandbox: boolean): Record<string, string> {
  const { columns, ...rest } = about(entry, language, sandbox);
  const plain = Object.entries(rest).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(plain), columns: JSON.stringify(columns) };
}

/** The address of the licence, for the Link header of every file (RFC 4946). */
export function licenceLink({ licence }: Dataset): string {
  return `<${LICENCES[licence].page}>; rel="license"`;
}

/** The CSV file's columns, types and units after "Metadata Vocabulary for Tabular Data" (CSV on the Web). */
export function csvMetadata({ dataset }: Entry): Content {
  const columns = publicColumns(dataset).map((column) => ({
    name: column.name,
    titles: column.name,
    'dc:description': (['nb', 'en'] as const).map((language) => ({
      '@value': descriptionOf(column, language),
      '@language': language,
    })),
    datatype: datatypeOf(column),
    ...(unitOf(column) && { 'schema:unitText': unitOf(column)?.unit }),
  }));
  const content = {
    '@context': 'http://www.w3.org/ns/csvw',
    url: 'data.csv',
    'dc:license': { '@id': LICENCES[dataset.licence].page },
    tableSchema: { columns },
  };
  return { type: 'application/csvm+json; charset=utf-8', maxAge: 3600, body: JSON.stringify(content) };
}

function descriptionOf(column: Column, language: TextLanguage): string {
  const { name, quantity } = column;
  if (quantity === undefined) return translate(language, `opendata.column.${name}`);
  const label = quantityLabel(quantity, language);
  return isFlagColumn(column) ? translate(language, 'opendata.column.quality', { label }) : label;
}

/** UCUM; undefined for what has none. */
function unitOf(column: Column): { unit: string } | undefined {
  const { type, quantity } = column;
  return type === 'number' && quantity !== undefined && !isFlagColumn(column)
    ? { unit: QUANTITIES[quantity].unit }
    : undefined;
}

const DATATYPES = {
  time: { base: 'dateTimeStamp' },
  text: 'string',
  number: 'number',
  boolean: 'boolean',
} as const;

function datatypeOf(column: Column): unknown {
  return isFlagColumn(column) ? 'integer' : DATATYPES[column.type];
}
