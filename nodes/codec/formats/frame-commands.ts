import type { CodecOutput, DownlinkOutput } from '../codec.ts';
import { requestOf, unknownCommand } from './command-request.ts';
import { type Field, type Piece, readFields, type Values } from './field.ts';
import { writeField } from './field-writer.ts';

/** A message to the device, laid out like a frame that it sends. Its fields with words choose it. */
export interface DownlinkFrame {
  fPort: number;
  /** Bytes; those that no field writes are 0. */
  length: number;
  fields: readonly Field[];
}

/**
 * Encodes `{ Cmd: 'ConfigReportReq', Device: 'R311A', MinTime: 900 ... }` as the first frame whose words it has.
 * Names that the frame does not know do no harm. Throws CodecError `codec.error.unknownCommand` if no frame has its
 * words, or a field cannot hold its value.
 */
export function encodeFrame(
  frames: readonly DownlinkFrame[],
  model: string,
  request: unknown,
): DownlinkOutput {
  const data = requestOf(request);
  const frame = frames.find(({ fields }) => fields.filter(isChoice).every((field) => hasWord(field, data)));
  if (!frame) {
    const choices = frames.flatMap(({ fields }) => fields.filter(isChoice));
    const wrong = choices.find(({ name }) =>
      choices.every((field) => field.name !== name || !hasWord(field, data)),
    );
    const name = wrong?.name ?? choices[0]?.name ?? '';
    throw unknownCommand(model, name, data[name]);
  }
  const bytes = Buffer.alloc(frame.length);
  for (const field of frame.fields) {
    if (!writeField(field, data[field.name], bytes))
      throw unknownCommand(model, field.name, data[field.name]);
  }
  return { fPort: frame.fPort, bytes: [...bytes] };
}

/** The reverse of `encodeFrame`. The errors are the vendors' own. */
export function decodeFrame(
  frames: readonly DownlinkFrame[],
  { fPort, ...piece }: Piece & { fPort: number },
): CodecOutput {
  const onPort = frames.filter((frame) => frame.fPort === fPort);
  if (onPort.length === 0) return { errors: ['invalid FPort'] };
  for (const { length, fields } of onPort) {
    if (piece.bytes.length !== length) continue;
    const data: Values = {};
    readFields(fields, piece, data);
    if (fields.filter(isChoice).every((field) => hasWord(field, data))) return { data };
  }
  return { errors: ['invalid command'] };
}

function isChoice({ states }: Field): boolean {
  return states !== undefined;
}

function hasWord({ name, states = {} }: Field, data: Values): boolean {
  return Object.values(states).some((word) => word === data[name]);
}
