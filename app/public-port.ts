/** A port of its own for the public, so that a firewall or a proxy can let it through and nothing of the editor. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { ALARM_LINK_PATH } from '../nodes/alarm/alarm-links.ts';
import { listen } from './listen.ts';
import type { Settings } from './settings.ts';

/** What is there: the pages and files, and the links in alarms, which carry their own signature. */
const OPEN = ['/opendata', '/robots.txt', ALARM_LINK_PATH];
const OVERVIEW = '/opendata/';

/** Nobody keeps a connection for nothing: ms until the headers, and the whole request, must have come. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};
const MOST_CONNECTIONS = 2000;

/**
 * Opens the public port, if the settings name one. `application` is that of the app's own port, of which this one shows
 * a part. Gives how to close it.
 * @throws ConfigurationError if the port cannot be had.
 */
export async function openPublicPort(
  at: Settings['publicPort'],
  application: RequestListener,
): Promise<() => void> {
  if (!at) return () => undefined;
  const server = createServer(LIMITS, (request, response) => {
    if (isOpen(request)) application(request, response);
    else turnAway(request, response);
  });
  server.maxConnections = MOST_CONNECTIONS;
  const names = { host: 'BYFLYT_PUBLIC_HOST', port: 'BYFLYT_PUBLIC_PORT' };
  await listen(server, at, names);
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function isOpen({ url = '/' }: IncomingMessage): boolean {
  const [path = ''] = url.split(/[?#]/, 1);
  return OPEN.some((open) => path === open || path.startsWith(`${open}/`));
}

function turnAway({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === '/') response.writeHead(302, { Location: OVERVIEW });
  else
    response.writeHead(404, {
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
    });
  response.end();
}
