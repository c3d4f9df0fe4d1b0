/** Rows as they travel between threads: column by column, which costs a fraction of an object per row. */
import type { Value } from '../observation/observation.ts';
import type { LatestRow, Row } from './store.ts';

export interface PackedRows {
  times: Float64Array;
  /** Different sets of tags, and which of them each row has. */
  tags: Row['tags'][];
  tagsOfRow: Uint32Array;
  fields: string[];
  /** A column per field. */
  values: (Value | undefined)[][];
}

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
    values: names.map((field) => rows.map(({ values }) => values[field])),
  };
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

export function unpackLatest(packed: PackedLatest): LatestRow[] {
  return unpack(packed).map((row, index) => ({
    ...row,
    times: recordAt(packed.fields, packed.valueTimes, index),
  }));
}

function recordAt<T>(
  names: readonly string[],
  columns: readonly (readonly (T | undefined)[])[],
  index: number,
): Record<string, T> {
  const record: Record<string, T> = {};
  for (const [column, name] of names.entries()) {
    const value = columns[column]?.[index];
    if (value !== undefined) record[name] = value;
  }
  return record;
}
