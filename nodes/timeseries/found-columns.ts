import type { FieldType } from './series.ts';
import type { PackedRows, Row } from './store.ts';
import type { StoredValue } from './summary.ts';

type Column = PackedRows['values'][number];

/** A row as SQLite gives it: id of its series, time, then the fields in their order. */
export type FoundRow = readonly [series: number, time: number, ...values: (StoredValue | null)[]];

/** The sets of tags of a stream, each once: those of thousands of series would be most of what is handed on. */
export class TagList {
  readonly tags: Row['tags'][] = [];
  readonly #tagsOf: (series: number) => Row['tags'];
  readonly #indexes = new Map<number, number>();

  constructor(tagsOf: (series: number) => Row['tags']) {
    this.#tagsOf = tagsOf;
  }

  /** Where the tags of a series stand in the list. */
  index(series: number): number {
    let index = this.#indexes.get(series);
    if (index === undefined) {
      index = this.tags.push(this.#tagsOf(series)) - 1;
      this.#indexes.set(series, index);
    }
    return index;
  }
}

/**
 * Takes found rows and keeps them column by column, so that soon nothing is left of the rows' own lists: millions of
 * them would be most of the work of a long answer. Used again and again; what is taken is a copy.
 */
export class FoundColumns {
  readonly #fields: readonly { name: string; type: FieldType }[];
  readonly #list: TagList;
  #times = new Float64Array(1024);
  #tagsOfRow = new Uint32Array(1024);
  readonly #values: Column[];
  length = 0;

  constructor(fields: readonly { name: string; type: FieldType }[], list: TagList) {
    this.#fields = fields;
    this.#list = list;
    this.#values = fields.map(({ type }) => (isNumeric(type) ? new Float64Array(1024) : []));
  }

  add(rows: readonly FoundRow[]): void {
    const start = this.length;
    this.length += rows.length;
    this.#reserve(this.length);
    for (let row = 0; row < rows.length; row++) {
      const found = rows[row];
      if (!found) continue;
      this.#tagsOfRow[start + row] = this.#list.index(found[0]);
      this.#times[start + row] = found[1];
    }
    for (const [index, column] of this.#values.entries()) this.#addColumn(rows, index, column, start);
  }

  #addColumn(rows: readonly FoundRow[], index: number, column: Column, start: number): void {
    const isBoolean = this.#fields[index]?.type === 'boolean';
    for (let row = 0; row < rows.length; row++) {
      const value = rows[row]?.[index + 2];
      if (column instanceof Float64Array)
        column[start + row] = typeof value === 'number' ? value : Number.NaN;
      else if (value == null) column[start + row] = undefined;
      else column[start + row] = isBoolean ? value === 1 : value;
    }
  }

  /** The time of the last row. */
  get lastTime(): number | undefined {
    return this.#times[this.length - 1];
  }

  /** The rows, which are forgotten here: as they came, or in the order of their times and else as they came. */
  take(order?: 'ascending' | 'descending'): PackedRows {
    const places = order && this.#places(order);
    const picked = (column: Float64Array): Float64Array => {
      if (!places) return column.slice(0, this.length);
      const ordered = new Float64Array(places.length);
      for (let row = 0; row < ordered.length; row++) ordered[row] = column[places[row] ?? 0] ?? Number.NaN;
      return ordered;
    };
    const tagsOfRow = new Uint32Array(this.length);
    for (let row = 0; row < tagsOfRow.length; row++)
      tagsOfRow[row] = this.#tagsOfRow[places?.[row] ?? row] ?? 0;
    const rows: PackedRows = {
      times: picked(this.#times),
      tags: this.#list.tags,
      tagsOfRow,
      fields: this.#fields.map(({ name }) => name),
      values: this.#values.map((column) => {
        if (column instanceof Float64Array) return picked(column);
        return Array.from(tagsOfRow, (_, row) => column[places?.[row] ?? row]);
      }),
    };
    this.length = 0;
    return rows;
  }

  /**
   * Places of the rows in the order of their times. Sorting numbers costs a fraction of what SQLite needs to sort the
   * rows: each stands for a time and, in the remainder, for a place.
   */
  #places(order: 'ascending' | 'descending'): Uint32Array {
    const { length } = this;
    const times = this.#times.subarray(0, length);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const time of times) {
      if (time < least) least = time;
      if (time > most) most = time;
    }
    const after = (time: number) => (order === 'descending' ? most - time : time - least);
    // Beyond that a number no longer holds both.
    if ((most - least + 1) * length > Number.MAX_SAFE_INTEGER) {
      const places = Uint32Array.from(times, (_, place) => place);
      return places.sort((a, b) => after(times[a] ?? 0) - after(times[b] ?? 0) || a - b);
    }
    const keys = times.map((time, place) => after(time) * length + place).sort();
    return Uint32Array.from(keys, (key) => key % length);
  }

  #reserve(length: number): void {
    if (length <= this.#times.length) return;
    const size = 2 ** Math.ceil(Math.log2(length));
    this.#times = grown(this.#times, size);
    const tags = new Uint32Array(size);
    tags.set(this.#tagsOfRow);
    this.#tagsOfRow = tags;
    for (const [index, column] of this.#values.entries()) {
      if (column instanceof Float64Array) this.#values[index] = grown(column, size);
    }
  }
}

function isNumeric(type: FieldType): boolean {
  return type === 'number' || type === 'integer';
}

function grown(column: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const all = new Float64Array(size);
  all.set(column);
  return all;
}
