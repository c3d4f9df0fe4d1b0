/** A published dataset behind a real HTTP server, mounted as Node-RED mounts it. */
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ServeOptions, siteOf } from '../../../nodes/opendata/serve.ts';
import { openSkiTrail, PUBLISHER, type SkiTrail } from './ski-trail.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface PublicServer {
  port: number;
  trail: SkiTrail;
  /** What went wrong inside. */
  problems: unknown[];
  /** Moves the clock that the site goes by, ms. */
  pass(time: number): void;
  /** `path` is sent as it is. */
  get(path: string, headers?: OutgoingHttpHeaders, method?: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function openPublicServer(options: Partial<ServeOptions> = {}): Promise<PublicServer> {
  const trail = await openSkiTrail();
  const problems: unknown[] = [];
  let now = Date.now();
  let handler: Handler = () => {};
  const application = {
    use: (path: string, mounted: Handler) => {
      if (path === '/opendata') handler = mounted;
    },
  };
  const site = siteOf(application, {
    timeZone: 'Europe/Oslo',
    fallback: PUBLISHER,
    now: () => now,
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  site.publish({ dataset: trail.dataset, publisher: PUBLISHER, sources: trail.sources });
  const server = createServer((request, response) => {
    const { url = '/' } = request;
    response.setHeader('X-Powered-By', 'Express');
    if (!/^\/opendata(?=[/?]|$)/.test(url)) return void response.writeHead(404).end();
    const rest = url.slice('/opendata'.length);
    Object.assign(request, {
      originalUrl: url,
      baseUrl: '/opendata',
      url: rest.startsWith('/') ? rest : `/${rest}`,
    });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    trail,
    problems,
    pass: (time) => {
      now += time;
    },
    get: (path, headers = {}, method = 'GET') => ask(port, path, headers, method),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await trail.close();
    },
  };
}

function ask(port: number, path: string, headers: OutgoingHttpHeaders, method: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject).end();
  });
}
