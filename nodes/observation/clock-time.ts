import { intlLocale, type Language } from './messages.ts';

/** Making one takes longer than using it a dozen times. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Local hours and minutes, for example 14:02. `time` in ms since 1970 UTC; `timeZone`: IANA name. */
export function clockTime(time: number, language: Language, timeZone: string): string {
  const key = `${language} ${timeZone}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(intlLocale(language), { hour: '2-digit', minute: '2-digit', timeZone });
    formats.set(key, format);
  }
  return format.format(time);
}
