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
  /** Room for sorting. */
  #keys = new Float64Array(1024);
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

  /** Forgets the rows. */
  clear(): void {
    this.length = 0;
  }

  /** The rows in portions of at most so many: as they came, or in the order of their times and else as they came. */
  *portions(size: number, order?: 'ascending' | 'descending'): Generator<PackedRows> {
    const places = order && this.#inOrder(order);
    for (let from = 0; from < this.length; from += size) {
      const count = Math.min(size, this.length - from);
      yield this.#portion(count, (row) => places?.[from + row] ?? from + row);
    }
  }

  #portion(count: number, placeOf: (row: number) => number): PackedRows {
    const numbers = (column: Float64Array): Float64Array => {
      const picked = new Float64Array(count);
      for (let row = 0; row < count; row++) picked[row] = column[placeOf(row)] ?? Number.NaN;
      return picked;
    };
    const tagsOfRow = new Uint32Array(count);
    for (let row = 0; row < count; row++) tagsOfRow[row] = this.#tagsOfRow[placeOf(row)] ?? 0;
    return {
      times: numbers(this.#times),
      tags: this.#list.tags,
      tagsOfRow,
      fields: this.#fields.map(({ name }) => name),
      values: this.#values.map((column) =>
        column instanceof Float64Array
          ? numbers(column)
          : Array.from({ length: count }, (_, row) => column[placeOf(row)]),
      ),
    };
  }

  /**
   * Places of the rows in the order of their times. Sorting numbers costs a fraction of what SQLite needs to sort the
   * rows: each stands for a time and, in the remainder, for a place.
   */
  #inOrder(order: 'ascending' | 'descending'): Float64Array {
    const { length } = this;
    const times = this.#times.subarray(0, length);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const time of times) {
      if (time < least) least = time;
      if (time > most) most = time;
    }
    const after = (time: number) => (order === 'descending' ? most - time : time - least);
    const keys = this.#keys.subarray(0, length);
    // Beyond that a number no longer holds both.
    if ((most - least + 1) * length > Number.MAX_SAFE_INTEGER) {
      for (let place = 0; place < length; place++) keys[place] = place;
      return keys.sort((a, b) => after(times[a] ?? 0) - after(times[b] ?? 0) || a - b);
    }
    for (let place = 0; place < length; place++) keys[place] = after(times[place] ?? 0) * length + place;
    keys.sort();
    for (let row = 0; row < length; row++) keys[row] = (keys[row] ?? 0) % length;
    return keys;
  }

  #reserve(length: number): void {
    if (length <= this.#times.length) return;
    const size = 2 ** Math.ceil(Math.log2(length));
    this.#times = grown(this.#times, size);
    this.#keys = new Float64Array(size);
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
