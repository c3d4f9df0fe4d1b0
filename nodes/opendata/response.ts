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
  /** Request headers that decided its form. */
  vary?: string;
  headers?: Record<string, string>;
  /** It is not expected to change any more. */
  isSettled?: boolean;
}

/** Anyone's web page may read open data; none gets a cookie with it, or may run it. */
const OPEN: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Link, ETag, Last-Modified, Content-Disposition, Content-Range, Accept-Ranges, Retry-After',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Pages have no script, load nothing from elsewhere, and stand in no other site's frame. */
const PAGE: Readonly<Record<string, string>> = {
  'Content-Security-Policy': pagePolicy(),
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
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

/** What every answer of a media type has among its headers. */
export function publicHeaders(type: string): Record<string, string> {
  return { ...OPEN, ...(type.startsWith('text/html') && PAGE) };
}

/** An answer that no cache keeps: an error, or what is one visitor's. */
export function uncached(status: number, type: string, body: string): PublicResponse {
  const headers = { ...publicHeaders(type), 'Content-Type': type };
  return { status, headers: { ...headers, 'Cache-Control': 'no-store' }, body };
}

/** The answer to a browser that asks whether another site's page may read. */
export function preflight(): PublicResponse {
  const headers = {
    ...OPEN,
    'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
    'Access-Control-Allow-Headers': 'If-None-Match, If-Modified-Since, Range',
    'Access-Control-Max-Age': '86400',
  };
  return { status: 204, headers, body: '' };
}

/** A permanent move to the address with the final slash, on which relative links depend. */
export function moved(location: string): PublicResponse {
  return { status: 308, headers: { ...OPEN, Location: location }, body: '' };
}
