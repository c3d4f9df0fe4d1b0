import { type Field, type Piece, readFields, requireLength, type Values } from './field.ts';

interface TaggedRecord {
  /** Bytes after the tag; `counted`: the first byte after the tag says how many follow it. */
  length: number | 'counted';
  /** Other lengths, by the value of the first byte. */
  lengths?: Readonly<Record<string, number>>;
  fields?: readonly Field[];
  /** The record's values become one object in the array of this name. */
  list?: string;
  /** The record's content is again a sequence of records, decoded into the object of this name. */
  group?: string;
  records?: TaggedRecords['records'];
}

/** A payload that is a sequence of records, each a tag of one or two bytes and its data (ELSYS, Milesight). */
export interface TaggedRecords {
  kind: 'tagged-records';
  /** Bytes of a tag. */
  tagLength: 1 | 2;
  /** By tag in lower-case hex; several tags of one meaning are joined by commas. */
  records: Readonly<Record<string, TaggedRecord>>;
}

/** Looks up a record by its tag. An unknown tag has no known length, so that decoding ends there. */
type Dictionary = ReadonlyMap<number, TaggedRecord>;

const dictionaries = new WeakMap<TaggedRecords['records'], Dictionary>();

/** The values of a payload under the vendor's names. Throws CodecError if a known record is cut off. */
export function decodeTaggedRecords(format: Omit<TaggedRecords, 'kind'>, piece: Piece): Values {
  const dictionary = dictionaryOf(format.records);
  const values: Values = {};
  let at = 0;
  while (at + format.tagLength <= piece.bytes.length) {
    const record = dictionary.get(tagAt(piece.bytes, at, format.tagLength));
    if (!record) break;
    at += format.tagLength;
    const start = record.length === 'counted' ? at + 1 : at;
    const end = start + lengthOf(record, piece.bytes[at] ?? 0);
    requireLength(piece, end);
    readRecord(record, { model: piece.model, bytes: piece.bytes.subarray(start, end) }, values);
    at = end;
  }
  return values;
}

/** The tag as a number, first byte highest. */
function tagAt(bytes: Uint8Array, at: number, length: 1 | 2): number {
  const first = bytes[at] ?? 0;
  return length === 1 ? first : first * 256 + (bytes[at + 1] ?? 0);
}

function lengthOf({ length, lengths }: TaggedRecord, first: number): number {
  return length === 'counted' ? first : (lengths?.[first] ?? length);
}

function readRecord(record: TaggedRecord, piece: Piece, values: Values): void {
  if (record.records && record.group !== undefined) {
    values[record.group] = decodeTaggedRecords({ tagLength: 1, records: record.records }, piece);
  } else if (record.list !== undefined) {
    const entry: Values = {};
    readFields(record.fields ?? [], piece, entry);
    const list = values[record.list];
    values[record.list] = Array.isArray(list) ? [...list, entry] : [entry];
  } else {
    readFields(record.fields ?? [], piece, values);
  }
}

function dictionaryOf(records: TaggedRecords['records']): Dictionary {
  const known = dictionaries.get(records);
  if (known) return known;
  const entries = Object.entries(records).flatMap(([tags, record]) =>
    tags.split(',').map((tag): [number, TaggedRecord] => [Number.parseInt(tag, 16), record]),
  );
  const dictionary = new Map(entries);
  dictionaries.set(records, dictionary);
  return dictionary;
}
