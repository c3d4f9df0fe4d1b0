/** Rules about names, tags and field types that both databases share. */
import type { Value } from '../observation/observation.ts';
import { isFlagField } from './quality-fields.ts';
import type { FieldType, LatestRow, Row, StoreQuery } from './store.ts';

export type { FieldType };

/** The type that a value has as this field; undefined if no database takes it (NaN, infinity, an object). */
export function fieldTypeOf(field: string, value: unknown): FieldType | undefined {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return undefined;
    return isFlagField(field) ? 'integer' : 'number';
  }
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'string' ? 'string' : undefined;
}

const UNUSUAL = /\p{Cc}|\\$|^\s|\s$/u;

/**
 * A tag value as every database takes it: line protocol has no control characters in tags, and no backslash at the end.
 * Empty: the tag is left out.
 */
export function tagValue(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  const oneLine = text.replaceAll(/\p{Cc}+/gu, ' ');
  return oneLine.replace(/[\s\\]+$/, '').trimStart();
}

/** Tags without the empty ones, their values as every database takes them. */
export function cleanTags(tags: Record<string, string>): Record<string, string> {
  const clean = Object.entries(tags).map(([name, value]) => [name, tagValue(value)] as const);
  return Object.fromEntries(clean.filter(([, value]) => value !== ''));
}

/** One text per set of tags, the same for any order of them. */
export function seriesKey(tags: Record<string, string>): string {
  const names = Object.keys(tags).sort();
  return JSON.stringify(names.map((name) => [name, tags[name]]));
}

/** True if the tags fit a query's `where`. */
export function matches(tags: Record<string, string>, where: StoreQuery['where']): boolean {
  return Object.entries(where ?? {}).every(([name, wanted]) => {
    const tag = tags[name] ?? '';
    return typeof wanted === 'string'
      ? tag === tagValue(wanted)
      : wanted.some((one) => tag === tagValue(one));
  });
}

/** Aggregates that numbers alone have. */
const NUMERIC = new Set(['mean', 'sum', 'min', 'max']);

/** The fields of a query that its aggregate applies to, each once. */
export function aggregable(query: StoreQuery, typeOf: (field: string) => FieldType | undefined): string[] {
  return [...new Set(query.fields)].filter((field) => {
    const type = typeOf(field);
    if (type === undefined) return false;
    return !NUMERIC.has(query.aggregate ?? '') || type === 'number' || type === 'integer';
  });
}

/** Orders rows by time, then tags, and cuts them to `offset` and `limit`. */
export function arrange<T extends Row>(rows: T[], { order, limit, offset = 0 }: StoreQuery): T[] {
  const direction = order === 'descending' ? -1 : 1;
  const keys = new Map<Row['tags'], string>();
  const keyOf = ({ tags }: Row) => {
    let key = keys.get(tags);
    if (key === undefined) {
      key = seriesKey(tags);
      keys.set(tags, key);
    }
    return key;
  };
  rows.sort((a, b) => direction * (a.time - b.time) || compare(keyOf(a), keyOf(b)));
  return rows.slice(offset, limit === undefined ? undefined : offset + limit);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Builds up one row per series for `latest`. */
export class LatestRows {
  readonly #rows = new Map<string, LatestRow>();

  add(tags: Record<string, string>, field: string, time: number, value: Value): void {
    const key = seriesKey(tags);
    const row = this.#rows.get(key) ?? { time, tags, values: {}, times: {} };
    row.time = Math.max(row.time, time);
    row.values[field] = value;
    row.times[field] = time;
    this.#rows.set(key, row);
  }

  /** Newest first. */
  rows(): LatestRow[] {
    return arrange([...this.#rows.values()], { measurement: '', fields: [], order: 'descending' });
  }
}
