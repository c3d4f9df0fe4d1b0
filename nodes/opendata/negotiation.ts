import {
  type Language,
  languageFor,
  PUBLIC_LANGUAGES,
  type PublicLanguage,
} from '../observation/messages.ts';

interface Preference {
  name: string;
  quality: number;
}

/** Entries of an Accept or Accept-Language header, best first (RFC 9110, 12.5). */
function preferences(header: string): Preference[] {
  return header
    .split(',')
    .map((entry) => {
      const [name = '', ...parameters] = entry
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { name, quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

/** The media type of `offered` that the Accept header likes best; the first if it accepts anything or nothing of them. */
export function negotiate(accept: string | undefined, offered: readonly [string, ...string[]]): string {
  for (const { name } of preferences(accept ?? '*/*')) {
    const found = offered.find((type) => matches(name, type));
    if (found !== undefined) return found;
  }
  return offered[0];
}

function matches(range: string, type: string): boolean {
  return range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));
}

/** The visitor's choice (`?lang=`), else the browser's first language that we have, else the publisher's. */
export function preferredLanguage(
  chosen: string | null,
  acceptLanguage: string | undefined,
  fallback: Language,
): Language {
  if (chosen !== null && KNOWN.test(chosen)) return languageFor(chosen);
  const known = preferences(acceptLanguage ?? '').find(({ name }) => KNOWN.test(name));
  return known ? languageFor(known.name) : fallback;
}

/** The language of a public page: as `preferredLanguage`, of all in which those are written. */
export function publicLanguageFor(
  chosen: string | null,
  acceptLanguage: string | undefined,
  fallback: PublicLanguage,
): PublicLanguage {
  const wanted = preferences(acceptLanguage ?? '').map(({ name }) => publicLanguage(name));
  return publicLanguage(chosen ?? '') ?? wanted.find((language) => language !== undefined) ?? fallback;
}

/** The language of public pages that a tag (`sv-FI`, `no`) means; undefined if they are not written in it. */
export function publicLanguage(tag: string): PublicLanguage | undefined {
  const [primary = ''] = tag.toLowerCase().split(/[-_]/);
  return PUBLIC_LANGUAGES.find((language) => language === (primary === 'no' ? 'nb' : primary));
}

/** Languages that staff's pages are written in; readers of Nynorsk get Bokmål. */
const KNOWN = /^(nb|no|nn|en)\b/i;
