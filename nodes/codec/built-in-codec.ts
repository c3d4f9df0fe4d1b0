import { CodecError } from '../observation/errors.ts';
import type { Codec, CodecOutput, DownlinkOutput } from './codec.ts';
import { type CayenneLpp, decodeCayenneLpp } from './formats/cayenne-lpp.ts';
import { type Document, decodeDocument } from './formats/document.ts';
import { decodeEfento, type Efento } from './formats/efento.ts';
import type { Piece } from './formats/field.ts';
import { decodeFieldTable, type FieldTable } from './formats/field-table.ts';
import { decodeFixedFrames, type FixedFrames } from './formats/fixed-frames.ts';
import {
  decodeFlaggedWords,
  decodeWordCommand,
  encodeWordCommand,
  type FlaggedWords,
} from './formats/flagged-words.ts';
import { type DownlinkFrame, decodeFrame, encodeFrame } from './formats/frame-commands.ts';
import { decodeCommands, encodeCommands, type KeyedCommands } from './formats/keyed-commands.ts';
import { decodeProtobuf, type Protobuf } from './formats/protobuf/protobuf.ts';
import { decodeCommandRecords, encodeRecords } from './formats/record-commands.ts';
import { decodeRecordsThenFrame, type RecordsThenFrame } from './formats/records-then-frame.ts';
import { decodeSizedRecords, type SizedRecords } from './formats/sized-records.ts';
import { decodeTaggedRecords, type TaggedRecords } from './formats/tagged-records.ts';
import { withUniformFields } from './formats/uniform-fields.ts';
import type { CodecFunction } from './sandbox-protocol.ts';

/** How the bytes of a device are laid out, as data. */
export type PayloadFormat =
  | TaggedRecords
  | FlaggedWords
  | FixedFrames
  | FieldTable
  | SizedRecords
  | RecordsThenFrame
  | CayenneLpp
  | Document
  | Protobuf
  | Efento
  | Standard;

/** Devices that speak a standard in which each value has its name and unit: read where their messages come in. */
interface Standard {
  kind: 'standard';
  name: 'senml' | 'lwm2m';
}

/** Where nobody stated an FPort. */
const USUAL_PORT = 1;

type Payload = Piece & { fPort: number };

/** What can be sent to a device. */
interface Downlinks {
  encode(data: unknown): DownlinkOutput;
  decode(payload: Payload): CodecOutput;
}

/** A codec that reads payloads by a description of their layout. `id` is the device model's. */
export function codecFromFormat(id: string, version: string, stated: PayloadFormat): Codec {
  const format = withUniformFields(stated);
  const downlinks = downlinksOf(format, id);
  return {
    id,
    version,
    ...readsOf(format),
    decodeUplink: ({ fPort = USUAL_PORT, bytes }) => decode(format, { model: id, bytes, fPort }),
    encodeDownlink: (data) => (downlinks ? downlinks.encode(data) : noDownlink(id, data)),
    decodeDownlink: ({ fPort = USUAL_PORT, bytes }) => {
      if (downlinks) return downlinks.decode({ model: id, bytes, fPort });
      throw new CodecError({ key: 'codec.error.noDownlink', parameters: { model: id } });
    },
    normalizeUplink: () => {
      const parameters = { codec: id, function: 'normalizeUplink' };
      throw new CodecError({ key: 'codec.error.noFunction', parameters });
    },
    describe: () => ({ dialect: 'builtIn', functions: downlinks ? WITH_DOWNLINKS : ['decodeUplink'] }),
  };
}

const WITH_DOWNLINKS: CodecFunction[] = ['decodeUplink', 'encodeDownlink', 'decodeDownlink'];

function readsOf(format: PayloadFormat): Pick<Codec, 'reads'> {
  if (format.kind === 'document') return { reads: format.encoding };
  return format.kind === 'standard' ? { reads: format.name } : {};
}

function decode(format: PayloadFormat, payload: Payload): CodecOutput {
  switch (format.kind) {
    case 'tagged-records':
      return { data: decodeTaggedRecords(format, payload) };
    case 'flagged-words':
      return decodeFlaggedWords(format, payload);
    case 'fixed-frames':
      return decodeFixedFrames(format, payload);
    case 'field-table':
      return decodeFieldTable(format, payload, payload.fPort);
    case 'sized-records':
      return { data: decodeSizedRecords(format, payload) };
    case 'records-then-frame':
      return { data: decodeRecordsThenFrame(format, payload) };
    case 'cayenne-lpp':
      return decodeCayenneLpp(payload);
    case 'document':
      return decodeDocument(format, payload);
    case 'protobuf':
      return { data: decodeProtobuf(format, payload) };
    case 'efento':
      return decodeEfento(payload);
    case 'standard': {
      const parameters = { model: payload.model, standard: format.name };
      throw new CodecError({ key: 'codec.error.notStandard', parameters });
    }
  }
}

/** Undefined if the format describes none. */
function downlinksOf(format: PayloadFormat, id: string): Downlinks | undefined {
  switch (format.kind) {
    case 'tagged-records':
      return hasCommands(format) ? recordDownlinks(format, id) : undefined;
    case 'flagged-words':
      return { encode: encodeWordCommand, decode: decodeWordCommand };
    case 'fixed-frames':
      return format.downlinks && frameDownlinks(format.downlinks, id);
    case 'records-then-frame':
      return format.commands && keyedDownlinks(format.commands, id);
    default:
      return undefined;
  }
}

function recordDownlinks(format: TaggedRecords, id: string): Downlinks {
  return {
    encode: (data) => encodeRecords(format, id, data),
    decode: (payload) => ({ data: decodeCommandRecords(format, payload) }),
  };
}

function frameDownlinks(frames: readonly DownlinkFrame[], id: string): Downlinks {
  return {
    encode: (data) => encodeFrame(frames, id, data),
    decode: (payload) => decodeFrame(frames, payload),
  };
}

function keyedDownlinks(commands: KeyedCommands, id: string): Downlinks {
  return {
    encode: (data) => encodeCommands(commands, id, data),
    decode: (payload) => decodeCommands(commands, payload),
  };
}

function hasCommands({ records }: TaggedRecords): boolean {
  return Object.values(records).some(({ command }) => command !== undefined);
}

/** A device without described commands can still be sent nothing. */
function noDownlink(model: string, data: unknown): DownlinkOutput {
  if (typeof data === 'object' && data !== null && Object.keys(data).length === 0) return { bytes: [] };
  throw new CodecError({ key: 'codec.error.noDownlink', parameters: { model } });
}
