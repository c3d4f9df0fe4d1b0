/** Rows as they travel between threads: column by column, which costs a fraction of an object per row. */
import type { LatestRow, PackedRows, Row } from './store.ts';

export interface PackedLatest extends PackedRows {
  /** The time of each value. */
  valueTimes: (number | undefined)[][];
}

export function pack(rows: readonly Row[]): PackedRows {
  const tags = new Map<Row['tags'], number>();
  const fields = new Set<string>();
  for (const row of rows) {
    if (!tags.has(row.tags)) tags.set(row.tags, tags.size);
    for (const field in row.values) fields.add(field);
  }
  const names = [...fields];
  return {
    times: Float64Array.from(rows, ({ time }) => time),
    tags: [...tags.keys()],
    tagsOfRow: Uint32Array.from(rows, (row) => tags.get(row.tags) ?? 0),
    fields: names,
    values: names.map((field) => column(rows, field)),
  };
}

/** Numbers, which most columns are, as such; those without a value are NaN. */
function column(rows: readonly Row[], field: string): PackedRows['values'][number] {
  const isOfNumbers = rows.every(({ values }) => typeof (values[field] ?? 0) === 'number');
  if (!isOfNumbers) return rows.map(({ values }) => values[field]);
  return Float64Array.from(rows, ({ values }) => (values[field] as number | undefined) ?? Number.NaN);
}

/** The rows from one to before another. */
export function packedPart(rows: PackedRows, from: number, to: number): PackedRows {
  return {
    ...rows,
    times: rows.times.slice(from, to),
    tagsOfRow: rows.tagsOfRow.slice(from, to),
    values: rows.values.map((column) => column.slice(from, to)),
  };
}

/** What may be handed to another thread instead of copied for it. */
export function transferable({ times, tagsOfRow, values }: PackedRows): ArrayBuffer[] {
  const numbers = values.filter((cells) => cells instanceof Float64Array);
  return [times, tagsOfRow, ...numbers].map(({ buffer }) => buffer as ArrayBuffer);
}

export function packLatest(rows: readonly LatestRow[]): PackedLatest {
  const packed = pack(rows);
  return { ...packed, valueTimes: packed.fields.map((field) => rows.map(({ times }) => times[field])) };
}

export function unpack({ times, tags, tagsOfRow, fields, values }: PackedRows): Row[] {
  return Array.from(times, (time, index) => ({
    time,
    tags: tags[tagsOfRow[index] ?? 0] ?? {},
    values: recordAt(fields, values, index),
  }));
}

/** The rows in portions of at most so many. */
export function* unpackedPortions(packed: PackedRows, size: number): Generator<Row[]> {
  const { length } = packed.times;
  if (length <= size) yield unpack(packed);
  else for (let row = 0; row < length; row += size) yield unpack(packedPart(packed, row, row + size));
}

export function unpackLatest(packed: PackedLatest): LatestRow[] {
  return unpack(packed).map((row, index) => ({
    ...row,
    times: recordAt(packed.fields, packed.valueTimes, index),
  }));
}

function recordAt<T>(
  names: readonly string[],
  columns: readonly ArrayLike<T | undefined>[],
  index: number,
): Record<string, T> {
  const record: Record<string, T> = {};
  for (const [column, name] of names.entries()) {
    const value = columns[column]?.[index];
    if (value !== undefined && !Number.isNaN(value)) record[name] = value;
  }
  return record;
}
