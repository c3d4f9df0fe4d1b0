import type { ServerResponse } from 'node:http';
import { type Body, isWhole, type PublicResponse } from './response.ts';
import { abandon } from './success.ts';

/** ms that a reader may take until it takes more, and ms after which it must have taken enough. */
const PATIENCE = 30_000;
/** Bytes per second on the average: a poor phone connection has several times as many. */
const SLOWEST = 4000;

/** Writes an answer; of one that is streamed, no more than its reader takes. Ends with a reader that is too slow. */
export async function writeAnswer(
  { status, headers, body }: PublicResponse,
  response: ServerResponse,
  headOnly: boolean,
): Promise<void> {
  response.writeHead(status, headers);
  if (isWhole(body)) response.end(headOnly ? undefined : body);
  else if (headOnly) {
    response.end();
    await abandon(body);
  } else await pour(body, response);
}

async function pour(body: Exclude<Body, string | Uint8Array>, response: ServerResponse): Promise<void> {
  const began = Date.now();
  let bytes = 0;
  for await (const chunk of body) {
    if (response.destroyed) return;
    bytes += chunk.length;
    if (response.write(chunk)) continue;
    await drained(response);
    const allowed = Math.max(PATIENCE, (bytes / SLOWEST) * 1000);
    if (Date.now() - began > allowed) response.destroy();
  }
  response.end();
}

/** Resolves when more can be written, or when the reader has gone; one that takes nothing for long is sent away. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), PATIENCE);
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    // It has gone already, and says so no more.
    if (response.destroyed) done();
  });
}
