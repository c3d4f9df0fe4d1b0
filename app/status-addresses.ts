/** /health, /ready and /metrics at the site's root, where monitoring looks for them; the operator room answers them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HEALTH_TYPE, type Health } from '../nodes/operator/status/health.ts';

const ADDRESSES = new Set(['/health', '/ready', '/metrics']);
const UNAVAILABLE = 503;

/** The process lives, and that is all that can be said before Node-RED runs. */
export function answerWhileStarting({ url }: IncomingMessage, response: ServerResponse): void {
  if (pathOf(url) === '/health') {
    const alive: Health = { status: 'pass', checks: {} };
    response.writeHead(200, { 'Content-Type': HEALTH_TYPE }).end(JSON.stringify(alive));
  } else response.writeHead(UNAVAILABLE, { 'Retry-After': '2' }).end();
}

/** Leads the addresses to where Node-RED has them, below `editorPath`, as soon as `isReady`. */
export function statusAddresses(editorPath: string, isReady: () => boolean) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const isStatus = ADDRESSES.has(pathOf(request.url));
    if (isStatus && !isReady()) {
      answerWhileStarting(request, response);
      return;
    }
    if (isStatus) request.url = `${editorPath}/byflyt${request.url}`;
    next();
  };
}

function pathOf(url = ''): string {
  return url.split('?', 1)[0] ?? '';
}
