import { CodecError } from '../../observation/errors.ts';
import {
  type Condition,
  type Field,
  type Piece,
  passes,
  readFields,
  requireLength,
  type Values,
} from './field.ts';
import { datedSamples } from './stored-samples.ts';
import { decodeTaggedRecords, type TaggedRecords } from './tagged-records.ts';

/** What stands in a frame behind its fields, until its end. */
export type FrameRest = StoredRows | RecordsBehind | Increments;

/** Earlier samples, `size` bytes each (Dragino's NB-IoT sensors). */
interface StoredRows {
  kind: 'rows';
  at: number;
  size: number;
  /** Name of the list that they become. */
  list: string;
  /** Name of the time in them, seconds since 1970. */
  time: string;
  /** Rows that were never written do not pass. */
  when?: readonly Condition[];
  fields: readonly Field[];
}

/** Records with a tag (Milesight's NB-IoT sensors). */
interface RecordsBehind {
  kind: 'records';
  at: number;
  /** Offset of the number of their bytes, 16 bits, big-endian. */
  sizeAt: number;
  tagLength: TaggedRecords['tagLength'];
  records: TaggedRecords['records'];
}

/** Readings of a counter as 16-bit differences from one reading to the next (water meters). */
interface Increments {
  kind: 'increments';
  at: number;
  /** Where they end, if not with the frame. */
  until?: number;
  order: 'be' | 'le';
  /** Name of the list that they become. */
  list: string;
  /** Name of the field with the reading where it begins. */
  from: string;
  /** Each difference leads to the reading before. The list is of plain numbers then: nothing says how far apart. */
  backwards?: true;
  /**
   * The list is of `{ time, <name> }`; `since` is the field with the time of the first reading; it is a whole number of
   * steps, which are in seconds.
   */
  dated?: { name: string; since: string; step: number };
  /** Name of the field with the present reading, which none of the list can exceed. */
  upTo?: string;
}

type Reader<Rest> = (rest: Rest, piece: Piece, values: Values) => string[] | undefined;

const READERS: { [Kind in FrameRest['kind']]: Reader<Extract<FrameRest, { kind: Kind }>> } = {
  rows: readRows,
  records: readRecords,
  increments: readIncrements,
};

export function isRestKind(kind: unknown): kind is FrameRest['kind'] {
  return typeof kind === 'string' && Object.hasOwn(READERS, kind);
}

/** Adds what stands behind a frame's fields to its values; gives warnings. Throws CodecError if it is cut off. */
export function readRest(rest: FrameRest, piece: Piece, values: Values): string[] {
  const read = READERS[rest.kind] as Reader<FrameRest>;
  return read(rest, piece, values) ?? [];
}

function readRows(
  { at, size, list, time, when, fields }: StoredRows,
  piece: Piece,
  values: Values,
): string[] | undefined {
  const count = Math.ceil((piece.bytes.length - at) / size);
  requireLength(piece, at + count * size);
  const rows: Values[] = [];
  for (let index = 0; index < count; index++) {
    const start = at + index * size;
    const row = { ...piece, bytes: piece.bytes.subarray(start, start + size) };
    if (!passes(when, row.bytes)) continue;
    const sample: Values = {};
    readFields(fields, row, sample);
    rows.push(sample);
  }
  const { samples, warnings } = datedSamples(rows, time);
  if (samples.length > 0) values[list] = samples;
  return warnings;
}

function readRecords({ at, sizeAt, ...layout }: RecordsBehind, piece: Piece, values: Values): undefined {
  const { bytes } = piece;
  const end = at + (bytes[sizeAt] ?? 0) * 256 + (bytes[sizeAt + 1] ?? 0);
  requireLength(piece, end);
  Object.assign(values, decodeTaggedRecords(layout, { ...piece, bytes: bytes.subarray(at, end) }));
}

/** What does not add up is of another layout, or not from the device: then none of its values is to be trusted. */
function readIncrements(rest: Increments, piece: Piece, values: Values): string[] | undefined {
  const { model, bytes, fPort = 0 } = piece;
  const { at, until = bytes.length, order, list, from, backwards, dated, upTo } = rest;
  requireLength(piece, Math.max(at, until));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + at, until - at);
  const readings = [Number(values[from])];
  for (let offset = 0; offset + 2 <= buffer.length; offset += 2) {
    const difference = order === 'be' ? buffer.readUInt16BE(offset) : buffer.readUInt16LE(offset);
    readings.push((readings.at(-1) ?? 0) + (backwards ? -difference : difference));
  }
  const highest = upTo === undefined ? Number.POSITIVE_INFINITY : Number(values[upTo]);
  const isWhole = dated === undefined || Number(values[dated.since]) % dated.step === 0;
  if (!isWhole || readings.some((reading) => reading < 0 || reading > highest)) {
    const parameters = { model, fPort, length: bytes.length };
    throw new CodecError({ key: 'codec.error.unknownLayout', parameters });
  }
  if (!dated) {
    values[list] = readings;
    return undefined;
  }
  const log = readings.map((reading, index) => ({
    time: Number(values[dated.since]) + index * dated.step,
    [dated.name]: reading,
  }));
  const { samples, warnings } = datedSamples(log, 'time');
  if (samples.length > 0) values[list] = samples;
  return warnings;
}
