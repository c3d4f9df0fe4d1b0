import { type TextLanguage, translate } from '../observation/messages.ts';
import { clockText, type Dialect, dayText } from './csv.ts';
import { isFlagColumn } from './table.ts';
import { type Locale, labelWithUnit } from './wording.ts';
import { zoneOffset } from './zone-offset.ts';

/** What begins a formula for a spreadsheet program, which would run it. */
const FORMULA = /^[=+\-@\t\r]/;
const DAY = 86_400_000;

/**
 * CSV as a spreadsheet program with settings of the language opens it at a double click: its byte order mark, its
 * separator and decimal sign, headings and yes/no in the language, the time as the clock on the wall showed it.
 */
export function spreadsheetDialect({ language, timeZone }: Locale<TextLanguage>): Dialect {
  const offset = zoneOffset(timeZone);
  const hasComma = language !== 'en' && language !== 'en-US';
  return {
    begin: '\uFEFF',
    separator: hasComma ? ';' : ',',
    title(column) {
      const { name, quantity } = column;
      if (name === 'time') return translate(language, 'opendata.spreadsheet.time', { zone: timeZone });
      if (quantity === undefined) return translate(language, 'opendata.page.place');
      const label = labelWithUnit(quantity, language);
      return isFlagColumn(column) ? translate(language, 'opendata.spreadsheet.quality', { label }) : label;
    },
    time: (time) => localTime(time + offset(time)),
    number: hasComma ? (value) => String(value).replace('.', ',') : String,
    boolean: (value) => translate(language, value ? 'opendata.value.yes' : 'opendata.value.no'),
    text: (value) => (FORMULA.test(value) ? `'${value}` : value),
  };
}

/** 2026-11-20 14:02:05, which every spreadsheet program takes as a date and time. */
function localTime(time: number): string {
  return `${dayText(time)} ${clockText(((time % DAY) + DAY) % DAY)}`;
}
