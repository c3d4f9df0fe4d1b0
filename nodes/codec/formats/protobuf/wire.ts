import type { Values } from '../field.ts';

/** How a field's content is written: types of the language of .proto files, or another message. */
export type FieldType = keyof typeof SCALARS | 'string' | 'bytes' | MessageType | EnumType;

export interface EnumType {
  names: ReadonlyMap<number, string>;
}

export interface MessageField {
  name: string;
  type: FieldType;
  repeated?: true;
  /** A field that says by its absence that it is absent; any other one of proto3 is 0, false or empty then. */
  optional?: true;
  /** Of a `map`: the repeated message has a key and a value. */
  map?: true;
}

/** By field number. */
export interface MessageType {
  fields: ReadonlyMap<number, MessageField>;
}

/** Why bytes are not the message: the cause of the error that names the device. */
export class ProtobufFault extends Error {}

/** Levels of messages in messages. */
const DEEPEST = 32;
const VARINT_BYTES = 10;
const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5];

type Scalar = number | string | boolean;

interface ScalarReader {
  wire: number;
  read(reader: Reader): Scalar;
}

const SCALARS = {
  int32: { wire: VARINT, read: (reader) => Number(BigInt.asIntN(32, reader.varint())) },
  uint32: { wire: VARINT, read: (reader) => Number(BigInt.asUintN(32, reader.varint())) },
  sint32: { wire: VARINT, read: (reader) => Number(unzigzag(BigInt.asUintN(32, reader.varint()))) },
  int64: { wire: VARINT, read: (reader) => whole(BigInt.asIntN(64, reader.varint())) },
  uint64: { wire: VARINT, read: (reader) => whole(reader.varint()) },
  sint64: { wire: VARINT, read: (reader) => whole(unzigzag(reader.varint())) },
  bool: { wire: VARINT, read: (reader) => reader.varint() !== 0n },
  fixed32: { wire: FIXED32, read: (reader) => reader.view(4).getUint32(0, true) },
  sfixed32: { wire: FIXED32, read: (reader) => reader.view(4).getInt32(0, true) },
  float: { wire: FIXED32, read: (reader) => reader.view(4).getFloat32(0, true) },
  fixed64: { wire: FIXED64, read: (reader) => whole(reader.view(8).getBigUint64(0, true)) },
  sfixed64: { wire: FIXED64, read: (reader) => whole(reader.view(8).getBigInt64(0, true)) },
  double: { wire: FIXED64, read: (reader) => reader.view(8).getFloat64(0, true) },
} as const satisfies Record<string, ScalarReader>;

export function isScalar(type: string): type is keyof typeof SCALARS | 'string' | 'bytes' {
  return type === 'string' || type === 'bytes' || Object.hasOwn(SCALARS, type);
}

/**
 * The fields of a message by their names: bytes as lower-case hex, integers past 2^53 as texts, values of an enum as
 * their names. Fields that the type does not know are passed over. Throws ProtobufFault.
 * Format: Protocol Buffers, "Encoding".
 */
export function readMessage(type: MessageType, bytes: Uint8Array, levels = DEEPEST): Values {
  if (levels === 0) throw new ProtobufFault(`more than ${DEEPEST} levels`);
  const values = defaultsOf(type);
  const reader = new Reader(bytes);
  while (!reader.atEnd) {
    const tag = Number(BigInt.asUintN(32, reader.varint()));
    const [number, wire] = [tag >>> 3, tag & 7];
    if (number === 0) throw new ProtobufFault('a field has the number 0');
    const field = type.fields.get(number);
    if (!field) reader.skip(wire);
    else put(field, readField(field, wire, reader, levels), values);
  }
  return values;
}

/** A repeated field gives a list: packed ones have several values in one. */
function readField(field: MessageField, wire: number, reader: Reader, levels: number): unknown[] {
  const { type, repeated } = field;
  const scalar = scalarOf(type);
  if (!scalar) {
    expect(wire === DELIMITED, field);
    return [contentOf(type, reader.delimited(), levels)];
  }
  if (repeated && wire === DELIMITED) {
    const packed = new Reader(reader.delimited());
    const items: unknown[] = [];
    while (!packed.atEnd) items.push(named(type, scalar.read(packed)));
    return items;
  }
  expect(wire === scalar.wire, field);
  return [named(type, scalar.read(reader))];
}

function expect(holds: boolean, { name }: MessageField): void {
  if (!holds) throw new ProtobufFault(`the field ${name} is of another type`);
}

function put({ name, repeated, map }: MessageField, items: unknown[], values: Values): void {
  if (map) {
    const { key, value } = items[0] as { key: unknown; value: unknown };
    const entries = values[name] as Values;
    if (String(key) !== '__proto__') entries[String(key)] = value;
  } else if (repeated) {
    (values[name] as unknown[]).push(...items);
  } else {
    // What comes twice counts the last time.
    values[name] = items.at(-1);
  }
}

function defaultsOf({ fields }: MessageType): Values {
  const values: Values = {};
  for (const { name, type, repeated, optional, map } of fields.values()) {
    if (map) values[name] = {};
    else if (repeated) values[name] = [];
    else if (!optional && !isMessage(type)) values[name] = emptyOf(type);
  }
  return values;
}

function emptyOf(type: Exclude<FieldType, MessageType>): unknown {
  if (typeof type === 'object') return named(type, 0);
  if (type === 'string' || type === 'bytes') return '';
  return type === 'bool' ? false : 0;
}

function contentOf(type: FieldType, bytes: Uint8Array, levels: number): unknown {
  if (typeof type === 'object' && isMessage(type)) return readMessage(type, bytes, levels - 1);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString(type === 'bytes' ? 'hex' : 'utf8');
}

function scalarOf(type: FieldType): ScalarReader | undefined {
  if (typeof type === 'object') return isMessage(type) ? undefined : SCALARS.int32;
  return type === 'string' || type === 'bytes' ? undefined : SCALARS[type];
}

function named(type: FieldType, value: Scalar): Scalar {
  return typeof type === 'object' && !isMessage(type) ? (type.names.get(Number(value)) ?? value) : value;
}

function isMessage(type: FieldType): type is MessageType {
  return typeof type === 'object' && 'fields' in type;
}

function unzigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

function whole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : `${value}`;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let index = 0; index < VARINT_BYTES; index++) {
      const [byte = 0] = this.#take(1);
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufFault('a number has no end');
  }

  delimited(): Uint8Array {
    return this.#take(Number(this.varint()));
  }

  view(length: number): DataView {
    const bytes = this.#take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.#take(8);
    else if (wire === DELIMITED) this.delimited();
    else if (wire === FIXED32) this.#take(4);
    else throw new ProtobufFault(`a field has the unknown wire type ${wire}`);
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProtobufFault('it is cut off');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
