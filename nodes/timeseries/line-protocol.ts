import { Point as LinePoint } from '@influxdata/influxdb-client';
import { cleanTags, fieldTypeOf } from './series.ts';
import type { Point } from './store.ts';

/** The client asks this how to write the time; ours is in ms already. */
const MILLISECONDS = { convertTime: String };

/**
 * A point as one line of InfluxDB line protocol, time in ms. Numbers are floats, only `_qc` are integers.
 * Throws an Error with the reason if no database would take it (no field, NaN ...).
 */
export function lineOf(point: Point): string {
  if (!Number.isSafeInteger(point.time))
    throw new Error(`time ${point.time} is no whole number of milliseconds`);
  const line = new LinePoint(point.measurement).timestamp(point.time);
  const tags = cleanTags(point.tags);
  for (const name in tags) line.tag(name, tags[name] ?? '');
  for (const name in point.fields) addField(line, name, point.fields[name]);
  const text = line.toLineProtocol(MILLISECONDS);
  if (text === undefined) throw new Error('no fields');
  return text;
}

function addField(line: LinePoint, name: string, value: unknown): void {
  switch (fieldTypeOf(name, value)) {
    case 'number':
      line.floatField(name, value);
      break;
    case 'integer':
      line.intField(name, value);
      break;
    case 'boolean':
      line.booleanField(name, value);
      break;
    case 'string':
      line.stringField(name, value);
      break;
    default:
      throw new Error(`field ${name} has no usable value`);
  }
}
