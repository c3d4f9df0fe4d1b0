/** The messages of CoAP as bytes: RFC 7252, 3. */
import { MessageError } from '../observation/errors.ts';

/** confirmable, non-confirmable, acknowledgement, reset */
export type CoapType = 'CON' | 'NON' | 'ACK' | 'RST';

export interface CoapOption {
  number: number;
  value: Buffer;
}

export interface CoapMessage {
  type: CoapType;
  /** Class in the upper three bits, detail in the lower five: 0x44 is 2.04. See `CODE`. */
  code: number;
  /** 16 bits. */
  messageId: number;
  /** 0 to 8 bytes. */
  token: Buffer;
  options: CoapOption[];
  payload: Buffer;
}

/** Codes by name: RFC 7252, 12.1; RFC 7959; RFC 8132. */
export const CODE = {
  empty: 0x00,
  get: 0x01,
  post: 0x02,
  put: 0x03,
  delete: 0x04,
  fetch: 0x05,
  patch: 0x06,
  ipatch: 0x07,
  created: 0x41,
  deleted: 0x42,
  valid: 0x43,
  changed: 0x44,
  content: 0x45,
  continue: 0x5f,
  badRequest: 0x80,
  unauthorized: 0x81,
  badOption: 0x82,
  forbidden: 0x83,
  notFound: 0x84,
  methodNotAllowed: 0x85,
  notAcceptable: 0x86,
  requestIncomplete: 0x88,
  requestTooLarge: 0x8d,
  unsupportedFormat: 0x8f,
  internalError: 0xa0,
  unavailable: 0xa3,
  proxyingNotSupported: 0xa5,
} as const;

export const NO_BYTES = Buffer.alloc(0);

const TYPES: readonly CoapType[] = ['CON', 'NON', 'ACK', 'RST'];
const HEADER_BYTES = 4;
const LONGEST_TOKEN = 8;
const PAYLOAD_MARKER = 0xff;
/** Nibbles that say that the number follows, in one byte or in two, less what the smaller form can say. */
const [ONE_BYTE, TWO_BYTES, RESERVED] = [13, 14, 15];
const [ONE_BYTE_FROM, TWO_BYTES_FROM] = [13, 269];
const HIGHEST_OPTION = 0xffff;

/** `2.04` for 0x44. */
export function codeText(code: number): string {
  return `${code >> 5}.${String(code & 0x1f).padStart(2, '0')}`;
}

/** 0: request (or empty), 2: success, 4 and 5: error. */
export function codeClass(code: number): number {
  return code >> 5;
}

/**
 * Reads a datagram. Values are views into it. Throws MessageError `nbiot.error.coapVersion`, `coapTruncated` or
 * `coapMisplaced`: the format allows none of these, and a datagram that was cut off must not become a reading.
 */
export function readCoap(bytes: Buffer): CoapMessage {
  const first = byteAt(bytes, 0);
  if (first >> 6 !== 1) throw new MessageError({ key: 'nbiot.error.coapVersion' });
  const code = byteAt(bytes, 1);
  byteAt(bytes, HEADER_BYTES - 1);
  const tokenLength = first & 0x0f;
  if (tokenLength > LONGEST_TOKEN) throw misplaced(0);
  const start = HEADER_BYTES + tokenLength;
  if (start > bytes.length) throw truncated(bytes, start);
  // An empty message is its header.
  if (code === CODE.empty && bytes.length > HEADER_BYTES) throw misplaced(HEADER_BYTES);
  const { options, end } = readOptions(bytes, start);
  return {
    type: TYPES[(first >> 4) & 0x03] ?? 'RST',
    code,
    messageId: bytes.readUInt16BE(2),
    token: bytes.subarray(HEADER_BYTES, start),
    options,
    payload: payloadAt(bytes, end),
  };
}

/** The options from a byte on, and where they end. */
function readOptions(bytes: Buffer, start: number): { options: CoapOption[]; end: number } {
  const options: CoapOption[] = [];
  let at = start;
  let number = 0;
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARKER) {
    const nibbles = byteAt(bytes, at);
    const delta = extended(bytes, at + 1, nibbles >> 4);
    const length = extended(bytes, delta.end, nibbles & 0x0f);
    number += delta.value;
    const end = length.end + length.value;
    if (number > HIGHEST_OPTION) throw misplaced(at);
    if (end > bytes.length) throw truncated(bytes, end);
    options.push({ number, value: bytes.subarray(length.end, end) });
    at = end;
  }
  return { options, end: at };
}

