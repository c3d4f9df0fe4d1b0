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
import { encodeRecords } from './formats/record-commands.ts';
import { decodeTaggedRecords, type TaggedRecords } from './formats/tagged-records.ts';
import type { CodecFunction } from './sandbox-protocol.ts';

/** How the bytes of a device are laid out, as data. */
export type PayloadFormat = TaggedRecords | FlaggedWords | FixedFrames | FieldTable;

/** Where nobody stated an FPort. */
const USUAL_PORT = 1;

/** A codec that reads payloads by a description of their layout. `id` is the device model's. */
export function codecFromFormat(id: string, version: string, format: PayloadFormat): Codec {
  return {
    id,
    version,
    decodeUplink: ({ fPort = USUAL_PORT, bytes }) => decode(format, { model: id, bytes }, fPort),
    encodeDownlink: (data) => encode(format, id, data),
    decodeDownlink: (input) => {
      if (format.kind === 'flagged-words') return decodeWordCommand({ fPort: USUAL_PORT, ...input });
      // Commands are laid out as their answers.
      if (hasCommands(format))
        return { data: decodeTaggedRecords(format, { model: id, bytes: input.bytes }) };
      throw new CodecError({ key: 'codec.error.noDownlink', parameters: { model: id } });
    },
    normalizeUplink: () => {
      const parameters = { codec: id, function: 'normalizeUplink' };
      throw new CodecError({ key: 'codec.error.noFunction', parameters });
    },
    describe: () => ({ dialect: 'builtIn', functions: functionsOf(format) }),
  };
}

function functionsOf(format: PayloadFormat): CodecFunction[] {
  const hasDownlinks = format.kind === 'flagged-words' || hasCommands(format);
  return hasDownlinks ? ['decodeUplink', 'encodeDownlink', 'decodeDownlink'] : ['decodeUplink'];
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

function encode(format: PayloadFormat, id: string, data: unknown): DownlinkOutput {
  if (format.kind === 'flagged-words') return encodeWordCommand(data);
  return hasCommands(format) ? encodeRecords(format, id, data) : noDownlink(id, data);
}

function hasCommands(format: PayloadFormat): format is TaggedRecords {
  return (
    format.kind === 'tagged-records' &&
    Object.values(format.records).some(({ command }) => command !== undefined)
  );
}

/** A device without described commands can still be sent nothing. */
function noDownlink(model: string, data: unknown): DownlinkOutput {
  if (typeof data === 'object' && data !== null && Object.keys(data).length === 0) return { bytes: [] };
  throw new CodecError({ key: 'codec.error.noDownlink', parameters: { model } });
}
