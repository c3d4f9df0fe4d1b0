import { createHash } from 'node:crypto';
import { byteRange } from './byte-range.ts';

import { encoded, encodingFor, isCompressible } from './encodings.ts';
import { type Body, type Content, isWhole, type PublicResponse, publicHeaders } from './response.ts';
import type { Sightings } from './sightings.ts';

/** Who asks, and when. */
export interface Asked {
  /** What the answer is known by: the address and what else decides its form. */
  address: string;
  headers: Readonly<Record<string, string | undefined>>;
  sightings: Sightings;
  /** ms since 1970 UTC. */
  now: number;
}

/**
 * The answer to a request that is in order: 200 with the content, compressed if the reader likes it so, 304 if the
 * reader has exactly this already, 206 with a part of it, 416 if there is no such part (RFC 9110).
 */
export async function success(content: Content, asked: Asked): Promise<PublicResponse> {
  const { type, body, maxAge, isSettled } = content;
  const tag = isWhole(body) ? digestOf(content, body) : undefined;
  const since = tag === undefined ? undefined : asked.sightings.since(asked.address, tag, asked.now);
  const vary = [content.vary, isCompressible(content) && 'Accept-Encoding'].filter(Boolean).join(', ');
  const common = {
    ...publicHeaders(type),
    'Cache-Control': `public, max-age=${maxAge}${isSettled ? ', immutable' : ''}`,
    'Accept-Ranges': isWhole(body) ? 'bytes' : 'none',
    ...(vary && { Vary: vary }),
    ...(since !== undefined && { 'Last-Modified': new Date(since).toUTCString() }),
    // Also where nothing is sent again: they take the place of those that the reader has.
    ...content.headers,
  };
  if (tag !== undefined && isKnown(asked.headers, tag, since)) {
    return { status: 304, headers: { ...common, ETag: `"${tag}"` }, body: '' };
  }
  const headers = { ...common, 'Content-Type': type };
  const strong = { ...headers, ...(tag !== undefined && { ETag: `"${tag}"` }) };
  if (isWhole(body) && asked.headers.range && isStill(asked.headers['if-range'], tag)) {
    const part = partOf(Buffer.from(body as Uint8Array), asked.headers.range, strong);
    if (part) return part;
  }
  const encoding = isCompressible(content) ? encodingFor(asked.headers['accept-encoding']) : undefined;
  if (!encoding) return { status: 200, headers: strong, body };
  return {
    status: 200,
    // The same content in other bytes: alike for If-None-Match, and no part of one fits to a part of the other.
    headers: { ...headers, 'Content-Encoding': encoding, ...(tag !== undefined && { ETag: `W/"${tag}"` }) },
    body: await encoded(content, encoding),
  };
}

/** Ends the reading behind a body that nobody will read. */
export async function abandon(body: Body): Promise<void> {
  if (!isWhole(body)) await body[Symbol.asyncIterator]().return?.();
}

const digests = new WeakMap<Content, string>();

/** Made once for an answer that is kept. */
function digestOf(content: Content, body: string | Uint8Array): string {
  const digest = digests.get(content) ?? createHash('sha256').update(body).digest('base64url').slice(0, 22);
  digests.set(content, digest);
  return digest;
}

/** The reader's own tag or, if it sent none, the time of its answer says that it has this. */
function isKnown(headers: Asked['headers'], tag: string, since: number | undefined): boolean {
  const tags = headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''));
  if (tags) return tags.includes('*') || tags.includes(`"${tag}"`);
  return since !== undefined && since <= Date.parse(headers['if-modified-since'] ?? '');
}

/** A part is of use only to a reader that has the rest of the same. */
function isStill(ifRange: string | undefined, tag: string | undefined): boolean {
  return ifRange === undefined || ifRange === `"${tag}"`;
}

function partOf(body: Buffer, range: string, headers: Record<string, string>): PublicResponse | undefined {
  const part = byteRange(range, body.length);
  if (part === undefined) return undefined;
  if (part === 'none') {
    return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${body.length}` }, body: '' };
  }
  const { first, last } = part;
  const contentRange = `bytes ${first}-${last}/${body.length}`;
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': contentRange },
    body: body.subarray(first, last + 1),
  };
}
