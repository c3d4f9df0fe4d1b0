import { isUtf8 } from 'node:buffer';

/** Major types of strings, and the values of the five lower bits of an item's first byte: RFC 8949, section 3. */
const [BYTES, TEXT] = [2, 3];
const INDEFINITE = 31;
const BREAK = 0xff;
/** Bytes of the number behind the first byte, by its five lower bits. */
const ARGUMENT: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 };
/** First bytes of strings in pieces. */
const IN_PIECES: readonly number[] = [0x5f, 0x7f];

interface Head {
  major: number;
  info: number;
  /** Length of a string; of other items whatever their number means. */
  argument: number;
  /** Where the content begins. */
  content: number;
}

/**
 * CBOR in which strings of indefinite length (RFC 8949, section 3.2.3), which come in pieces, are whole. What is wrong
 * stays as it is: whoever reads it refuses it.
 */
export function withWholeStrings(bytes: Uint8Array): Uint8Array {
  if (!IN_PIECES.some((first) => bytes.includes(first))) return bytes;
  const parts: Uint8Array[] = [];
  let copied = 0;
  // Items stand one behind the other, whatever they are in, so that no nesting need be followed.
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at);
    if (!isString(head)) at = head.content;
    else if (head.info !== INDEFINITE) at = head.content + head.argument;
    else {
      const whole = wholeString(bytes, head);
      if (!whole) break;
      parts.push(bytes.subarray(copied, at), whole.item);
      at = whole.end;
      copied = at;
    }
  }
  return copied === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(copied)]);
}

/** A string in pieces as one, and where it ends; undefined if a piece is no string of its kind, or is cut off. */
function wholeString(
  bytes: Uint8Array,
  { major, content }: Head,
): { item: Uint8Array; end: number } | undefined {
  const pieces: Uint8Array[] = [];
  let at = content;
  while (bytes[at] !== BREAK) {
    const head = headAt(bytes, at);
    const end = head.content + head.argument;
    if (head.major !== major || head.info === INDEFINITE || !(end < bytes.length)) return undefined;
    const piece = bytes.subarray(head.content, end);
    if (major === TEXT && !isUtf8(piece)) return undefined;
    pieces.push(piece);
    at = end;
  }
  const string = Buffer.concat(pieces);
  return { item: Buffer.concat([stringHead(major, string.length), string]), end: at + 1 };
}

function isString({ major }: Head): boolean {
  return major === BYTES || major === TEXT;
}

/** Past the end of the bytes the argument is NaN or the content lies beyond them. */
function headAt(bytes: Uint8Array, at: number): Head {
  const first = bytes[at] ?? Number.NaN;
  const info = first & 0b11111;
  const length = ARGUMENT[info] ?? 0;
  const content = at + 1 + length;
  let argument = length === 0 ? info : 0;
  for (let index = at + 1; index < content; index++) argument = argument * 256 + (bytes[index] ?? Number.NaN);
  return { major: first >> 5, info, argument, content };
}

/** With four bytes of length: every reader takes a length that could be shorter. */
function stringHead(major: number, length: number): Buffer {
  const head = Buffer.from([(major << 5) | 26, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 1);
  return head;
}
