import { CodecError } from '../../observation/errors.ts';
import type { CodecOutput } from '../codec.ts';
import { type ChannelList, readChannels } from './channel-list.ts';
import {
  type Condition,
  type Field,
  groupIn,
  type Piece,
  passes,
  readFields,
  requireLength,
  type Values,
} from './field.ts';
import type { DownlinkFrame } from './frame-commands.ts';
import { type FrameRest, readRest } from './frame-rest.ts';

interface Frame {
  /** FPorts; absent: any. */
  ports?: readonly number[];
  /** Bytes that the frame has at least. */
  length: number;
  /** The frame has exactly `length` bytes. */
  exact?: true;
  when?: readonly Condition[];
  /** Objects that are there even if no field puts anything into them. */
  groups?: readonly string[];
  fields: readonly Field[];
  /** Values of the sensors that the device says it has. */
  channels?: ChannelList;
  /** What the device says of itself that throws doubt on the values. */
  warnings?: readonly { text: string; when?: readonly Condition[] }[];
  /** The payload is a row of frames of `length` bytes; each gives an object in the array of this name. */
  list?: string;
  /** What stands behind the fields, until the end. */
  rest?: FrameRest;
}

/** A payload whose values lie at fixed places; bits and the FPort say which layout it has (Dragino, Netvox). */
export interface FixedFrames {
  kind: 'fixed-frames';
  /** The first frame that fits is used. */
  frames: readonly Frame[];
  /** What the vendor's codec answers on any other port; absent: an error of ours. */
  unknownPort?: string;
  /** The same for a payload that is long enough and yet fits no layout of its port. */
  unknownFrame?: string;
  /** Layouts of what can be sent to the device. */
  downlinks?: readonly DownlinkFrame[];
}

/** TS013 output under the vendor's names. Throws CodecError if the payload fits no layout or is too short for its own. */
export function decodeFixedFrames(format: FixedFrames, piece: Piece & { fPort: number }): CodecOutput {
  const { fPort } = piece;
  const frames = format.frames.filter(({ ports }) => ports?.includes(fPort) ?? true);
  if (frames.length === 0 && format.unknownPort !== undefined) return { errors: [format.unknownPort] };
  const frame = frames.find((candidate) => fits(candidate, piece.bytes));
  if (!frame) {
    if (frames.length > 0) requireLength(piece, Math.min(...frames.map(({ length }) => length)));
    if (format.unknownFrame !== undefined) return { errors: [format.unknownFrame] };
    throw new CodecError({
      key: 'codec.error.unknownLayout',
      parameters: { model: piece.model, fPort, length: piece.bytes.length },
    });
  }
  const data: Values =
    frame.list === undefined ? read(frame, piece) : { [frame.list]: readAll(frame, piece) };
  const warnings = (frame.warnings ?? [])
    .filter(({ when }) => passes(when, piece.bytes))
    .map(({ text }) => text);
  if (frame.rest) warnings.push(...readRest(frame.rest, piece, data));
  return { data, ...(warnings.length > 0 ? { warnings } : {}) };
}

function fits(frame: Frame, bytes: Uint8Array): boolean {
  return hasRightLength(frame, bytes.length) && passes(frame.when, bytes);
}

function hasRightLength({ length, exact, list }: Frame, found: number): boolean {
  if (list !== undefined) return found > 0 && found % length === 0;
  return exact ? found === length : found >= length;
}

function read(frame: Frame, piece: Piece): Values {
  const values: Values = {};
  for (const group of frame.groups ?? []) groupIn(values, group);
  readFields(frame.fields, piece, values);
  if (frame.channels) readChannels(frame.channels, piece, values);
  return values;
}

function readAll(frame: Frame, piece: Piece): Values[] {
  const count = piece.bytes.length / frame.length;
  return Array.from({ length: count }, (_, index) => {
    const start = index * frame.length;
    return read(frame, { ...piece, bytes: piece.bytes.subarray(start, start + frame.length) });
  });
}
