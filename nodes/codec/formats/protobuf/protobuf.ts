import { CodecError } from '../../../observation/errors.ts';
import type { Piece, Values } from '../field.ts';
import { parseProto } from './proto-file.ts';
import { type MessageType, ProtobufFault, readMessage } from './wire.ts';

/** A payload that is a message of Protocol Buffers. */
export interface Protobuf {
  kind: 'protobuf';
  /** What stands in the vendor's .proto file, as one text or line by line. */
  proto: string | readonly string[];
  /** The message that a payload is; a nested one as `Outer.Inner`. */
  message: string;
}

const known = new WeakMap<Protobuf, MessageType>();

/** The fields of the message by their names. Throws CodecError `codec.error.protobuf` if the payload is no such message. */
export function decodeProtobuf(format: Protobuf, { model, bytes }: Piece): Values {
  return readProtobuf(messageOf(format), model, bytes);
}

/** The same with a type that is at hand. */
export function readProtobuf(type: MessageType, model: string, bytes: Uint8Array): Values {
  try {
    return readMessage(type, bytes);
  } catch (cause) {
    if (!(cause instanceof ProtobufFault)) throw cause;
    throw new CodecError({ key: 'codec.error.protobuf', parameters: { model } }, { cause });
  }
}

/** What is wrong with the description, if something is: the name of the part. */
export function faultOfProtobuf(format: Protobuf): 'proto' | 'message' | undefined {
  try {
    return typesOf(format.proto).has(format.message) ? undefined : 'message';
  } catch {
    return 'proto';
  }
}

function messageOf(format: Protobuf): MessageType {
  const before = known.get(format);
  if (before) return before;
  const type = typesOf(format.proto).get(format.message);
  // A model whose description lacks the message is not loaded.
  if (!type) throw new TypeError(`no message ${format.message}`);
  known.set(format, type);
  return type;
}

function typesOf(proto: Protobuf['proto']): ReadonlyMap<string, MessageType> {
  return parseProto(typeof proto === 'string' ? proto : proto.join('\n'));
}
