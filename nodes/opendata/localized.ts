import { languageTag, type PublicLanguage, type TextLanguage } from '../observation/messages.ts';

/** A text that the public reads, in those languages in which staff wrote it; at least one. */
export type Localized = Partial<Record<PublicLanguage, string>>;

/** Languages whose readers understand each other's come first, then the one that most read. */
const NEAREST: Readonly<Record<PublicLanguage, readonly PublicLanguage[]>> = {
  nb: ['nb', 'nn', 'da', 'sv', 'en', 'fi'],
  nn: ['nn', 'nb', 'da', 'sv', 'en', 'fi'],
  sv: ['sv', 'nb', 'nn', 'da', 'en', 'fi'],
  da: ['da', 'nb', 'nn', 'sv', 'en', 'fi'],
  fi: ['fi', 'en', 'sv', 'nb', 'nn', 'da'],
  en: ['en', 'nb', 'nn', 'sv', 'da', 'fi'],
};

/** The text in a language, or in the nearest one that it was written in; empty if it was written in none. */
export function inLanguage(text: Localized, language: TextLanguage): string {
  return text[writtenIn(text, language) ?? 'en'] ?? '';
}

/** The language in which `inLanguage` gives a text. */
export function writtenIn(text: Localized, language: TextLanguage): PublicLanguage | undefined {
  return NEAREST[languageTag(language)].find((candidate) => text[candidate] !== undefined);
}

/** A text from the fields of a form; those left empty are absent. Undefined if all are. */
export function localized(texts: Partial<Record<PublicLanguage, string | undefined>>): Localized | undefined {
  const written = Object.entries(texts).flatMap(([language, text]) => {
    const trimmed = text?.trim();
    return trimmed ? [[language, trimmed]] : [];
  });
  return written.length > 0 ? Object.fromEntries(written) : undefined;
}
