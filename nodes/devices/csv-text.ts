import { ConfigurationError } from '../observation/errors.ts';

/** Delimiters of spreadsheets: comma in English, semicolon where the comma is the decimal sign, tab when pasted. */
const DELIMITERS = [';', ',', '\t'] as const;

/** Marks the text as UTF-8 for spreadsheets. */
export const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The text of a CSV file, without its byte order mark. Throws ConfigurationError if it is not UTF-8, the only encoding that keeps all names right
 * on all machines.
 */
export function decodeCsv(content: Uint8Array): string {
  const [first, second] = content;
  const isUtf16 =
    (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || content.includes(0);
  if (isUtf16) throw new ConfigurationError({ key: 'devices.csv.utf16' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw new ConfigurationError({ key: 'devices.csv.notUtf8' }, { cause: error });
  }
}

/** The delimiter that occurs most often in the header line, outside quotes. */
export function detectDelimiter(text: string): string {
  const header = (text.split(/\r?\n/, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** What spreadsheets take for a formula (OWASP, CSV injection), full-width forms included. */
const FORMULA_START = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const PLAIN_NUMBER = /^-?\d+([.,]\d+)?$/;

/** A cell that no spreadsheet runs as a formula: an apostrophe before it makes it text. */
export function safeCell(text: string): string {
  return FORMULA_START.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
}

/** The text that `safeCell` made safe. */
export function plainCell(cell: string): string {
  return cell.startsWith("'") && FORMULA_START.test(cell.slice(1)) ? cell.slice(1) : cell;
}
