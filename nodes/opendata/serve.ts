import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { clientOf, isThisMachine, trustedProxies } from './client-address.ts';
import { Guard } from './guard.ts';
import { RequestError } from './parameters.ts';
import type { PublicRequest, SiteOptions } from './request.ts';
import { isWhole, type PublicResponse } from './response.ts';
import { answer, refused } from './routes.ts';
import { Site } from './site.ts';
import { abandon } from './success.ts';
import { writeAnswer } from './write-answer.ts';

/** The part of an Express application that the site needs. */
export interface WebApplication {
  use(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): unknown;
}

export interface ServeOptions extends SiteOptions {
  /** Address under which the public reaches this server, if it is not the one in the request. */
  publicUrl?: string;
  /** Addresses and networks of proxies whose word on the client's address counts, with commas; this machine always is. */
  proxies?: string;
  /** Told what went wrong inside while a request was answered. */
  onProblem(error: unknown): void;
}

/** What Express adds to a request when it hands it to a handler below a path. */
type RoutedRequest = IncomingMessage & { originalUrl?: string; baseUrl?: string };

const ROOT = '/opendata';
/** Bytes. */
const MOST_SENT = 20_000;
/** ms that it may take to come. */
const MOST_SENDING = 10_000;

/** Headers that decide an answer. */
const HEADERS = [
  'accept',
  'accept-encoding',
  'accept-language',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'origin',
  'range',
  'sec-fetch-site',
] as const;

/** All there is of a site at run time. */
interface Service {
  site: Site;
  guard: Guard;
  options: ServeOptions;
  /** Who a request comes from. */
  clientOf(request: IncomingMessage): string;
}

const sites = new WeakMap<object, Site>();

/** The open-data site of a web application: mounted below `opendata/` the first time, the same one after that. */
export function siteOf(application: WebApplication, options: ServeOptions): Site {
  const known = sites.get(application);
  if (known) return known;
  const site = new Site();
  sites.set(application, site);
  const trusted = trustedProxies(options.proxies);
  const service: Service = {
    site,
    guard: new Guard(),
    options,
    clientOf: ({ socket, headers }) =>
      clientOf(socket.remoteAddress, headers['x-forwarded-for']?.toString(), trusted),
  };
  const answerAll = (request: RoutedRequest, response: ServerResponse) => {
    serve(request, response, service).catch((error: unknown) => {
      options.onProblem(error);
      response.destroy();
    });
  };
  application.use(ROOT, answerAll);
  // Search engines look for it there and nowhere else.
  application.use('/robots.txt', (request, response) =>
    answerAll(Object.assign(request, { url: '/robots.txt', baseUrl: ROOT }), response),
  );
  return site;
}

/** The open-data site of a web application, for those who pass on what it publishes; undefined before there is one. */
export function siteIn(application: object): Site | undefined {
  return sites.get(application);
}

async function serve(request: RoutedRequest, response: ServerResponse, service: Service): Promise<void> {
  response.removeHeader('X-Powered-By');
  const [path = ''] = (request.originalUrl ?? '').split('?');
  // Relative links need the slash that Express does not ask for.
  if (path === request.baseUrl) return redirect(response, `${path.split('/').at(-1)}/`);
  const { site, guard, options } = service;
  const client = service.clientOf(request);
  const asked = requestOf(request, client, options);
  const isHead = request.method === 'HEAD';
  let result: PublicResponse | undefined;
  let end = () => {};
  try {
    // Harvesters, tests of conformance and benchmarks of the operator's own are no rush of readers.
    if (!isThisMachine(client)) guard.admit(client, asked.method, options.now());
    result = await made(asked, service);
    if (!isWhole(result.body) && !isHead) end = await guard.stream(client);
  } catch (error) {
    if (result) await abandon(result.body);
    result = refused(asked, site, options, error);
  }
  if (result.cause !== undefined && !isCutOff(request)) options.onProblem(result.cause);
  try {
    await writeAnswer(result, response, isHead);
  } finally {
    end();
  }
}

/** The client went away before it had sent all: no fault of ours, and anyone could fill the log with it. */
function isCutOff({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

async function made(asked: PublicRequest, { site, guard, options }: Service): Promise<PublicResponse> {
  const end = await guard.turn();
  try {
    return await answer(asked, site, options);
  } finally {
    end();
  }
}

function requestOf(request: RoutedRequest, client: string, { publicUrl }: ServeOptions): PublicRequest {
  // Not relative to a base: a path that begins with two slashes would be read as a host.
  const address = `http://localhost${request.url ?? '/'}`;
  const url = new URL(URL.canParse(address) ? address : 'http://localhost/%');
  const origin = publicUrl?.replace(/\/$/, '') ?? originOf(request);
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(HEADERS.map((name) => [name, request.headers[name]?.toString()])),
    base: `${origin}${request.baseUrl ?? ''}/`,
    client,
    body: () => sentText(request),
  };
}

/** What was sent. Throws RequestError if it is longer than any form of ours. */
async function sentText(request: IncomingMessage): Promise<string> {
  // Whoever sends it drop by drop must not hold a turn.
  const timer = setTimeout(() => request.destroy(), MOST_SENDING);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MOST_SENT) throw new RequestError({ key: 'opendata.request.too_long' }, { status: 413 });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } finally {
    clearTimeout(timer);
  }
}

/** The address that the visitor used; a Host header that is none is not repeated. */
function originOf({ headers, socket }: IncomingMessage): string {
  const host = /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.exec(headers.host ?? '')?.[0] ?? 'localhost';
  return `${socket instanceof TLSSocket ? 'https' : 'http'}://${host}`;
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(308, { Location: location }).end();
}
