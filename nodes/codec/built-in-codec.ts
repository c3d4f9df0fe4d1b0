import { CodecError } from '../observation/errors.ts';
import type { Codec, CodecOutput, DownlinkOutput } from './codec.ts';
import type { Piece } from './formats/field.ts';
import { decodeFieldTable, type FieldTable } from './formats/field-table.ts';
import { decodeFixedFrames, type FixedFrames } from './formats/fixed-frames.ts';
import {
  decodeFlaggedWords,
  decodeWordCommand,
  encodeWordCommand,
  type FlaggedWords,
} from './formats/flagged-words.ts';
import { decodeTaggedRecords, type TaggedRecords } from './formats/tagged-records.ts';

/** How the bytes of a device are laid out, as data. */
export type PayloadFormat = TaggedRecords | FlaggedWords | FixedFrames | FieldTable;

/** A codec that reads payloads by a description of their layout. `id` is the device model's. */
export function codecFromFormat(id: string, version: string, format: PayloadFormat): Codec {
  return {
    id,
    version,
    decodeUplink: ({ fPort, bytes }) => decode(format, { model: id, bytes }, fPort),
    encodeDownlink: (data) =>
      format.kind === 'flagged-words' ? encodeWordCommand(data) : noDownlink(id, data),
    decodeDownlink: (input) => {
      if (format.kind === 'flagged-words') return decodeWordCommand(input);
      throw new CodecError({ key: 'codec.error.noDownlink', parameters: { model: id } });
    },
  };
}

function decode(format: PayloadFormat, piece: Piece, fPort: number): CodecOutput {
  switch (format.kind) {
    case 'tagged-records':
      return { data: decodeTaggedRecords(format, piece) };
    case 'flagged-words':
      return decodeFlaggedWords(format, piece);
    case 'fixed-frames':
      return decodeFixedFrames(format, piece, fPort);
    case 'field-table':
      return decodeFieldTable(format, piece, fPort);
  }
}

/** A device without described commands can still be sent nothing. */
function noDownlink(model: string, data: unknown): DownlinkOutput {
  if (typeof data === 'object' && data !== null && Object.keys(data).length === 0) return { bytes: [] };
  throw new CodecError({ key: 'codec.error.noDownlink', parameters: { model } });
}
