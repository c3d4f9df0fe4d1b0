/**
 * InfluxDB 2 and 3 cannot be installed where these tests run. Servers made here speak as those do (influxdb2-front.ts,
 * influxdb3-front.ts) and keep the data in a real InfluxDB 1: what they show is that Byflyt says what is documented and
 * understands the documented answers, not that the real servers agree.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { freePort, type Server, startInfluxdb } from './servers.ts';

export const TOKEN = 'the-right-token';

/** Status, JSON or plain text, and headers of its own. */
export type Answer = [
  status: number,
  body?: object | string | undefined,
  headers?: Record<string, string> | undefined,
];

export interface Asked {
  /** `GET /ping` ... */
  route: string;
  query: URLSearchParams;
  body: string;
  authorization: string;
  /** Bucket or database that the address or the form names. */
  database: string;
}

export interface FrontState {
  /** Routes, in the order in which they were asked for. */
  requests: string[];
  /** The next answers, whatever is asked but /ping; after them it answers by itself again. */
  instead: Answer[];
  /** What the token may not do: `write`, `read`, `buckets`, `dbrps`, `orgs`. */
  forbidden: Set<string>;
  /** Bucket or database -> retention in seconds, 0: for ever. */
  buckets: Map<string, number>;
  /** Buckets that InfluxQL has a name for (version 2). */
  mapped: Set<string>;
}

export type Front = Server & FrontState;

export type Speak = (asked: Asked, state: FrontState, real: Server) => Answer | Promise<Answer>;

/** A server that answers with `speak`; `real` is its InfluxDB 1. */
export async function startFront(speak: Speak): Promise<Front> {
  const real = await startInfluxdb();
  const state: FrontState = {
    requests: [],
    instead: [],
    forbidden: new Set(),
    buckets: new Map(),
    mapped: new Set(),
  };
  const server = createServer(async (request, response) => {
    const asked = await askedOf(request);
    state.requests.push(asked.route);
    const ready = asked.route === 'GET /ping' ? undefined : state.instead.shift();
    const [status, body, headers] = ready ?? (await speak(asked, state, real));
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
    response.writeHead(status, { 'Content-Type': type, ...headers });
    response.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await real.stop();
  };
  return { ...state, url: `http://127.0.0.1:${port}`, port, stop };
}

async function askedOf(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? '/', 'http://front');
  const raw = await buffer(request);
  const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
  const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
  const query = isForm ? new URLSearchParams(body) : url.searchParams;
  return {
    route: `${request.method} ${url.pathname}`,
    query,
    body,
    authorization: request.headers.authorization ?? '',
    database: query.get('bucket') ?? query.get('name') ?? query.get('db') ?? '',
  };
}

/** Lines for the InfluxDB 1; `said` is its explanation unless it took all of them. */
export async function write(real: Server, database: string, body: string): Promise<string | undefined> {
  const search = new URLSearchParams({ db: database, precision: 'ms' });
  const response = await fetch(`${real.url}/write?${search}`, { method: 'POST', body });
  const said = await response.text();
  return response.status === 204 ? undefined : (JSON.parse(said) as { error: string }).error;
}

/** Its answer to a question; a chunked one is text, because it is several documents. */
export async function ask(real: Server, query: URLSearchParams): Promise<Answer> {
  const response = await fetch(`${real.url}/query`, { method: 'POST', body: query });
  const said = await response.text();
  return [response.status, query.get('chunked') === 'true' ? said : (JSON.parse(said) as object)];
}

export async function createDatabase(real: Server, name: string): Promise<void> {
  await ask(real, new URLSearchParams({ q: `CREATE DATABASE "${name}"` }));
}
