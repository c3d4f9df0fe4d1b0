import { ConnectionError } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import { catalogGraph } from './catalog.ts';
import { describeEntries } from './catalog-entries.ts';
import type { Publisher } from './dataset.ts';
import { datasetPage } from './dataset-page.ts';
import { csvFile, csvMetadata, DEFAULT_LIMIT, type FileRequest, jsonFile, latestFile } from './files.ts';
import { negotiate, preferredLanguage } from './negotiation.ts';
import { overviewPage, problemPage } from './overview-page.ts';
import { historyParameters, RequestError } from './parameters.ts';
import { type Content, failure, moved, type PublicResponse, preflight, success } from './response.ts';
import type { Entry, Site } from './site.ts';

/** A request for something below `opendata/`. */
export interface PublicRequest {
  method: string;
  /** What follows `opendata`, for example `/ski-trail/data.csv`. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Address of the overview as the visitor sees it, with the final slash; a publisher's own address goes before it. */
  base: string;
}

export interface SiteOptions {
  /** IANA zone of the clock times on pages. */
  timeZone: string;
  /** Publisher named while no dataset is published. */
  fallback: Publisher;
  /** ms since 1970 UTC. */
  now(): number;
}

interface Context extends PublicRequest {
  site: Site;
  options: SiteOptions;
  owner: Publisher;
  language: Language;
}

const HTML = 'text/html; charset=utf-8';
const JSON_LD = 'application/ld+json';
const TURTLE = 'text/turtle; charset=utf-8';

const SITE_ROUTES: Readonly<Record<string, (context: Context) => Promise<Content>>> = {
  '/': overview,
  '/catalog': negotiatedCatalog,
  '/catalog.ttl': (context) => catalog(context, 'turtle'),
  '/catalog.jsonld': (context) => catalog(context, 'json-ld'),
};

const DATASET_ROUTES: Readonly<Record<string, (entry: Entry, context: Context) => Promise<Content>>> = {
  '': citizenPage,
  'data.csv': (entry, context) => csvFile(entry, historyRequest(context)),
  'data.json': historyPage,
  'latest.json': latestValues,
  'data.csv-metadata.json': async (entry) => csvMetadata(entry),
};

/** Answers a request for open data. Never throws: what goes wrong becomes a page or a JSON answer with a sentence. */
export async function answer(
  request: PublicRequest,
  site: Site,
  options: SiteOptions,
): Promise<PublicResponse> {
  const owner = site.list()[0]?.publisher ?? options.fallback;
  const language = preferredLanguage(
    request.query.get('lang'),
    request.headers['accept-language'],
    owner.language,
  );
  const context: Context = { ...request, base: baseOf(owner, request), site, options, owner, language };
  try {
    return await dispatch(context);
  } catch (error) {
    return problem(error, context);
  }
}

async function dispatch(context: Context): Promise<PublicResponse> {
  const { method, path, site, headers } = context;
  if (method === 'OPTIONS') return preflight();
  if (method !== 'GET' && method !== 'HEAD') {
    return refusal(405, new RequestError({ key: 'opendata.request.method' }), context);
  }
  const ifNoneMatch = headers['if-none-match'];
  const siteRoute = ownProperty(SITE_ROUTES, path);
  if (siteRoute) return success(await siteRoute(context), ifNoneMatch);
  const [, id = '', file] = /^\/([^/]+)(?:\/(.*))?$/.exec(path) ?? [];
  const entry = site.get(id);
  const datasetRoute = ownProperty(DATASET_ROUTES, file ?? '');
  if (!entry || !datasetRoute)
    return refusal(404, new RequestError({ key: 'opendata.request.not_found' }), context);
  if (file === undefined) return moved(`${id}/${searchOf(context)}`);
  return success(await datasetRoute(entry, context), ifNoneMatch);
}

