import { CodecError } from '../../observation/errors.ts';
import type { CodecOutput } from '../codec.ts';
import {
  type Condition,
  type Field,
  type Piece,
  passes,
  readFields,
  requireLength,
  type Values,
} from './field.ts';

interface Frame {
  ports: readonly number[];
  /** Bytes that the frame has at least. */
  length: number;
  when?: readonly Condition[];
  fields: readonly Field[];
  /** The payload is a row of frames of `length` bytes; each gives an object in the array of this name. */
  list?: string;
}

/** A payload whose values lie at fixed places; bits and the FPort say which layout it has (Dragino). */
export interface FixedFrames {
  kind: 'fixed-frames';
  /** The first frame that fits is used. */
  frames: readonly Frame[];
  /** What the vendor's codec answers on any other port. */
  unknownPort: string;
}

/** TS013 output under the vendor's names. Throws CodecError if the payload is too short for its layout. */
export function decodeFixedFrames(format: FixedFrames, piece: Piece, fPort: number): CodecOutput {
  const frames = format.frames.filter(({ ports }) => ports.includes(fPort));
  if (frames.length === 0) return { errors: [format.unknownPort] };
  const frame = frames.find((candidate) => fits(candidate, piece.bytes));
  if (!frame) {
    requireLength(piece, Math.min(...frames.map(({ length }) => length)));
    throw new CodecError({
      key: 'codec.error.unknownLayout',
      parameters: { model: piece.model, fPort, length: piece.bytes.length },
    });
  }
  return { data: frame.list === undefined ? read(frame, piece) : { [frame.list]: readAll(frame, piece) } };
}

function fits({ length, list, when }: Frame, bytes: Uint8Array): boolean {
  const rightLength =
    list === undefined ? bytes.length >= length : bytes.length > 0 && bytes.length % length === 0;
  return rightLength && passes(when, bytes);
}

function read(frame: Frame, piece: Piece): Values {
  const values: Values = {};
  readFields(frame.fields, piece, values);
  return values;
}

function readAll(frame: Frame, { model, bytes }: Piece): Values[] {
  const count = bytes.length / frame.length;
  return Array.from({ length: count }, (_, index) => {
    const start = index * frame.length;
    return read(frame, { model, bytes: bytes.subarray(start, start + frame.length) });
  });
}
