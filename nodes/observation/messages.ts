import { readFileSync } from 'node:fs';
import { problemOf } from './errors.ts';

/** Languages with a complete catalog; Node-RED's folder names. */
export const LANGUAGES = ['en-US', 'nb'] as const;
export type Language = (typeof LANGUAGES)[number];

type Catalog = { [key: string]: string | Catalog };
const catalogs = new Map<string, Catalog>();

/** The language whose catalog fits a tag such as `nb-NO`, `no`, `en` best; English if none does. */
export function languageFor(tag: string | undefined): Language {
  const primary = tag?.toLowerCase().split(/[-_]/)[0];
  return primary === 'nb' || primary === 'no' || primary === 'nn' ? 'nb' : 'en-US';
}

/** BCP 47 tag for Intl (numbers, dates) in a catalog language. */
export function intlLocale(language: Language): string {
  return language === 'nb' ? 'nb-NO' : 'en-GB';
}

/**
 * The text for `<room>.<key>` from `nodes/<room>/locales/<language>/messages.json` (`app.<key>` from `app/`),
 * with `__name__` replaced by the parameter of that name, as in Node-RED's own catalogs; numbers as the language writes
 * them, without grouping; texts without line breaks and control characters.
 * Throws if the key is missing: a test walks all of them.
 */
export function translate(
  language: Language,
  key: string,
  parameters: Record<string, string | number> = {},
): string {
  const [room = '', ...path] = key.split('.');
  let entry: string | Catalog | undefined = catalogOf(room, language);
  for (const step of path) entry = typeof entry === 'object' ? entry[step] : undefined;
  if (typeof entry !== 'string') throw new Error(`no text for ${key} in ${language}`);
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
export function describeError(error: unknown, language: Language): string {
  const { key, parameters, device } = problemOf(error);
  const sentence = translate(language, key, parameters);
  return device === undefined
    ? sentence
    : translate(language, 'observation.error.device', { device, sentence });
}

function catalogOf(room: string, language: Language): Catalog {
  const path = room === 'app' ? '../../app' : `../${room}`;
  const url = new URL(`${path}/locales/${language}/messages.json`, import.meta.url);
  let catalog = catalogs.get(url.href);
  if (!catalog) {
    catalog = JSON.parse(readFileSync(url, 'utf8')) as Catalog;
    catalogs.set(url.href, catalog);
  }
  return catalog;
}
