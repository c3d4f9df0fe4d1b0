import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * A frame is what one write put into a segment: a magic number, the payload's length, its CRC-32, and records.
 * A record is its type, its length and its bytes. All numbers are little-endian.
 */
const MAGIC = 0xb7_f1_e5_01;
export const FRAME_HEADER = 12;
export const RECORD_HEADER = 5;

const CHUNK = 262_144;
/** No write is larger; a length above it is damage. */
const LARGEST_FRAME = 512 * 1024 * 1024;

export interface Frame {
  /** Where it begins in the file. */
  offset: number;
  payload: Buffer;
}

export interface LogRecord {
  type: number;
  /** Offset of the record in the payload. */
  start: number;
  body: Buffer;
}

export function frameHeader(payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(payload.length, 4);
  header.writeUInt32LE(crc32(payload), 8);
  return header;
}

export function* recordsOf(payload: Buffer): Generator<LogRecord, void, undefined> {
  for (let start = 0; start + RECORD_HEADER <= payload.length; ) {
    const end = start + RECORD_HEADER + payload.readUInt32LE(start + 1);
    yield { type: payload[start] ?? 0, start, body: payload.subarray(start + RECORD_HEADER, end) };
    start = end;
  }
}

/** What was read of a segment besides its frames. */
export interface FrameReading {
  /** Just after the last whole frame. */
  end: number;
  /** Bytes between frames that are none: the disk damaged them. */
  damaged: number;
}

/**
 * The whole frames of a segment from `from` (where one begins) up to `to`, in order. What is damaged is passed over;
 * a frame that was torn by a power cut is the end. Payloads may share memory that the next step overwrites.
 */
export function* framesIn(
  path: string,
  from: number,
  to = Number.MAX_SAFE_INTEGER,
): Generator<Frame, FrameReading, undefined> {
  const file = openSync(path, 'r');
  try {
    const window = new Window(file, Math.min(to, fstatSync(file).size));
    let [offset, end, damaged] = [from, from, 0];
    for (;;) {
      const payload = window.frameAt(offset);
      if (payload) {
        damaged += offset - end;
        yield { offset, payload };
        offset += FRAME_HEADER + payload.length;
        end = offset;
      } else {
        const next = window.findFrame(offset + 1);
        if (next === undefined) return { end, damaged };
        offset = next;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** A part of a file in memory, moved along as it is read. */
class Window {
  readonly #file: number;
  readonly #size: number;
  #buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** The payload of the frame at an offset; undefined if there is no whole one. */
  frameAt(offset: number): Buffer | undefined {
    const header = this.#bytes(offset, FRAME_HEADER);
    if (header?.readUInt32LE(0) !== MAGIC) return undefined;
    const length = header.readUInt32LE(4);
    const sum = header.readUInt32LE(8);
    if (length > LARGEST_FRAME) return undefined;
    const payload = this.#bytes(offset + FRAME_HEADER, length);
    return payload && crc32(payload) === sum ? payload : undefined;
  }

  /** Where the next whole frame begins. */
  findFrame(from: number): number | undefined {
    for (let offset = from; offset + FRAME_HEADER <= this.#size; offset++) {
      const chunk = this.#bytes(offset, Math.min(CHUNK, this.#size - offset));
      const found = chunk?.indexOf(MAGIC_BYTES) ?? -1;
      if (chunk === undefined) return undefined;
      if (found < 0) offset += chunk.length - MAGIC_BYTES.length;
      else if (this.frameAt(offset + found)) return offset + found;
      else offset += found;
    }
    return undefined;
  }

  /** Bytes of the file; undefined past its end. */
  #bytes(offset: number, length: number): Buffer | undefined {
    if (offset + length > this.#size) return undefined;
    const start = offset - this.#start;
    if (start >= 0 && start + length <= this.#buffer.length)
      return this.#buffer.subarray(start, start + length);
    const wanted = Math.min(Math.max(length, CHUNK), this.#size - offset);
    const buffer = Buffer.allocUnsafe(wanted);
    const read = readSync(this.#file, buffer, 0, wanted, offset);
    this.#buffer = buffer.subarray(0, read);
    this.#start = offset;
    return read < length ? undefined : this.#buffer.subarray(0, length);
  }
}

const MAGIC_BYTES = Buffer.alloc(4);
MAGIC_BYTES.writeUInt32LE(MAGIC);
