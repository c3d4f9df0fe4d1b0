import { escape as escaped } from '@influxdata/influxdb-client';
import { fieldTypeOf, tagValue } from './series.ts';
import type { Point } from './store.ts';

/**
 * A point as one line of InfluxDB line protocol, time in ms. Numbers are floats, only `_qc` are integers.
 * Throws an Error with the reason if no database would take it (no field, NaN, a name that it would read otherwise ...).
 * Names and texts are escaped by the client; its own Point does the same work anew in every line, at twice the cost.
 */
export function lineOf({ measurement, tags, fields, time }: Point): string {
  if (!Number.isSafeInteger(time)) throw new Error(`time ${time} is no whole number of milliseconds`);
  let series = measurements.text(measurement);
  for (const name of Object.keys(tags).sort()) {
    const value = tagValues.text(tags[name] ?? '');
    if (value !== '') series += nextNames.text(name) + value;
  }
  let line = series;
  for (const name in fields) {
    line += (line === series ? firstNames : nextNames).text(name);
    line += textOf(name, fields[name]);
  }
  if (line === series) throw new Error('no fields');
  return `${line} ${time}`;
}

function textOf(name: string, value: unknown): string {
  switch (fieldTypeOf(name, value)) {
    case 'number':
      return String(value);
    case 'integer':
      return `${Math.trunc(Number(value))}i`;
    case 'boolean':
      return value ? 'T' : 'F';
    case 'string':
      return escaped.quoted(String(value));
    default:
      throw new Error(`field ${name} has no usable value`);
  }
}

/** Texts that are in line after line, each escaped once. */
class EscapedTexts {
  readonly #escaped: (plain: string) => string;
  readonly #texts = new Map<string, string>();

  constructor(escaped: (plain: string) => string) {
    this.#escaped = escaped;
  }

  text(plain: string): string {
    const known = this.#texts.get(plain);
    if (known !== undefined) return known;
    // Devices, places and names are few. Should a flow make them up, memory stays bounded.
    if (this.#texts.size >= TEXTS_AT_MOST) this.#texts.clear();
    const text = this.#escaped(plain);
    this.#texts.set(plain, text);
    return text;
  }
}

const TEXTS_AT_MOST = 50_000;

/** A line break would end the line, a backslash hide what stands after the name, and a line that begins with # is none. */
const UNUSABLE = /\p{Cc}|\\$|^#|^$/u;

function usable(name: string): string {
  if (UNUSABLE.test(name)) throw new Error(`${JSON.stringify(name)} cannot be a name`);
  return name;
}

const measurements = new EscapedTexts((text) => escaped.measurement(usable(text)));
/** Names of tags and fields, with what stands around them. */
const nextNames = new EscapedTexts((text) => `,${escaped.tag(usable(text))}=`);
const firstNames = new EscapedTexts((text) => ` ${escaped.tag(usable(text))}=`);
const tagValues = new EscapedTexts((text) => escaped.tag(tagValue(text)));
