import type { TextLanguage } from '../observation/messages.ts';
import { about, facts, licenceLink } from './about.ts';
import { toCsv } from './csv.ts';
import { publicTable } from './export.ts';
import { toGeoJson } from './geojson.ts';
import { framed, toJson } from './json.ts';
import { cursorWord, type HistoryParameters } from './parameters.ts';
import { toParquet } from './parquet.ts';
import type { Period } from './periods.ts';
import { publicDevices } from './privacy.ts';
import { type Cursor, type Range, readHistory, readPlaces } from './reader.ts';
import type { Body, Content } from './response.ts';
import type { Entry } from './site.ts';
import { spreadsheetDialect } from './spreadsheet.ts';
import { type LongTable, publicColumns, publicPortion } from './table.ts';

/** What the file builders know of a request. */
export interface FileRequest {
  entry: Entry;
  language: TextLanguage;
  /** IANA zone of the clock times in spreadsheets. */
  timeZone: string;
  /** What is to be said once the dataset is withdrawn; nothing of it is sent on from then on. */
  gone?(): Error | undefined;
}

interface Format {
  /** Media type. */
  type: string;
  /** Read by programs as it comes; the others are saved as a file. */
  isInline?: boolean;
  /** Its texts are in the visitor's language. */
  hasLanguage?: boolean;
  /** There may be too much of it for one answer, so that it comes in pages unless a period is asked for. */
  isPaged?: boolean;
  /** `next`: address of the next page, null if there is none. */
  make(table: LongTable, file: FileRequest, sandbox: boolean, next: string | null): Pieces;
}

type Pieces = AsyncGenerator<string> | AsyncGenerator<Uint8Array>;

/** Ending of an address -> what is served there: `data.<ending>`, `2026/11/20.<ending>`. */
export const FORMATS = {
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    make: (table) => toCsv(table),
  },
  'spreadsheet.csv': {
    type: 'text/csv; charset=utf-8; header=present',
    hasLanguage: true,
    make: (table, file) => toCsv(table, spreadsheetDialect(file)),
  },
  json: {
    type: 'application/json; charset=utf-8',
    isInline: true,
    hasLanguage: true,
    isPaged: true,
    make: (table, { entry, language }, sandbox, next) =>
      toJson(table, framed(about(entry, language, sandbox), 'rows', { next })),
  },
  geojson: {
    type: 'application/geo+json; charset=utf-8',
    isInline: true,
    hasLanguage: true,
    isPaged: true,
    make: (table, { entry, language }, sandbox, next) => {
      const places = readPlaces(entry.dataset, entry.sources);
      return toGeoJson(table, about(entry, language, sandbox), places, { next });
    },
  },
  parquet: {
    type: 'application/vnd.apache.parquet',
    hasLanguage: true,
    make: (table, { entry, language }, sandbox) => toParquet(table, facts(entry, language, sandbox)),
  },
} as const satisfies Record<string, Format>;
export type FormatId = keyof typeof FORMATS;

/** Rows on a page, if nobody says how many. */
export const DEFAULT_LIMIT = 1000;

/** Seconds that caches may keep a file, by whether its period is over for good; one that is withdrawn must go. */
const KEPT = { open: 300, settled: 86_400 };

/** History in a format: one page if `limit` or `cursor` is given or the format comes in pages, else everything, streamed. */
export async function historyFile(
  format: FormatId,
  file: FileRequest,
  parameters: HistoryParameters,
  query: URLSearchParams,
): Promise<Content> {
  const { limit, cursor, ...range } = parameters;
  const isPage = limit !== undefined || cursor !== undefined || isPaged(format);
  if (!isPage) return streamed(format, file, range, file.entry.dataset.id);
  const { dataset, sources } = file.entry;
  const page = await readHistory(dataset, sources, { ...parameters, limit: limit ?? DEFAULT_LIMIT });
  const columns = publicColumns({ ...dataset, quantities: range.quantities ?? dataset.quantities });
  const portions = (async function* () {
    yield publicPortion(columns, page.rows);
  })();
  const next = page.next ? nextPage(`data.${format}`, query, page.next) : null;
  const body = await whole(FORMATS[format].make({ columns, portions }, file, page.sandbox, next));
  return {
    ...described(format, file, dataset.id, page.sandbox, next),
    maxAge: KEPT.open,
    body,
  };
}

/** Everything of a day, month or year (UTC), streamed. What is `settled` does not change any more, as far as is known. */
export async function periodFile(
  format: FormatId,
  file: FileRequest,
  { name, from, to }: Period,
  settled: boolean,
): Promise<Content> {
  const content = await streamed(format, file, { from, to }, `${file.entry.dataset.id}-${name}`);
  return settled ? { ...content, maxAge: KEPT.settled, isSettled: true } : content;
}

export function isPaged(format: FormatId): boolean {
  return (FORMATS[format] as Format).isPaged === true;
}

async function streamed(format: FormatId, file: FileRequest, range: Range, name: string): Promise<Content> {
  const { dataset, sources } = file.entry;
  const { sandbox } = publicDevices(dataset, sources.devices());
  const pieces = FORMATS[format].make(publicTable(dataset, sources, range), file, sandbox, null);
  return {
    ...described(format, file, name, sandbox, null),
    maxAge: KEPT.open,
    body: await started(pieces, file),
  };
}

/** Headers of a file: what it is called, how it may be used, where it is described and where it goes on. */
function described(
  format: FormatId,
  { entry }: FileRequest,
  name: string,
  sandbox: boolean,
  next: string | null,
): Pick<Content, 'type' | 'headers' | 'vary'> {
  const { type, isInline, hasLanguage }: Format = FORMATS[format];
  const links = [
    licenceLink(entry.dataset),
    ...(format === 'csv'
      ? ['<data.csv-metadata.json>; rel="describedby"; type="application/csvm+json"']
      : []),
    ...(next === null ? [] : [`<${next}>; rel="next"`]),
  ];
  const saved = `attachment; filename="${name}${sandbox ? '-sandbox' : ''}.${format}"`;
  return {
    type,
    headers: { Link: links.join(', '), ...(!isInline && { 'Content-Disposition': saved }) },
    ...(hasLanguage && { vary: 'Accept-Language' }),
  };
}

/** Bytes up to which a file is made before it is sent: then it has a length, a tag, and parts. */
const MOST_WHOLE = 1_000_000;

/**
 * A short file as a whole; of a long one the stream, with its first parts already made, so that a database that is away
 * is known before anything was sent. Whoever leaves the stream, even before it begins, ends the reading.
 */
async function started(stream: AsyncGenerator<string | Uint8Array>, { gone }: FileRequest): Promise<Body> {
  const made: Uint8Array[] = [];
  let length = 0;
  while (length <= MOST_WHOLE) {
    const { done, value } = await stream.next();
    if (done) return Buffer.concat(made);
    made.push(Buffer.from(value as Uint8Array));
    length += value.length;
  }
  const iterator: AsyncIterator<string | Uint8Array> = {
    async next() {
      const reason = gone?.();
      if (reason) {
        await stream.return(undefined);
        throw reason;
      }
      const value = made.shift();
      return value ? { done: false, value } : stream.next();
    },
    return: (value) => stream.return(value),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function whole(pieces: Pieces): Promise<string | Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(all);
}

/** Relative address of the next page: the same request from where this one ended. */
function nextPage(file: string, query: URLSearchParams, next: Cursor): string {
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursorWord(next));
  return `${file}?${parameters}`;
}
