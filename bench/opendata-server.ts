/** Serves the dataset over HTTP as the app does, in a process of its own. Sends its port to its parent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { argv } from 'node:process';
import { siteOf } from '../nodes/opendata/serve.ts';
import { DATASET, openRows, sourcesOf } from './opendata-rows.ts';

const ROOT = '/opendata';
const publisher = { name: 'Town', language: 'nb', country: 'NO' } as const;

const [, , path = ''] = argv;
const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
const site = siteOf(
  { use: (mounted, handler) => handlers.set(mounted, handler) },
  {
    timeZone: 'Europe/Oslo',
    fallback: publisher,
    now: () => Date.now(),
    onProblem: (problem) => console.error(problem),
  },
);
site.publish({ dataset: DATASET, publisher, sources: sourcesOf(openRows(path)) });
const server = createServer((request, response) => {
  const url = request.url ?? '';
  Object.assign(request, { originalUrl: url, baseUrl: ROOT, url: url.slice(ROOT.length) });
  handlers.get(ROOT)?.(request, response);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
