import { createHash } from 'node:crypto';

export type Body = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Is it all there, or does it come in pieces? */
export function isWhole(body: Body): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

export const HTML = 'text/html; charset=utf-8';

/** An answer before it is written: framework-free, so that it can be tested as data. */
export interface PublicResponse {
  status: number;
  headers: Record<string, string>;
  body: Body;
  /** What went wrong inside, for the log. */
  cause?: unknown;
}

export interface Content {
  type: string;
  body: Body;
  /** Seconds that caches may keep it. */
  maxAge: number;
  /** Newest measurement in it, ms since 1970 UTC. */
  modified?: number | undefined;
  /** Request headers that decided its form. */
  vary?: string;
  headers?: Record<string, string>;
  /** It is not expected to change any more. */
  isSettled?: boolean;
}

/** Anyone's web page may read open data. */
const OPEN: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Link, ETag, Last-Modified',
  'X-Content-Type-Options': 'nosniff',
};

/** Pages have no script, load nothing from elsewhere, and stand in no other site's frame. */
const PAGE: Readonly<Record<string, string>> = {
  'Content-Security-Policy': pagePolicy(),
  'Referrer-Policy': 'strict-origin-when-cross-origin',
};

/** Content-Security-Policy of a page. `images` is an origin whose map staff chose to show; `frames` who may frame it. */
export function pagePolicy({
  images = '',
  frames = "'none'",
}: {
  images?: string;
  frames?: string;
} = {}): string {
  const pictures = ["'self'", 'data:', images].filter(Boolean).join(' ');
  return `default-src 'none'; style-src 'unsafe-inline'; img-src ${pictures}; base-uri 'none'; form-action 'self'; frame-ancestors ${frames}`;
}

/**
 * 200 with the content, or 304 if the reader already has exactly this (`ifNoneMatch`).
 * Last-Modified is for information only: late readings change history without changing it.
 */
export function success(content: Content, ifNoneMatch: string | undefined): PublicResponse {
  const { type, body, maxAge, modified, vary, headers, isSettled } = content;
  const etag = isWhole(body) ? tagOf(body) : undefined;
  const common = {
    ...OPEN,
    ...(type.startsWith('text/html') && PAGE),
    'Cache-Control': `public, max-age=${maxAge}${isSettled ? ', immutable' : ''}`,
    ...(vary && { Vary: vary }),
    ...(etag && { ETag: etag }),
    ...(modified !== undefined && { 'Last-Modified': new Date(modified).toUTCString() }),
  };
  if (etag !== undefined && matches(ifNoneMatch, etag)) return { status: 304, headers: common, body: '' };
  return { status: 200, headers: { ...common, 'Content-Type': type, ...headers }, body };
}

/** An error as a page or as JSON; never cached. */
export function failure(status: number, type: string, body: string): PublicResponse {
  const headers = { ...OPEN, ...(type.startsWith('text/html') && PAGE), 'Content-Type': type };
  return { status, headers: { ...headers, 'Cache-Control': 'no-store' }, body };
}

/** The answer to a browser that asks whether another site's page may read. */
export function preflight(): PublicResponse {
  const headers = {
    ...OPEN,
    'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
    'Access-Control-Allow-Headers': 'If-None-Match',
    'Access-Control-Max-Age': '86400',
  };
  return { status: 204, headers, body: '' };
}

/** A permanent move to the address with the final slash, on which relative links depend. */
export function moved(location: string): PublicResponse {
  return { status: 308, headers: { ...OPEN, Location: location }, body: '' };
}

function tagOf(body: string | Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}
