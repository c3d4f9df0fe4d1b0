import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConfigurationError } from '../observation/errors.ts';
import type { Transport, TransportEvents } from './transport.ts';
import { isAuthentic, needsBody, type WebhookCheck } from './webhook-checks.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** The part of an Express application that webhooks use (`RED.httpNode`). */
export interface HttpApplication {
  use(middleware: Middleware): unknown;
}

export interface WebhookTransportOptions {
  application: HttpApplication;
  /** For example `/byflyt/in/waste`; below Node-RED's httpNodeRoot. */
  path: string;
  /** How requests show that they are from the network server; absent: anybody may send. */
  check?: WebhookCheck;
  /** Largest body in bytes. */
  limit?: number;
}

const REFUSAL_HEADERS: Readonly<Record<number, Record<string, string>>> = {
  405: { Allow: 'POST' },
  503: { 'Retry-After': '30' },
};

const DEFAULT_LIMIT = 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);
/** ms that a path outlives its intake: a deploy takes less. */
const PATH_KEPT_MS = 60_000;

/**
 * Receives POST requests: 200 only when the message is on disk (some platforms take no other 2xx for success), 503 if it
 * cannot get there, so that the sender tries again; 401 for a request that does not pass the check, 405 for other
 * methods, 413 for a body above the limit, 415 for a compressed one.
 */
export class WebhookTransport implements Transport {
  readonly #options: WebhookTransportOptions;
  readonly #events: TransportEvents;
  readonly #routes: Map<string, Handler>;
  #handler: Handler = (request, response) => tryAgain(request, response);

  /** The path is taken at once, and answers "try again" until the start. Throws ConfigurationError if the path is not usable or another intake has it. */
  constructor(options: WebhookTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#routes = routesOf(options.application);
    const parameters = { path: options.path };
    if (!/^\/[\w./~-]+$/.test(options.path)) {
      throw new ConfigurationError({ key: 'intake.error.webhookPath', parameters });
    }
    if ((this.#routes.get(options.path) ?? tryAgain) !== tryAgain) {
      throw new ConfigurationError({ key: 'intake.error.webhookTaken', parameters });
    }
    this.#routes.set(options.path, this.#handler);
  }

  start(): void {
    this.#handler = (request, response) => this.#handle(request, response);
    this.#routes.set(this.#options.path, this.#handler);
    this.#events.onState('connected');
  }

  /** Not for good: senders are asked to try again, until the intake of the next deploy is there. */
  async stop(forGood = false): Promise<void> {
    const { path } = this.#options;
    if (this.#routes.get(path) === this.#handler) {
      this.#routes.set(path, tryAgain);
      if (forGood) this.#leave();
      // Nobody takes it over: somebody has given the intake another path.
      else setTimeout(() => this.#leave(), PATH_KEPT_MS).unref();
    }
    this.#events.onState('disconnected');
  }

  /** Gives the path back, unless another intake has it by now. */
  #leave(): void {
    if (this.#routes.get(this.#options.path) === tryAgain) this.#routes.delete(this.#options.path);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return this.#refuse(request, response, refusal);
    const body = await bodyOf(request, this.#options.limit ?? DEFAULT_LIMIT);
    if (!body) return this.#refuse(request, response, 413);
    if (!this.#passes(request, body)) return this.#refuse(request, response, 401);
    const contentType = request.headers['content-type'];
    try {
      await this.#events.onMessage({
        topic: this.#options.path,
        body,
        ...(contentType === undefined ? {} : { contentType }),
      });
      response.writeHead(200).end();
    } catch (error) {
      this.#events.onError(error);
      response.writeHead(503, REFUSAL_HEADERS[503]).end();
    }
  }

  #passes({ headers, url = '' }: IncomingMessage, body: Buffer): boolean {
    const { check } = this.#options;
    const start = url.indexOf('?');
    return !check || isAuthentic(check, { headers, query: start < 0 ? '' : url.slice(start + 1), body });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
    if (status === 401) this.#events.onRefused?.();
    refuse(request, response, status);
  }

  /** Status code of a request that is refused before its body is read. */
  #refusal(request: IncomingMessage): number | undefined {
    const { check, limit = DEFAULT_LIMIT } = this.#options;
    if (request.method !== 'POST') return 405;
    if (check && !needsBody(check) && !this.#passes(request, NO_BYTES)) return 401;
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') return 415;
    return Number(request.headers['content-length'] ?? 0) > limit ? 413 : undefined;
  }
}

/** Stands in for an intake that is about to come. */
const tryAgain: Handler = async (request, response) => refuse(request, response, 503);

/** Answers without reading the rest of the body, so the connection cannot be used again. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  response.writeHead(status, { Connection: 'close', ...REFUSAL_HEADERS[status] }).end();
}

/** The body, or undefined if it is larger than `limit` bytes. */
async function bodyOf(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const applications = new WeakMap<HttpApplication, Map<string, Handler>>();

/** Express cannot take a route away again, so one middleware per application looks into a list that can change. */
function routesOf(application: HttpApplication): Map<string, Handler> {
  const known = applications.get(application);
  if (known) return known;
  const routes = new Map<string, Handler>();
  applications.set(application, routes);
  application.use((request, response, next) => {
    const handler = routes.get((request.url ?? '').split('?', 1)[0] ?? '');
    if (!handler) return next();
    handler(request, response).catch(() => response.destroy());
  });
  return routes;
}
