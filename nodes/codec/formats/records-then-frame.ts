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
import type { KeyedCommands } from './keyed-commands.ts';
import { decodeTaggedRecords, type TaggedRecords } from './tagged-records.ts';

/** A payload that ends with a frame of fixed length; answers to commands may stand before it (MClimate). */
export interface RecordsThenFrame {
  kind: 'records-then-frame';
  /** The answers, a tag of one byte each. */
  records: TaggedRecords['records'];
  frame: {
    length: number;
    when?: readonly Condition[];
    fields: readonly Field[];
    derived?: readonly Derived[];
  };
  /** What can be sent to the device. */
  commands?: KeyedCommands;
}

/** Percent (whole) of one value that another leaves over; 0 of nothing. */
interface Derived {
  name: string;
  of: string;
  without: string;
}

/**
 * The values of a payload under the vendor's names; the frame's count where an answer has the same name.
 * Throws CodecError if the payload is too short, an answer is cut off, or the frame begins as none does.
 */
export function decodeRecordsThenFrame({ records, frame }: RecordsThenFrame, piece: Piece): Values {
  requireLength(piece, frame.length);
  const start = piece.bytes.length - frame.length;
  const last = { ...piece, bytes: piece.bytes.subarray(start) };
  if (!passes(frame.when, last.bytes)) {
    const parameters = { model: piece.model, fPort: piece.fPort ?? 0, length: piece.bytes.length };
    throw new CodecError({ key: 'codec.error.unknownLayout', parameters });
  }
  const values = decodeTaggedRecords(
    { tagLength: 1, records },
    { ...piece, bytes: piece.bytes.subarray(0, start) },
  );
  readFields(frame.fields, last, values);
  for (const { name, of, without } of frame.derived ?? []) {
    values[name] = percentLeft(Number(values[of]), Number(values[without]));
  }
  return values;
}

function percentLeft(whole: number, part: number): number {
  return whole === 0 ? 0 : Math.round((1 - part / whole) * 100);
}
