import { messageOf } from '../observation/errors.ts';
import type { LocaleRequest } from './sandbox-guest-locale.ts';

/** What a codec gets that names no language: the one nearly all codecs were written with. */
const USUAL_LOCALE = 'en-US';

type Locales = Intl.LocalesArgument;

/**
 * Answers a codec's request for text in a language: JSON of LocaleRequest -> JSON of `{ value }` or `{ error }`.
 * Runs in the sandbox's worker; only text goes in and out. Never throws for a fault of the codec.
 */
export function answerLocaleRequest(json: string, timeZone: string): string {
  try {
    return JSON.stringify({ value: answer(JSON.parse(json) as LocaleRequest, timeZone) });
  } catch (error) {
    return JSON.stringify({ error: messageOf(error) });
  }
}

function answer(request: LocaleRequest, timeZone: string): string | number {
  if (request.kind === 'zone') return timeZone;
  const locales = (request.locales ?? USUAL_LOCALE) as Locales;
  switch (request.kind) {
    case 'number':
      return new Intl.NumberFormat(locales, request.options as Intl.NumberFormatOptions).format(
        Number(request.value),
      );
    case 'compare':
      return request.value[0].localeCompare(
        request.value[1],
        locales as Intl.LocalesArgument & string,
        request.options as Intl.CollatorOptions,
      );
    case 'date': {
      const options = { timeZone, ...(request.options as Intl.DateTimeFormatOptions) };
      const date = new Date(request.value ?? Number.NaN);
      if (request.method === 'format') return new Intl.DateTimeFormat(locales, options).format(date);
      return date[request.method](locales, options);
    }
  }
}
