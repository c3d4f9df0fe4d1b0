import { counts, type FieldTable, type TableRow } from '../formats/field-table.ts';

/** A row with its number as people count, 1 and up. */
export interface NumberedRow {
  number: number;
  row: TableRow;
}

/** A byte of an example. */
export interface LayoutByte {
  /** Numbers of the rows that read a part of it. */
  rows: number[];
  /** Its value says whether a row counts. */
  decides: boolean;
}

/** What is to be explained of a table on an example; bytes count from 0. */
export type Finding =
  | { kind: 'overlap'; from: number; to: number; rows: number[] }
  | { kind: 'gap'; from: number; to: number }
  | { kind: 'pastEnd'; row: number; from: number; to: number; length: number };

export interface Layout {
  bytes: LayoutByte[];
  /** Numbers of the rows that count on this FPort and these bytes. */
  active: number[];
  findings: Finding[];
}

/** Which row reads which byte of an example. Rows that read different bits of one byte do not overlap. */
export function layoutOf(rows: readonly NumberedRow[], example: Uint8Array, fPort: number): Layout {
  const active = rows.filter(({ row }) => counts(row, example, fPort));
  const bytes = Array.from(example, (_, at) => byteAt(at, active));
  const clashes = Array.from(example, (_, at) => clashAt(at, active));
  return {
    bytes,
    active: active.map(({ number }) => number),
    findings: [
      ...active.flatMap((entry) => pastEnd(entry, example.length)),
      ...ranges(
        clashes,
        (clash) => clash.length > 0,
        (one, other) => one.join() === other.join(),
      ).map(({ from, to, entry }): Finding => ({ kind: 'overlap', from, to, rows: entry })),
      ...ranges(
        bytes,
        ({ rows, decides }) => rows.length === 0 && !decides,
        () => true,
      ).map(({ from, to }): Finding => ({ kind: 'gap', from, to })),
    ],
  };
}

/** Bytes that a table describes at most: what is drawn while there is no example. */
export function describedLength({ rows }: Pick<FieldTable, 'rows'>): number {
  return rows.reduce((length, { at, length: own }) => Math.max(length, at + own), 0);
}

function byteAt(at: number, active: readonly NumberedRow[]): LayoutByte {
  return {
    rows: active.filter(({ row }) => maskAt(row, at) !== 0).map(({ number }) => number),
    decides: active.some(({ row }) => row.when?.at === at),
  };
}

/** Numbers of the rows that read a bit of the byte which another row reads as well. */
function clashAt(at: number, active: readonly NumberedRow[]): number[] {
  const masks = active.map(({ number, row }) => ({ number, mask: maskAt(row, at) }));
  return masks
    .filter(({ number, mask }) => masks.some((other) => other.number !== number && (other.mask & mask) !== 0))
    .map(({ number }) => number);
}

/** The bits of a byte that a row reads. */
function maskAt({ at, length, bits, order }: TableRow, byte: number): number {
  const index = byte - at;
  if (index < 0 || index >= length) return 0;
  if (!bits) return 0xff;
  const lowest = 8 * (order === 'little' ? index : length - 1 - index);
  const from = Math.max(bits.low, lowest);
  const to = Math.min(bits.low + bits.count, lowest + 8);
  return from < to ? (2 ** (to - from) - 1) * 2 ** (from - lowest) : 0;
}

function pastEnd({ number, row: { at, length, optional } }: NumberedRow, available: number): Finding[] {
  if (optional || at + length <= available) return [];
  return [{ kind: 'pastEnd', row: number, from: at, to: at + length - 1, length: available }];
}

/** Neighbours that are wanted and alike, as ranges. */
function ranges<T>(
  entries: readonly T[],
  wanted: (entry: T) => boolean,
  alike: (one: T, other: T) => boolean,
): { from: number; to: number; entry: T }[] {
  const found: { from: number; to: number; entry: T }[] = [];
  for (const [at, entry] of entries.entries()) {
    if (!wanted(entry)) continue;
    const last = found.at(-1);
    if (last && last.to === at - 1 && alike(last.entry, entry)) last.to = at;
    else found.push({ from: at, to: at, entry });
  }
  return found;
}
