import { type Field, type Piece, readFields, requireLength, type Values } from './field.ts';

export interface TaggedRecord {
  /** Bytes after the tag; `counted`: the first byte after the tag says how many entries follow it. */
  length: number | 'counted';
  /** Bytes of an entry. Several entries of a record become one object each in `list`. */
  entry?: number;
  /** Other lengths, by the value of the byte at `lengthsBy` (0 if absent). */
  lengths?: Readonly<Record<string, number>>;
  lengthsBy?: number;
  fields?: readonly Field[];
  /** The record's values become one object in the array of this name. */
  list?: string;
  /** The record's content is again a sequence of records, decoded into the object of this name. */
  group?: string;
  records?: TaggedRecords['records'];
  /** Tag in hex under which the same content is sent to the device. */
  command?: string;
  /** Value of the command's bytes that no field writes; 0 if absent. */
  fill?: number;
}

/** A payload that is a sequence of records, each a tag of one or two bytes and its data (ELSYS, Milesight). */
export interface TaggedRecords {
  kind: 'tagged-records';
  /** Bytes of a tag. */
  tagLength: 1 | 2;
  /** Tables of record-sets.ts whose records this device has, too. */
  include?: readonly string[];
  /**
   * By tag in lower-case hex; several tags of one meaning are joined by commas.
   * A key that is no whole tag never comes in an uplink: the record is only a command.
   */
  records: Readonly<Record<string, TaggedRecord>>;
  /**
   * A tag that begins with the byte `tag` (two hex digits) is laid out as the one that begins with `of`, and a byte
   * follows that says whether the device obeyed.
   */
  answers?: { tag: string; of: string };
}

/** What a device says of a command that it did not obey, by the byte after the repeated command. */
const REFUSALS: Readonly<Record<string, string>> = { 1: 'forbidden', 2: 'invalid parameter' };

/** Looks up a record by its tag. An unknown tag has no known length, so that decoding ends there. */
type Dictionary = ReadonlyMap<number, TaggedRecord>;

type Layout = Omit<TaggedRecords, 'kind' | 'include'>;

const dictionaries = new WeakMap<TaggedRecords['records'], Dictionary>();

/** The values of a payload under the vendor's names. Throws CodecError if a known record is cut off. */
export function decodeTaggedRecords(format: Layout, piece: Piece): Values {
  const dictionary = dictionaryOf(format);
  const values: Values = {};
  const { model, bytes } = piece;
  let at = 0;
  while (at + format.tagLength <= bytes.length) {
    const tag = tagAt(bytes, at, format.tagLength);
    const answered = format.answers && answeredTag(format.answers, tag);
    const record = dictionary.get(answered ?? tag);
    if (!record) break;
    at += format.tagLength;
    const start = record.length === 'counted' ? at + 1 : at;
    const end = start + lengthOf(record, bytes, at);
    at = answered === undefined ? end : end + 1;
    requireLength(piece, at);
    const content = { model, bytes: bytes.subarray(start, end) };
    const result = answered === undefined ? 0 : (bytes[end] ?? 0);
    if (result === 0) readRecord(record, content, values);
    else values.device_response_result = refusal(record, content, tag & 0xff, result);
  }
  return values;
}

/** The tag as a number, first byte highest. */
function tagAt(bytes: Uint8Array, at: number, length: 1 | 2): number {
  const first = bytes[at] ?? 0;
  return length === 1 ? first : first * 256 + (bytes[at + 1] ?? 0);
}

/** The tag of the command to which a tag is the answer. */
function answeredTag(answers: NonNullable<Layout['answers']>, tag: number): number | undefined {
  if (tag >> 8 !== Number.parseInt(answers.tag, 16)) return undefined;
  return Number.parseInt(answers.of, 16) * 256 + (tag & 0xff);
}

function lengthOf(
  { length, entry = 1, lengths, lengthsBy = 0 }: TaggedRecord,
  bytes: Uint8Array,
  at: number,
) {
  return length === 'counted' ? (bytes[at] ?? 0) * entry : (lengths?.[bytes[at + lengthsBy] ?? 0] ?? length);
}

function readRecord(record: TaggedRecord, piece: Piece, values: Values): void {
  const { model, bytes } = piece;
  const { fields = [], list, group, records, entry = bytes.length } = record;
  if (records && group !== undefined) {
    values[group] = decodeTaggedRecords({ tagLength: 1, records }, piece);
  } else if (list === undefined) {
    readFields(fields, piece, values);
  } else {
    for (let at = 0; at < bytes.length; at += entry) {
      const item: Values = {};
      readFields(fields, { model, bytes: bytes.subarray(at, at + entry) }, item);
      append(values, list, item);
    }
  }
}

function append(values: Values, list: string, item: Values): void {
  const items = values[list];
  if (Array.isArray(items)) items.push(item);
  else values[list] = [item];
}

/** The vendor's object for a command that was refused. */
function refusal(record: TaggedRecord, piece: Piece, type: number, result: number): Values {
  const request: Values = {};
  readRecord(record, piece, request);
  return { channel_type: type, result: REFUSALS[result] ?? 'unknown', request };
}

function dictionaryOf({ records, tagLength }: Layout): Dictionary {
  const known = dictionaries.get(records);
  if (known) return known;
  const entries = Object.entries(records).flatMap(([tags, record]) =>
    tags
      .split(',')
      .filter((tag) => tag.length === tagLength * 2)
      .map((tag): [number, TaggedRecord] => [Number.parseInt(tag, 16), record]),
  );
  const dictionary = new Map(entries);
  dictionaries.set(records, dictionary);
  return dictionary;
}
