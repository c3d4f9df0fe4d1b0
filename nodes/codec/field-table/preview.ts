import { formatQuantity, quantityLabel, unitSymbol } from '../../observation/labels.ts';
import { intlLocale, type Language, translate } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { typedNumber } from '../../observation/typed-number.ts';
import { LONGEST_PAYLOAD, readRow, type TableRow } from '../formats/field-table.ts';
import { pastedBytes } from '../pasted-bytes.ts';
import { describedLength, type Finding, layoutOf, type NumberedRow } from './layout.ts';
import { type ReadRow, type RowProblem, readRows, rowTexts } from './table-form.ts';

/** The payload on which a table is tried. */
export interface Example {
  bytes: Buffer;
  fPort: number;
}

/** What the form shows while a person types. Rows are numbered from 1; bytes from 0. */
export interface TablePreview {
  /** Sentence about the pasted example, if it cannot be read. */
  exampleProblem?: string;
  bytes: { hex: string; bits: string; rows: number[]; decides: boolean }[];
  /** One per row of the form, in its order. */
  rows: RowView[];
  /** Sentences on overlaps, gaps and rows past the end. */
  findings: { kind: Finding['kind']; text: string }[];
}

interface RowView {
  /** What it reads from the example, with its unit; empty if nothing. */
  value: string;
  /** Why it reads nothing, or what is remarkable. */
  note: string;
  problems: { field: string; text: string }[];
}

/** Decodes the example with the rows that are right so far: `{ rows, example: { payload, fPort } }`. */
export function previewTable(body: unknown, language: Language): TablePreview {
  const { rows: formRows, example: pasted } = (body ?? {}) as { rows?: unknown; example?: unknown };
  const read = readRows(rowTexts(formRows));
  const rows = read.flatMap((one, index) => ('row' in one ? [{ number: index + 1, row: one.row }] : []));
  const example = readExample(pasted);
  if (!('bytes' in example)) {
    const drawn = example.key === 'noExample' ? describedLength({ rows: rows.map(({ row }) => row) }) : 0;
    return {
      ...(example.key === 'noExample' ? {} : { exampleProblem: problemText(example, language) }),
      bytes: blankBytes(rows, drawn),
      rows: read.map((one) => rowView(one, undefined, language)),
      findings: [],
    };
  }
  const { bytes, active, findings } = layoutOf(rows, example.bytes, example.fPort);
  return {
    bytes: bytes.map((byte, at) => ({ ...digitsOf(example.bytes[at] ?? 0), ...byte })),
    rows: read.map((one, index) =>
      rowView(one, active.includes(index + 1) ? example.bytes : 'elsewhere', language),
    ),
    findings: findings.map((finding) => ({ kind: finding.kind, text: findingText(finding, language) })),
  };
}

/** The example of a form, or the key of what is wrong with it; `noExample` if there is none yet. */
export function readExample(
  value: unknown,
): Example | { key: string; parameters?: RowProblem['parameters'] } {
  const { payload, fPort } = (value ?? {}) as { payload?: unknown; fPort?: unknown };
  const text = typeof payload === 'string' ? payload.trim() : '';
  if (text === '') return { key: 'noExample' };
  const bytes = pastedBytes(text);
  if (!bytes) return { key: 'example' };
  if (bytes.length > LONGEST_PAYLOAD) {
    return { key: 'exampleLength', parameters: { length: bytes.length, longest: LONGEST_PAYLOAD } };
  }
  const port = typedNumber(fPort);
  return Number.isInteger(port) && port >= 1 && port <= 255 ? { bytes, fPort: port } : { key: 'examplePort' };
}

/** The sentence for a problem of a row or of the form. */
export function problemText(
  { key, parameters }: { key: string; parameters?: RowProblem['parameters'] },
  language: Language,
): string {
  return translate(language, `codec.problem.${key}`, parameters);
}

/** Without an example the rows still show where they lie; those with a condition too, as any of them may count. */
function blankBytes(rows: readonly NumberedRow[], length: number): TablePreview['bytes'] {
  const unconditional = rows.map(({ number, row: { ports: _ports, when: _when, ...row } }) => ({
    number,
    row,
  }));
  const { bytes } = layoutOf(unconditional, new Uint8Array(length), 1);
  return bytes.map((byte) => ({ hex: '··', bits: '', ...byte }));
}

function digitsOf(byte: number): { hex: string; bits: string } {
  const bits = byte.toString(2).padStart(8, '0');
  return { hex: byte.toString(16).padStart(2, '0'), bits: `${bits.slice(0, 4)} ${bits.slice(4)}` };
}

/** `example`: bytes for a row that counts on them. */
function rowView(read: ReadRow, example: Uint8Array | 'elsewhere' | undefined, language: Language): RowView {
  if ('problems' in read) {
    const problems = read.problems.map((problem) => ({
      field: problem.field,
      text: problemText(problem, language),
    }));
    return { value: '', note: '', problems };
  }
  const note = (key: string) => ({ value: '', note: translate(language, `codec.note.${key}`), problems: [] });
  if (example === undefined) return { value: '', note: '', problems: [] };
  if (example === 'elsewhere') return note('elsewhere');
  const { row } = read;
  if (example.length < row.at + row.length) return note(row.optional ? 'absent' : 'pastEnd');
  const value = readRow(row, example);
  if (value === undefined) return note('noReading');
  return { value: shown(value, row, language), note: rangeNote(value, row, language), problems: [] };
}

function shown(value: number | boolean | string, { quantity }: TableRow, language: Language): string {
  if (typeof value === 'boolean') return translate(language, value ? 'devices.word.yes' : 'devices.word.no');
  if (typeof value === 'string') return value;
  const number = new Intl.NumberFormat(intlLocale(language), { maximumSignificantDigits: 15 }).format(value);
  const unit = quantity === undefined ? '' : unitSymbol(QUANTITIES[quantity].unit);
  return unit === '' ? number : `${number} ${unit}`;
}

/** A scale or byte order that is wrong usually gives a value that cannot be. */
function rangeNote(value: unknown, { quantity }: TableRow, language: Language): string {
  const range = quantity === undefined ? undefined : QUANTITIES[quantity].range;
  if (!range || typeof value !== 'number' || (value >= range[0] && value <= range[1])) return '';
  const limit = (end: number) => formatQuantity(end, quantity as QuantityId, language);
  return translate(language, 'codec.note.implausible', {
    quantity: quantityLabel(quantity as QuantityId, language),
    lowest: limit(range[0]),
    highest: limit(range[1]),
  });
}

function findingText(finding: Finding, language: Language): string {
  const { from, to } = finding;
  const bytes = translate(language, from === to ? 'codec.finding.byte' : 'codec.finding.bytes', { from, to });
  if (finding.kind === 'gap') return translate(language, 'codec.finding.gap', { bytes });
  if (finding.kind === 'pastEnd') {
    const { row, length } = finding;
    return translate(language, 'codec.finding.pastEnd', { bytes, row, length });
  }
  const rows = new Intl.ListFormat(intlLocale(language)).format(finding.rows.map(String));
  return translate(language, 'codec.finding.overlap', { bytes, rows });
}
