import { PUBLIC_LANGUAGES, type PublicLanguage } from '../observation/messages.ts';
import { publicLanguage } from './negotiation.ts';
import type { Context } from './request.ts';
import type { Locale } from './wording.ts';

/** Of an address. */
export type Parameter = readonly [name: string, value: string];

/** How and where somebody reads a public page. */
export interface Visit extends Locale<PublicLanguage> {
  /** ms since 1970 UTC. */
  now: number;
  /** Address of the overview as visitors see it, with the final slash. */
  base: string;
  /** Of the page, below the overview: `ski-trail/place/start/`; empty for the overview itself. */
  path: string;
  /** The page's own parameters that decide what it shows. */
  query: readonly Parameter[];
  /** The language stands in the address: links then keep it, as nothing else remembers it. */
  chosen: boolean;
}

/** The visit of a request; `own` are the parameters that decide what the page shows, as the page understood them. */
export function visitOf(context: Context, own: readonly Parameter[] = []): Visit {
  const { language, options, base, path, query } = context;
  return {
    language,
    timeZone: options.timeZone,
    now: options.now(),
    base,
    path: path.slice(1),
    query: own,
    chosen: publicLanguage(query.get('lang') ?? '') !== undefined,
  };
}

/** Relative address of another page: `path` is below the overview. Keeps the language that the visitor chose. */
export function linkTo(visit: Visit, path: string, query: Readonly<Record<string, string>> = {}): string {
  return rootOf(visit) + path + search(Object.entries(query), visit.chosen ? visit.language : undefined);
}

/** Relative address of the overview; `./` if this is it. */
function rootOf({ path }: Visit): string {
  const depth = path.split('/').length - 1;
  return '../'.repeat(depth) || './';
}

/** The same page in a language, to be followed from it. */
export function inOtherLanguage(visit: Visit, language: PublicLanguage): string {
  return search(visit.query, language);
}

/** Absolute address of the page in one language, or as each browser asks for it. */
export function addressOf({ base, path, query }: Visit, language?: PublicLanguage): string {
  return base + path + search(query, language);
}

function search(query: readonly Parameter[], language: PublicLanguage | undefined): string {
  const parameters = new URLSearchParams(query.map(([name, value]) => [name, value]));
  if (language) parameters.set('lang', language);
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** What an answer for this visit may be kept under. */
export function visitKey({ language, chosen, base, path, query }: Visit): string {
  return JSON.stringify([base, path, chosen, language, query]);
}

/** The page in each of its languages, for search engines: BCP 47 tag and absolute address. */
export function translationsOf(visit: Visit): { tag: string; address: string }[] {
  return [
    ...PUBLIC_LANGUAGES.map((tag) => ({ tag, address: addressOf(visit, tag) })),
    { tag: 'x-default', address: addressOf(visit) },
  ];
}
