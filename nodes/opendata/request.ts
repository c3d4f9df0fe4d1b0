import type { PublicLanguage } from '../observation/messages.ts';
import type { Publisher } from './dataset.ts';
import type { Feedback } from './feedback/feedback-box.ts';
import type { Content, PublicResponse } from './response.ts';
import type { Entry, Site } from './site.ts';

/** A request for something below `opendata/`. */
export interface PublicRequest {
  method: string;
  /** What follows `opendata`, for example `/ski-trail/data.csv`; percent-encoded as it came. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Address of the overview as the visitor sees it, with the final slash; a publisher's own address goes before it. */
  base: string;
  /** Network address of the client, that of its network in IPv6; never kept, never shown. */
  client?: string;
  /** What was sent, as text. Throws RequestError if it is too long; only for sections that take a POST. */
  body?(): Promise<string>;
}

export interface SiteOptions {
  /** IANA zone of the clock times on pages. */
  timeZone: string;
  /** Publisher named while no dataset is published. */
  fallback: Publisher;
  /** Keeps what somebody sent for staff. False if there is no room; absent: nothing can be kept. */
  keepFeedback?(feedback: Feedback): boolean;
  /** ms since 1970 UTC. */
  now(): number;
}

export interface Context extends PublicRequest {
  site: Site;
  options: SiteOptions;
  owner: Publisher;
  language: PublicLanguage;
}

/** A request for something of one dataset. */
export interface DatasetContext extends Context {
  entry: Entry;
}

/**
 * `rest` is what follows the section's own name and a slash, percent-encoded; empty if nothing does.
 * Throws RequestError for what cannot be answered, ConnectionError while the database is away.
 */
type Handler<C> = (context: C, rest: string) => Promise<Content | PublicResponse>;

/** What stands under one name of the address. */
export interface Section<C> {
  answer: Handler<C>;
  /** It answers for what is below it, too. */
  isFolder: boolean;
  takesPost: boolean;
}

/** Name in the address -> what stands there. */
export type Sections<C> = Readonly<Record<string, Section<C>>>;

/** A section that is one file or page. */
export function file<C>(answer: Handler<C>): Section<C> {
  return { answer, isFolder: false, takesPost: false };
}

/** A section that answers for everything below its name. */
export function folder<C>(answer: Handler<C>): Section<C> {
  return { answer, isFolder: true, takesPost: false };
}

/** A page that something can be sent to; it looks at `context.method` itself. */
export function form<C>(answer: Handler<C>): Section<C> {
  return { answer, isFolder: false, takesPost: true };
}
