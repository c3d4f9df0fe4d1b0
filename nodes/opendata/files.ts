import { type Language, languageTag, translate } from '../observation/messages.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import { LICENCES } from './dataset.ts';
import { csvHeader, csvLines, publicTable, withIsoTime } from './export.ts';
import { inLanguage } from './localized.ts';
import { cursorWord, type HistoryParameters } from './parameters.ts';
import { type PublicRow, publicDevices } from './privacy.ts';
import { type Cursor, readAll, readHistory, readLatest } from './reader.ts';
import type { Content } from './response.ts';
import type { Entry } from './site.ts';

/** What the file builders know of a request. */
export interface FileRequest {
  language: Language;
  query: URLSearchParams;
  parameters: HistoryParameters;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV_TYPE = 'text/csv; charset=utf-8; header=present';
/** Rows on a page, if nobody says how many. */
export const DEFAULT_LIMIT = 1000;

/** History as RFC 4180 text: one page if `limit` or `cursor` is given, else everything in the range, streamed. */
export async function csvFile(entry: Entry, { parameters, query }: FileRequest): Promise<Content> {
  const { dataset, sources } = entry;
  const { sandbox } = publicDevices(dataset, sources.devices());
  const headers = {
    'Content-Disposition': `attachment; filename="${dataset.id}${sandbox ? '-sandbox' : ''}.csv"`,
  };
  const described = '<data.csv-metadata.json>; rel="describedby"; type="application/csvm+json"';
  const { limit, cursor, ...range } = parameters;
  if (limit === undefined && !cursor) {
    const body = await started(csvStream(entry, readAll(dataset, sources, range)));
    return { type: CSV_TYPE, maxAge: 300, body, headers: { ...headers, Link: described } };
  }
  const page = await readHistory(dataset, sources, { ...parameters, limit: limit ?? DEFAULT_LIMIT });
  const table = publicTable(dataset.quantities, page.rows);
  const link = page.next
    ? `${described}, <${nextPage('data.csv', query, page.next)}>; rel="next"`
    : described;
  return {
    type: CSV_TYPE,
    maxAge: 300,
    modified: page.rows.at(-1)?.time,
    body: csvHeader(table.columns) + csvLines(table),
    headers: { ...headers, Link: link },
  };
}

/** One page of history as JSON, with the columns' units and the address of the next page. */
export async function jsonFile(entry: Entry, { language, parameters, query }: FileRequest): Promise<Content> {
  const { dataset, sources } = entry;
  const limit = parameters.limit ?? DEFAULT_LIMIT;
  const { rows, next, sandbox } = await readHistory(dataset, sources, { ...parameters, limit });
  const address = next && nextPage('data.json', query, next);
  const content = {
    ...about(entry, language, sandbox),
    rows: publicTable(dataset.quantities, rows).rows.map(withIsoTime),
    next: address ?? null,
  };
  return {
    type: JSON_TYPE,
    maxAge: 300,
    modified: rows.at(-1)?.time,
    vary: 'Accept-Language',
    body: JSON.stringify(content),
    ...(address && { headers: { Link: `<${address}>; rel="next"` } }),
  };
}

/** The newest value of each quantity at each place, each with its own time. */
export async function latestFile(entry: Entry, { language }: FileRequest): Promise<Content> {
  const { places, sandbox } = await readLatest(entry.dataset, entry.sources);
  const times = places.flatMap(({ time }) => time ?? []);
  const content = {
    ...about(entry, language, sandbox),
    places: places.map(({ place, values }) => ({
      place,
      values: Object.fromEntries(
        Object.entries(values).map(([quantity, { value, time }]) => [
          quantity,
          { value, time: new Date(time).toISOString() },
        ]),
      ),
    })),
  };
  return {
    type: JSON_TYPE,
    maxAge: 60,
    modified: times.length > 0 ? Math.max(...times) : undefined,
    vary: 'Accept-Language',
    body: JSON.stringify(content),
  };
}

/** The CSV file's columns, types and units after "Metadata Vocabulary for Tabular Data" (CSV on the Web). */
export function csvMetadata({ dataset }: Entry): Content {
  const columns = [
    { name: 'time', titles: 'time', datatype: { base: 'dateTimeStamp' } },
    { name: 'place', titles: 'place', datatype: 'string' },
    ...dataset.quantities.map((quantity) => {
      const { unit, valueType, labels } = QUANTITIES[quantity];
      return {
        name: quantity,
        titles: quantity,
        'dc:description': [
          { '@value': labels.nb, '@language': 'nb' },
          { '@value': labels.en, '@language': 'en' },
        ],
        datatype: valueType,
        ...(valueType === 'number' && { 'schema:unitText': unit }),
      };
    }),
  ];
  const content = {
    '@context': 'http://www.w3.org/ns/csvw',
    url: 'data.csv',
    'dc:license': { '@id': LICENCES[dataset.licence].page },
    tableSchema: { columns },
  };
  return { type: 'application/csvm+json; charset=utf-8', maxAge: 3600, body: JSON.stringify(content) };
}

/** What both JSON files say of the dataset. Units are UCUM codes. */
function about({ dataset, publisher }: Entry, language: Language, sandbox: boolean) {
  return {
    dataset: dataset.id,
    language: languageTag(language),
    title: inLanguage(dataset.title, language),
    publisher: publisher.name,
    licence: LICENCES[dataset.licence].page,
    sandbox,
    ...(sandbox && { notice: translate(language, 'opendata.sandbox.notice') }),
    columns: [
      { name: 'time', description: translate(language, 'opendata.column.time') },
      { name: 'place', description: translate(language, 'opendata.column.place') },
      ...dataset.quantities.map((quantity) => ({
        name: quantity,
        description: inLanguage(QUANTITIES[quantity].labels, language),
        unit: QUANTITIES[quantity].unit,
      })),
    ],
  };
}

async function* csvStream({ dataset }: Entry, pages: AsyncIterable<PublicRow[]>): AsyncGenerator<string> {
  let header = csvHeader(publicTable(dataset.quantities, []).columns);
  for await (const rows of pages) {
    yield header + csvLines(publicTable(dataset.quantities, rows));
    header = '';
  }
}

/** The stream with its first part already made, so that a database that is away is known before anything was sent. */
async function started(stream: AsyncGenerator<string>): Promise<AsyncIterable<string>> {
  const first = await stream.next();
  return (async function* () {
    if (!first.done) yield first.value;
    yield* stream;
  })();
}

/** Relative address of the next page: the same request from where this one ended. */
function nextPage(file: string, query: URLSearchParams, next: Cursor): string {
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursorWord(next));
  return `${file}?${parameters}`;
}
