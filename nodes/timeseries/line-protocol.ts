import { escape as escaped } from '@influxdata/influxdb-client';
import { isFlagField } from './quality-fields.ts';
import { tagValue } from './series.ts';
import type { Point } from './store.ts';

/**
 * A point as one line of InfluxDB line protocol, time in ms. Numbers are floats, only `_qc` are integers.
 * Throws an Error with the reason if no database would take it (no field, NaN, a name that it would read otherwise ...).
 * Names and texts are escaped by the client; its own Point does the same work anew in every line, at twice the cost.
 */
export function lineOf({ measurement, tags, fields, time }: Point): string {
  if (!Number.isSafeInteger(time)) throw new Error(`time ${time} is no whole number of milliseconds`);
  let line = measurements.of(measurement);
  const names = Object.keys(tags);
  if (names.length > 1) names.sort();
  for (const name of names) {
    const value = tagValues.of(tags[name] ?? '');
    if (value !== '') line += tagNames.of(name) + value;
  }
  let separator = ' ';
  for (const name in fields) {
    const field = fieldNames.of(name);
    line += separator + field.text + textOf(field, fields[name]);
    separator = ',';
  }
  if (separator === ' ') throw new Error('no fields');
  return `${line} ${time}`;
}

function textOf({ name, isFlag }: FieldName, value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) {
    return isFlag ? `${Math.trunc(value)}i` : String(value);
  }
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  if (typeof value === 'string') return escaped.quoted(value);
  throw new Error(`field ${name} has no usable value`);
}

/** What is made of texts that are in line after line, once of each. */
class Prepared<T> {
  readonly #prepare: (plain: string) => T;
  readonly #known = new Map<string, T>();

  constructor(prepare: (plain: string) => T) {
    this.#prepare = prepare;
  }

  of(plain: string): T {
    const known = this.#known.get(plain);
    if (known !== undefined) return known;
    // Devices, places and names are few. Should a flow make them up, memory stays bounded.
    if (this.#known.size >= TEXTS_AT_MOST) this.#known.clear();
    const prepared = this.#prepare(plain);
    this.#known.set(plain, prepared);
    return prepared;
  }
}

const TEXTS_AT_MOST = 50_000;

/** A line break would end the line, a backslash hide what stands after the name, and a line that begins with # is none. */
const UNUSABLE = /\p{Cc}|\\$|^#|^$/u;

function usable(name: string): string {
  if (UNUSABLE.test(name)) throw new Error(`${JSON.stringify(name)} cannot be a name`);
  return name;
}

interface FieldName {
  name: string;
  /** Escaped, with the sign after it. */
  text: string;
  /** Its numbers are integers. */
  isFlag: boolean;
}

const measurements = new Prepared((text) => escaped.measurement(usable(text)));
const tagNames = new Prepared((text) => `,${escaped.tag(usable(text))}=`);
const tagValues = new Prepared((text) => escaped.tag(tagValue(text)));
const fieldNames = new Prepared<FieldName>((name) => ({
  name,
  text: `${escaped.tag(usable(name))}=`,
  isFlag: isFlagField(name),
}));
