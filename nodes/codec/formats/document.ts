import { CodecError } from '../../observation/errors.ts';
import type { CodecOutput } from '../codec.ts';
import { plainCbor, readCbor } from './cbor.ts';
import type { Piece, Values } from './field.ts';
import { datedSamples } from './stored-samples.ts';

/** A payload that names its values itself: JSON, or CBOR (RFC 8949). */
export interface Document {
  kind: 'document';
  encoding: keyof typeof READERS;
  /** Members that the payload must have: what tells it from a message of another kind. */
  required?: readonly string[];
  /** Name in the output -> path of a value that stands deeper in the payload, steps joined by dots. */
  lift?: Readonly<Record<string, string>>;
  /** Members that are called 1, 2, 3 ... are earlier samples: lists of values in the order of `names`. */
  rows?: { list: string; names: readonly string[]; time: string };
  /** Name of a time that is written as `2024/12/09 09:40:25` (UTC). */
  time?: string;
  /** Groups of numbers that are all 0 only if their sensor is missing. */
  zeroWithout?: readonly (readonly string[])[];
}

const READERS = {
  json: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
  cbor: (bytes: Uint8Array): unknown => plainCbor(readCbor(bytes)),
} as const;

export function isEncoding(encoding: unknown): encoding is Document['encoding'] {
  return typeof encoding === 'string' && Object.hasOwn(READERS, encoding);
}

/**
 * The members of the payload, with the format's changes. Throws CodecError `codec.error.notDocument` if it is not
 * written in the encoding, is no object, or lacks what is required.
 */
export function decodeDocument(format: Document, piece: Piece): CodecOutput {
  const members = membersOf(format, piece);
  const data: Values = format.rows
    ? Object.fromEntries(Object.entries(members).filter(([name]) => !isRow(name)))
    : { ...members };
  for (const [name, path] of Object.entries(format.lift ?? {})) {
    const value = valueAt(members, path.split('.'));
    if (value !== undefined) data[name] = value;
  }
  clean(format, data);
  return format.rows ? withRows(format, format.rows, members, data) : { data };
}

function membersOf({ encoding, required = [] }: Document, { model, bytes }: Piece): Values {
  const refused = (cause?: unknown) =>
    new CodecError(
      { key: 'codec.error.notDocument', parameters: { model, encoding: encoding.toUpperCase() } },
      { cause },
    );
  let content: unknown;
  try {
    content = READERS[encoding](bytes);
  } catch (cause) {
    throw refused(cause);
  }
  if (!isObject(content) || required.some((name) => !Object.hasOwn(content, name))) throw refused();
  return content;
}

function withRows(
  format: Document,
  { list, names, time }: NonNullable<Document['rows']>,
  members: Values,
  data: Values,
): CodecOutput {
  const rows = Object.entries(members).flatMap(([name, row]) => {
    // With more or fewer values the device is set to other sensors: which value is which, nobody says.
    if (!isRow(name) || !Array.isArray(row) || row.length !== names.length) return [];
    const sample: Values = Object.fromEntries(names.map((each, index) => [each, row[index]]));
    clean(format, sample);
    return [sample];
  });
  const { samples, warnings } = datedSamples(rows, time);
  if (samples.length > 0) data[list] = samples;
  return warnings ? { data, warnings } : { data };
}

function clean({ time, zeroWithout = [] }: Document, values: Values): void {
  for (const names of zeroWithout) {
    if (names.every((name) => values[name] === 0)) for (const name of names) delete values[name];
  }
  const written = time === undefined ? undefined : values[time];
  if (time !== undefined && typeof written === 'string') values[time] = isoTime(written);
}

function isoTime(text: string): string {
  return /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/.test(text)
    ? `${text.replaceAll('/', '-').replace(' ', 'T')}Z`
    : text;
}

function isRow(name: string): boolean {
  return /^\d+$/.test(name);
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return value;
  return isObject(value) && Object.hasOwn(value, step) ? valueAt(value[step], rest) : undefined;
}