function extended(bytes: Buffer, at: number, nibble: number): { value: number; end: number } {
  if (nibble < ONE_BYTE) return { value: nibble, end: at };
  if (nibble === RESERVED) throw misplaced(at - 1);
  if (nibble === ONE_BYTE) return { value: byteAt(bytes, at) + ONE_BYTE_FROM, end: at + 1 };
  const value = (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
  return { value: value + TWO_BYTES_FROM, end: at + 2 };
}

/** What follows the marker; a marker with nothing behind it is an error (RFC 7252, 3). */
function payloadAt(bytes: Buffer, end: number): Buffer {
  if (end === bytes.length) return NO_BYTES;
  if (end + 1 === bytes.length) throw truncated(bytes, end + 2);
  return bytes.subarray(end + 1);
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw truncated(bytes, at + 1);
  return byte;
}

function truncated({ length }: Buffer, needed: number): MessageError {
  return new MessageError({ key: 'nbiot.error.coapTruncated', parameters: { length, needed } });
}

function misplaced(at: number): MessageError {
  return new MessageError({ key: 'nbiot.error.coapMisplaced', parameters: { at } });
}

/** Type and message id of a datagram that cannot be read otherwise; undefined if not even that can be. */
export function coapHeader(bytes: Buffer): Pick<CoapMessage, 'type' | 'messageId'> | undefined {
  const first = bytes[0] ?? 0;
  if (bytes.length < HEADER_BYTES || first >> 6 !== 1) return undefined;
  return { type: TYPES[(first >> 4) & 0x03] ?? 'RST', messageId: bytes.readUInt16BE(2) };
}

/** Writes a message. Its options may stand in any order; those of one number keep theirs. */
export function writeCoap({ type, code, messageId, token, options, payload }: CoapMessage): Buffer {
  const sorted = options.length > 1 ? options.toSorted((one, other) => one.number - other.number) : options;
  let length = HEADER_BYTES + token.length + (payload.length > 0 ? payload.length + 1 : 0);
  let before = 0;
  for (const { number, value } of sorted) {
    length += 1 + extraBytes(number - before) + extraBytes(value.length) + value.length;
    before = number;
  }
  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = (1 << 6) | (TYPES.indexOf(type) << 4) | token.length;
  bytes[1] = code;
  bytes.writeUInt16BE(messageId, 2);
  token.copy(bytes, HEADER_BYTES);
  const at = writeOptions(bytes, HEADER_BYTES + token.length, sorted);
  if (payload.length > 0) {
    bytes[at] = PAYLOAD_MARKER;
    payload.copy(bytes, at + 1);
  }
  return bytes;
}

function writeOptions(bytes: Buffer, start: number, options: readonly CoapOption[]): number {
  let at = start;
  let before = 0;
  for (const { number, value } of options) {
    const delta = number - before;
    bytes[at] = (nibbleOf(delta) << 4) | nibbleOf(value.length);
    at = writeExtended(bytes, writeExtended(bytes, at + 1, delta), value.length);
    at += value.copy(bytes, at);
    before = number;
  }
  return at;
}

function nibbleOf(value: number): number {
  if (value < ONE_BYTE_FROM) return value;
  return value < TWO_BYTES_FROM ? ONE_BYTE : TWO_BYTES;
}

function extraBytes(value: number): number {
  if (value < ONE_BYTE_FROM) return 0;
  return value < TWO_BYTES_FROM ? 1 : 2;
}

function writeExtended(bytes: Buffer, at: number, value: number): number {
  if (value < ONE_BYTE_FROM) return at;
  if (value < TWO_BYTES_FROM) return bytes.writeUInt8(value - ONE_BYTE_FROM, at);
  return bytes.writeUInt16BE(value - TWO_BYTES_FROM, at);
}

/** A message that is its header alone: an acknowledgement or a reset. */
export function emptyMessage(type: CoapType, messageId: number): Buffer {
  return writeCoap({ type, code: CODE.empty, messageId, token: NO_BYTES, options: [], payload: NO_BYTES });
}
