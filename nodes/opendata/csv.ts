import type { Value } from '../observation/observation.ts';
import type { Cells, Column, LongTable, Portion } from './table.ts';

/** How a kind of CSV file writes things. */
export interface Dialect {
  /** What the file begins with. */
  begin: string;
  separator: ',' | ';';
  title(column: Column): string;
  /** ms since 1970 UTC. */
  time(time: number): string;
  number(value: number): string;
  boolean(value: boolean): string;
  /** Before quotes are put around it where needed. */
  text(value: string): string;
}

/** RFC 4180 as it is, UTF-8: ISO 8601 in UTC, decimal point, ids of the columns as header. */
export const STANDARD: Dialect = {
  begin: '',
  separator: ',',
  title: ({ name }) => name,
  time: isoTime,
  number: String,
  boolean: String,
  text: (value) => value,
};

const LINE_END = '\r\n';
/** A table as CSV text, in pieces: the header, then the lines of each portion. */
export async function* toCsv({ columns, portions }: LongTable, dialect = STANDARD): AsyncGenerator<string> {
  let before = dialect.begin + header(columns, dialect);
  for await (const portion of portions) {
    yield before + lines(columns, portion, dialect);
    before = '';
  }
  if (before) yield before;
}

/** First line of the file. */
function header(columns: readonly Column[], dialect: Dialect): string {
  const titles = columns.map((column) => quoted(dialect.title(column), dialect.separator));
  return titles.join(dialect.separator) + LINE_END;
}

/**
 * The lines of some rows. Written here and not by the CSV library: that one takes an object per row and several times
 * as long, and all there is to do is put quotes around texts that need them.
 */
function lines(columns: readonly Column[], { length, columns: cells }: Portion, dialect: Dialect): string {
  const { separator } = dialect;
  const [first, ...others] = columns.map(({ type }, index) => writerOf(type, cells[index] ?? [], dialect));
  let text = '';
  for (let row = 0; first && row < length; row++) {
    text += first(row);
    for (const write of others) text += separator + write(row);
    text += LINE_END;
  }
  return text;
}

/** What writes the cell of a row. */
type CellWriter = (row: number) => string;

function writerOf(type: Column['type'], cells: Cells, dialect: Dialect): CellWriter {
  if (type === 'time') return (row) => dialect.time(Number(cells[row]));
  if (type === 'text') return textWriter(cells, dialect);
  const write = (value: Value | undefined): string => {
    if (typeof value === 'number') return Number.isNaN(value) ? '' : dialect.number(value);
    return value === undefined ? '' : dialect.boolean(Boolean(value));
  };
  return (row) => write(cells[row]);
}

/** A file has the same few texts again and again. */
function textWriter(cells: Cells, { text, separator }: Dialect): CellWriter {
  const known = new Map<Value | undefined, string>();
  return (row) => {
    const value = cells[row];
    let written = known.get(value);
    if (written === undefined) {
      written = value === undefined ? '' : quoted(text(String(value)), separator);
      known.set(value, written);
    }
    return written;
  };
}

function quoted(text: string, separator: string): string {
  const needsQuotes = text.includes(separator) || /["\r\n]|^[ \t]|[ \t]$/.test(text);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

const DAY = 86_400_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** The day that was written last, as days since 1970 and as text. */
const lastDay = { day: Number.NaN, text: '' };

/** ISO 8601 with milliseconds, in UTC. `Date.toISOString` takes several times as long. */
function isoTime(time: number): string {
  const rest = ((time % DAY) + DAY) % DAY;
  const milliseconds = String(rest % 1000).padStart(3, '0');
  return `${dayText(time)}T${clockText(rest)}.${milliseconds}Z`;
}

/** The date as 2026-11-20, of a moment in ms since 1970 UTC. */
export function dayText(time: number): string {
  const day = Math.floor(time / DAY);
  if (day !== lastDay.day) {
    const [text = ''] = new Date(time).toISOString().split('T');
    Object.assign(lastDay, { day, text });
  }
  return lastDay.text;
}

/** The time of day as 14:02:05, of ms since midnight. */
export function clockText(rest: number): string {
  const seconds = Math.floor(rest / 1000);
  const two = (number: number) => TWO_DIGITS[number] ?? '';
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
