import { existsSync, readFileSync } from 'node:fs';
import { problemOf } from './errors.ts';

/** Languages with a complete catalog; Node-RED's folder names. */
export const LANGUAGES = ['en-US', 'nb'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Languages of the public pages (BCP 47). Rooms with texts for the public have a catalog of those in each of them. */
export const PUBLIC_LANGUAGES = ['nb', 'nn', 'sv', 'da', 'fi', 'en'] as const;
export type PublicLanguage = (typeof PUBLIC_LANGUAGES)[number];

/** A language that texts can be asked for in. */
export type TextLanguage = Language | PublicLanguage;

/** For numbers and dates, the catalogs in which a text is looked for, and the key in tables of labels. */
const CHOICES: Readonly<
  Record<TextLanguage, { intl: string; catalogs: readonly string[]; tag: PublicLanguage }>
> = {
  nb: { intl: 'nb-NO', catalogs: ['nb'], tag: 'nb' },
  nn: { intl: 'nn-NO', catalogs: ['nn', 'nb'], tag: 'nn' },
  sv: { intl: 'sv-SE', catalogs: ['sv', 'en-US'], tag: 'sv' },
  da: { intl: 'da-DK', catalogs: ['da', 'nb'], tag: 'da' },
  fi: { intl: 'fi-FI', catalogs: ['fi', 'en-US'], tag: 'fi' },
  en: { intl: 'en-GB', catalogs: ['en-US'], tag: 'en' },
  'en-US': { intl: 'en-GB', catalogs: ['en-US'], tag: 'en' },
};

type Catalog = { [key: string]: string | Catalog };
const catalogs = new Map<string, Catalog>();

/** The language whose catalog fits a tag such as `nb-NO`, `no`, `en` best; English if none does. */
export function languageFor(tag: string | undefined): Language {
  const primary = tag?.toLowerCase().split(/[-_]/)[0];
  return primary === 'nb' || primary === 'no' || primary === 'nn' ? 'nb' : 'en-US';
}

/** BCP 47 tag for Intl (numbers, dates). */
export function intlLocale(language: TextLanguage): string {
  return CHOICES[language].intl;
}

/** What pages say of their own language (BCP 47); also the name of the language in tables of labels. */
export function languageTag(language: TextLanguage): PublicLanguage {
  return CHOICES[language].tag;
}

/**
 * The text for `<room>.<key>` from `nodes/<room>/locales/<language>/messages.json` (`app.<key>` from `app/`),
 * with `__name__` replaced by the parameter of that name, as in Node-RED's own catalogs; numbers as the language writes
 * them, without grouping; texts without line breaks and control characters.
 * Languages of public pages have those texts only; others come in the nearest language that has them.
 * Throws if the key is missing: a test walks all of them.
 */
export function translate(
  language: TextLanguage,
  key: string,
  parameters: Record<string, string | number> = {},
): string {
  const entry = entryOf(language, key);
  if (entry === undefined) throw new Error(`no text for ${key} in ${language}`);
  return entry.replace(/__(\w+?)__/g, (placeholder, name: string) => {
    const value = parameters[name] ?? placeholder;
    return typeof value === 'number'
      ? value.toLocaleString(intlLocale(language), PLAIN)
      : value.replace(DISRUPTIVE, ' ');
  });
}

/**
 * Texts of strangers (what a codec throws, the topic of a message) would begin a line of their own in a log with these,
 * clear a terminal, or turn the direction of what follows.
 */
const DISRUPTIVE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Ports and years have no grouping, and limits keep their digits. */
const PLAIN = { useGrouping: false, maximumSignificantDigits: 15 };

/** The sentence a person reads for any thrown value; other errors than ours keep their own message. */
export function describeError(error: unknown, language: TextLanguage): string {
  const { key, parameters, device } = problemOf(error);
  const sentence = translate(language, key, parameters);
  return device === undefined
    ? sentence
    : translate(language, 'observation.error.device', { device, sentence });
}

function entryOf(language: TextLanguage, key: string): string | undefined {
  const [room = '', ...path] = key.split('.');
  for (const folder of CHOICES[language].catalogs) {
    let entry: string | Catalog | undefined = catalogOf(room, folder);
    for (const step of path) entry = typeof entry === 'object' ? entry[step] : undefined;
    if (typeof entry === 'string') return entry;
  }
  return undefined;
}

/** Empty where a room has no texts in the language. */
function catalogOf(room: string, folder: string): Catalog {
  const path = room === 'app' ? '../../app' : `../${room}`;
  const url = new URL(`${path}/locales/${folder}/messages.json`, import.meta.url);
  let catalog = catalogs.get(url.href);
  if (!catalog) {
    catalog = existsSync(url) ? (JSON.parse(readFileSync(url, 'utf8')) as Catalog) : {};
    catalogs.set(url.href, catalog);
  }
  return catalog;
}
