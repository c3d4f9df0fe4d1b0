import { intlLocale, LANGUAGES, type Language, languageTag, type TextLanguage } from './messages.ts';
import { QUANTITIES, type QuantityId } from './quantities.ts';

/** UCUM codes whose symbol for people does not follow from the rules below. */
const SYMBOLS: Readonly<Record<string, string>> = {
  '1': '',
  '[pH]': '',
  Cel: '°C',
  '[degF]': '°F',
  deg: '°',
  'dB[SPL]': 'dB',
  '[ft_i]': 'ft',
  '[in_i]': 'in',
};

const SUPERSCRIPTS: Readonly<Record<string, string>> = { '2': '²', '3': '³' };

/** What a quantity is called. */
export function quantityLabel(id: QuantityId, language: TextLanguage): string {
  return QUANTITIES[id].labels[languageTag(language)];
}

/** A text in all catalog languages, for an editor form that shows the one of its reader. */
export function inEachLanguage(text: (language: Language) => string): Record<Language, string> {
  const texts = LANGUAGES.map((language) => [language, text(language)] as const);
  return Object.fromEntries(texts) as Record<Language, string>;
}

/** A UCUM code as people write the unit: `ug/m3` is µg/m³, `kW.h` is kWh, `1` is nothing. */
export function unitSymbol(ucum: string): string {
  return (
    SYMBOLS[ucum] ??
    ucum
      .replace(/[[\]{}.]/g, '')
      .replace(/^u(?=[A-Za-z])/, 'µ')
      .replace(/[23]/g, (digit) => SUPERSCRIPTS[digit] ?? digit)
  );
}

/** A number in the canonical unit of its quantity, for a sentence: `21.4 °C`, in Norwegian `21,4 °C`. */
export function formatQuantity(value: number, id: QuantityId, language: TextLanguage): string {
  const number = numberFormat(language).format(value);
  const symbol = unitSymbol(QUANTITIES[id].unit);
  return symbol === '' ? number : `${number} ${symbol}`;
}

/** Making one takes longer than using it a dozen times. */
const numberFormats = new Map<TextLanguage, Intl.NumberFormat>();

function numberFormat(language: TextLanguage): Intl.NumberFormat {
  let format = numberFormats.get(language);
  if (!format) {
    format = new Intl.NumberFormat(intlLocale(language), { maximumSignificantDigits: 4 });
    numberFormats.set(language, format);
  }
  return format;
}
