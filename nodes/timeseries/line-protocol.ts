import { escape as escaped } from '@influxdata/influxdb-client';
import { cleanTags, fieldTypeOf } from './series.ts';
import type { Point } from './store.ts';

/**
 * A point as one line of InfluxDB line protocol, time in ms. Numbers are floats, only `_qc` are integers.
 * Throws an Error with the reason if no database would take it (no field, NaN ...).
 * Names and texts are escaped by the client; its own Point does the same work anew in every line, at twice the cost.
 */
export function lineOf({ measurement, tags, fields, time }: Point): string {
  if (!Number.isSafeInteger(time)) throw new Error(`time ${time} is no whole number of milliseconds`);
  let series = escaped.measurement(measurement);
  const clean = cleanTags(tags);
  for (const name of Object.keys(clean).sort())
    series += `,${escapedName(name)}=${escaped.tag(clean[name] ?? '')}`;
  let values = '';
  for (const name in fields) values += `,${escapedName(name)}=${textOf(name, fields[name])}`;
  if (values === '') throw new Error('no fields');
  return `${series} ${values.slice(1)} ${time}`;
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

/** Names of tags and fields, of which there are a few hundred at most. */
const escapedNames = new Map<string, string>();

function escapedName(name: string): string {
  let text = escapedNames.get(name);
  if (text === undefined) {
    text = escaped.tag(name);
    escapedNames.set(name, text);
  }
  return text;
}
