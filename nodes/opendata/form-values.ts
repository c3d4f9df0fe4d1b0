/** Fields of forms as values; what is wrong is a ConfigurationError `opendata.config.<field>`. */
import { ConfigurationError } from '../observation/errors.ts';
import { PUBLIC_LANGUAGES, type PublicLanguage } from '../observation/messages.ts';
import { type Localized, localized } from './localized.ts';

/** Ends of the names of fields that are there once per language: `titleNb`. */
const SUFFIXES = { nb: 'Nb', nn: 'Nn', sv: 'Sv', da: 'Da', fi: 'Fi', en: 'En' } as const;
export type PerLanguage<Field extends string> = {
  [Language in PublicLanguage as `${Field}${(typeof SUFFIXES)[Language]}`]?: string;
};

const DATE = /^\d{4}-\d\d-\d\d$/;
const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+$/;

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

export function lines(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}

export function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T | undefined {
  return allowed.find((entry) => entry === value);
}

/** One of several words; undefined if none was chosen. */
export function choice<T extends string>(
  value: string | undefined,
  allowed: readonly T[],
  field: string,
): T | undefined {
  return filled(value, (text) => required(oneOf(text, allowed), field));
}

/** What a field becomes that may be left empty. */
export function filled<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  const trimmed = text?.trim();
  return trimmed ? parse(trimmed) : undefined;
}

export function optional<Name extends string, T>(name: Name, value: T | undefined): { [Key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: T });
}

export function positive(value: number | string | undefined): number | undefined {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

export function wholeNumber(
  value: number | string | undefined,
  { least, otherwise, field }: { least: number; otherwise: number; field: string },
): number {
  if (value === undefined || value === '') return otherwise;
  const number = Number(value);
  return required(Number.isSafeInteger(number) && number >= least ? number : undefined, field);
}

export function dateOf(text: string, field: string): string {
  return required(DATE.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined, field);
}

/** It becomes an address of its own (`mailto:`), so nothing else may be in it. */
export function emailOf(text: string): string {
  return required(EMAIL.test(text) ? text : undefined, 'contactEmail');
}

/** An absolute http(s) address: it becomes a link and an IRI, so anything else (`javascript:`) is refused. */
export function webAddress(value: string, field: string): string {
  const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
  const web = url?.protocol === 'http:' || url?.protocol === 'https:';
  return required(web ? url?.href : undefined, field);
}

export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new ConfigurationError({ key: `opendata.config.${field}` });
  return value;
}

export function perLanguage<Field extends string>(
  config: PerLanguage<Field>,
  field: Field,
): Localized | undefined {
  const fields = config as Readonly<Record<string, string | undefined>>;
  return localized(
    Object.fromEntries(
      PUBLIC_LANGUAGES.map((language) => [language, fields[`${field}${SUFFIXES[language]}`]]),
    ),
  );
}