function overview({ site, options, owner, language }: Context): Promise<Content> {
  const now = options.now();
  return site.answer(undefined, 'page', `overview ${language}`, now, async () => {
    const entries = await describeEntries(site.list());
    const body = overviewPage(entries, owner, { language, timeZone: options.timeZone }, now);
    return { type: HTML, body, maxAge: 60, vary: 'Accept-Language' };
  });
}

function citizenPage(entry: Entry, { site, options, language }: Context): Promise<Content> {
  const now = options.now();
  return site.answer(entry, 'page', `page ${language}`, now, async () => {
    const body = await datasetPage(entry, { language, timeZone: options.timeZone }, now);
    return { type: HTML, body, maxAge: 60, vary: 'Accept-Language' };
  });
}

/** Long pages are not kept: they would take the room of many short ones. */
function historyPage(entry: Entry, context: Context): Promise<Content> {
  const { site, options, language, query } = context;
  const request = historyRequest(context);
  const make = () => jsonFile(entry, request);
  if ((request.parameters.limit ?? DEFAULT_LIMIT) > DEFAULT_LIMIT) return make();
  return site.answer(entry, 'history', `json ${language} ${query}`, options.now(), make);
}

function latestValues(entry: Entry, context: Context): Promise<Content> {
  const { site, options, language } = context;
  return site.answer(entry, 'page', `latest ${language}`, options.now(), () =>
    latestFile(entry, fileRequest(context)),
  );
}

async function negotiatedCatalog(context: Context): Promise<Content> {
  const wanted = negotiate(context.headers.accept, ['text/turtle', JSON_LD, 'application/json']);
  return { ...(await catalog(context, wanted === 'text/turtle' ? 'turtle' : 'json-ld')), vary: 'Accept' };
}

function catalog({ site, options, owner, base }: Context, format: 'turtle' | 'json-ld'): Promise<Content> {
  return site.answer(undefined, 'page', `catalog ${format} ${base}`, options.now(), async () => {
    const graph = catalogGraph(await describeEntries(site.list()), owner, base);
    return format === 'turtle'
      ? { type: TURTLE, body: graph.toTurtle(), maxAge: 300 }
      : { type: JSON_LD, body: JSON.stringify(graph.toJsonLd(), undefined, 1), maxAge: 300 };
  });
}

function fileRequest({ language, query }: Context): FileRequest {
  return { language, query, parameters: {} };
}

function historyRequest(context: Context): FileRequest {
  return { ...fileRequest(context), parameters: historyParameters(context.query) };
}

/** 400 for a wrong request, 503 while the database is away, 500 for anything else; details stay in the house. */
function problem(error: unknown, context: Context): PublicResponse {
  if (error instanceof RequestError) return refusal(400, error, context);
  const away = error instanceof ConnectionError;
  const shown = new RequestError(
    { key: away ? 'opendata.request.unavailable' : 'opendata.request.failed' },
    { cause: error },
  );
  const response = refusal(away ? 503 : 500, shown, context);
  return {
    ...response,
    headers: { ...response.headers, ...(away && { 'Retry-After': '60' }) },
    cause: error,
  };
}

/** A page for browsers, JSON for programs. */
function refusal(
  status: number,
  error: RequestError,
  { headers, language, owner, path }: Context,
): PublicResponse {
  const sentence = describeError(error, language);
  if (negotiate(headers.accept, ['application/json', 'text/html']) !== 'text/html') {
    return failure(status, 'application/json; charset=utf-8', JSON.stringify({ error: sentence }));
  }
  const depth = path.split('/').length - 2;
  return failure(status, HTML, problemPage(status, sentence, owner, language, '../'.repeat(depth) || './'));
}

function baseOf({ baseUrl }: Publisher, { base }: PublicRequest): string {
  return baseUrl === undefined ? base : `${baseUrl.replace(/\/$/, '')}/opendata/`;
}

function searchOf({ query }: Context): string {
  return query.size > 0 ? `?${query}` : '';
}

function ownProperty<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
