import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { RequestError } from './parameters.ts';
import type { PublicRequest, SiteOptions } from './request.ts';
import { isWhole, type PublicResponse } from './response.ts';
import { answer } from './routes.ts';
import { Site } from './site.ts';

/** The part of an Express application that the site needs. */
export interface WebApplication {
  use(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): unknown;
}

export interface ServeOptions extends SiteOptions {
  /** Address under which the public reaches this server, if it is not the one in the request. */
  publicUrl?: string;
  /** Told what went wrong inside while a request was answered. */
  onProblem(error: unknown): void;
}

/** What Express adds to a request when it hands it to a handler below a path. */
type RoutedRequest = IncomingMessage & { originalUrl?: string; baseUrl?: string };

/** Bytes. */
const MOST_SENT = 20_000;

const sites = new WeakMap<object, Site>();

/** The open-data site of a web application: mounted below `opendata/` the first time, the same one after that. */
export function siteOf(application: WebApplication, options: ServeOptions): Site {
  const known = sites.get(application);
  if (known) return known;
  const site = new Site();
  sites.set(application, site);
  application.use('/opendata', (request, response) => {
    serve(request, response, site, options).catch((error: unknown) => {
      options.onProblem(error);
      response.destroy();
    });
  });
  return site;
}

/** The open-data site of a web application, for those who pass on what it publishes; undefined before there is one. */
export function siteIn(application: object): Site | undefined {
  return sites.get(application);
}

async function serve(
  request: RoutedRequest,
  response: ServerResponse,
  site: Site,
  options: ServeOptions,
): Promise<void> {
  const [path = ''] = (request.originalUrl ?? '').split('?');
  // Relative links need the slash that Express does not ask for.
  if (path === request.baseUrl) return redirect(response, `${path.split('/').at(-1)}/`);
  const result = await answer(requestOf(request, options), site, options);
  if (result.cause !== undefined) options.onProblem(result.cause);
  await write(result, response, request.method === 'HEAD');
}

function requestOf(request: RoutedRequest, { publicUrl }: ServeOptions): PublicRequest {
  // Not relative to a base: a path that begins with two slashes would be read as a host.
  const url = new URL(`http://localhost${request.url ?? '/'}`);
  const header = (name: string) => request.headers[name]?.toString();
  const origin = publicUrl?.replace(/\/$/, '') ?? originOf(request);
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: {
      accept: header('accept'),
      'accept-language': header('accept-language'),
      'if-none-match': header('if-none-match'),
      origin: header('origin'),
      'sec-fetch-site': header('sec-fetch-site'),
    },
    base: `${origin}${request.baseUrl ?? ''}/`,
    client: request.socket.remoteAddress ?? '',
    body: () => sentText(request),
  };
}

/** What was sent. Throws RequestError if it is longer than any form of ours. */
async function sentText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_SENT) throw new RequestError({ key: 'opendata.request.too_long' }, { status: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The address that the visitor used; a Host header that is none is not repeated. */
function originOf({ headers, socket }: IncomingMessage): string {
  const host = /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.exec(headers.host ?? '')?.[0] ?? 'localhost';
  return `${socket instanceof TLSSocket ? 'https' : 'http'}://${host}`;
}

async function write({ status, headers, body }: PublicResponse, response: ServerResponse, headOnly: boolean) {
  response.writeHead(status, headers);
  if (headOnly || isWhole(body)) {
    response.end(headOnly ? undefined : body);
    return;
  }
  for await (const chunk of body) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

/** Resolves when more can be written, or when the reader has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(308, { Location: location }).end();
}
