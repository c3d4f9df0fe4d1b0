import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writevSync,
} from 'node:fs';
import { ByteWriter } from './byte-writer.ts';
import { DiskSync } from './disk-sync.ts';
import { FRAME_HEADER, frameHeader, framesIn, type LogRecord, RECORD_HEADER, recordsOf } from './frames.ts';
import { offsetOf, type Position, positionOf, segmentOf } from './position.ts';
import { removeUnfinished, type Segment, segmentPath, segmentsIn } from './segments.ts';

/** Bytes after which a segment is followed by the next; retention removes whole segments. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** A larger record would not leave room for offsets in a segment. */
const LARGEST_RECORD = 256 * 1024 * 1024;

export interface RecordLogOptions {
  /** Milliseconds after which what was written is on the disk itself, not only in the system's memory. */
  syncWithin: number;
  /** Hears of a sync that failed and of damage. */
  onError(error: unknown): void;
  segmentBytes?: number;
}

/** A record as it is read back. */
export interface StoredRecord extends Omit<LogRecord, 'start'> {
  position: Position;
  /** Where its frame begins. */
  frame: Position;
}

/**
 * An append-only log in segments: records that are added share one write, which is there as a whole or not at all
 * after a crash. One process writes a log; see `readRecords` for the others.
 */
export class RecordLog {
  readonly #folder: string;
  readonly #options: RecordLogOptions;
  readonly #segmentBytes: number;
  /** Length at which the next segment is begun, or that is tried again. */
  #longest: number;
  readonly #pending = new ByteWriter();
  #segment: number;
  #file: number;
  /** Just after the last frame. */
  #end: number;
  readonly #disk: DiskSync;

  /**
   * Opens or makes the log in `folder`; goes on after the last whole frame, never at or before `after`, so that no
   * position is used twice. Throws what the file system throws.
   */
  constructor(folder: string, after: Position, options: RecordLogOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#longest = this.#segmentBytes;
    this.#disk = new DiskSync(options.syncWithin, options.onError);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeUnfinished(folder);
    const newest = segmentsIn(folder).at(-1);
    const end = newest ? endOf(newest) : 0;
    const reuses = newest === undefined || positionOf(newest.number, end) < after;
    this.#segment = reuses ? Math.max(segmentOf(after), newest?.number ?? 0) + 1 : newest.number;
    this.#end = reuses ? 0 : end;
    this.#file = openSegment(segmentPath(folder, this.#segment));
    // A new file is only there after a power cut if its folder is on the disk too.
    this.#disk.retire(openSync(folder, 'r'));
    // What a crash left of a torn write would stand between frames.
    ftruncateSync(this.#file, this.#end);
  }

  /** Where the frame begins that the next `commit` writes: every record added from now on is there or later. */
  get position(): Position {
    return positionOf(this.#segment, this.#end);
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Adds a record to the next write; `fill` writes its bytes. Its position is good once it is committed. */
  add(type: number, fill: (writer: ByteWriter, position: Position) => void): Position {
    const writer = this.#pending;
    if (writer.length === 0 && this.#end >= this.#longest) this.#tryNextSegment();
    const start = writer.length;
    const position = positionOf(this.#segment, this.#end + FRAME_HEADER + start);
    writer.u8(type);
    writer.u32(0);
    fill(writer, position);
    const length = writer.length - start - RECORD_HEADER;
    if (length > LARGEST_RECORD) {
      writer.length = start;
      throw new RangeError(`record of ${length} bytes`);
    }
    writer.patchU32(length, start + 1);
    return position;
  }

  /**
   * Writes what was added: it survives the end of the process from here on, and a power cut after `syncWithin`.
   * If the disk refuses, it throws; the records stay for the next attempt, but those of `volatile` type are dropped.
   */
  commit(volatile?: number): void {
    if (this.#pending.length === 0) return;
    const payload = this.#pending.view();
    try {
      writeAll(this.#file, [frameHeader(payload), payload], this.#end);
    } catch (error) {
      if (volatile !== undefined) this.#dropPending(volatile);
      throw error;
    }
    this.#end += FRAME_HEADER + payload.length;
    this.#pending.clear();
    this.#disk.written(this.#file);
  }

  /** Resolves when everything committed so far is on the disk itself; rejects if the disk refuses. */
  synced(): Promise<void> {
    return this.#disk.synced();
  }

  /** As `synced`, at once. */
  syncNow(): void {
    this.#disk.syncNow();
  }

  /** The record at a position, if there is a committed one of that type. */
  read(position: Position, type: number): Buffer | undefined {
    if (this.hasPending && position >= this.position) this.commit();
    return readRecord(this.#folder, position, type, this.position);
  }

  /** Committed records from a position where a frame begins, oldest first. */
  records(from: Position): Generator<StoredRecord, void, undefined> {
    return readRecords(this.#folder, from, this.position);
  }

  segments(): Segment[] {
    return segmentsIn(this.#folder);
  }

  /** The folder that the segments are in. */
  get folder(): string {
    return this.#folder;
  }

  /** Removes a segment that is not the one being written. */
  remove({ number, path }: Segment): void {
    if (number < this.#segment) rmSync(path, { force: true });
  }

  /** Writes and syncs what was added. Throws what the disk throws; the file is closed all the same. */
  close(): void {
    try {
      this.commit();
    } finally {
      this.#disk.retire(this.#file);
      this.#disk.close();
    }
  }

  /** A segment that grows too long does no harm. */
  #tryNextSegment(): void {
    try {
      this.#nextSegment();
      this.#longest = this.#segmentBytes;
    } catch (error) {
      this.#longest = this.#end + this.#segmentBytes / 8;
      this.#options.onError(error);
    }
  }

  #nextSegment(): void {
    const file = openSegment(segmentPath(this.#folder, this.#segment + 1));
    try {
      this.#disk.retire(openSync(this.#folder, 'r'));
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.#disk.retire(this.#file);
    this.#file = file;
    this.#segment++;
    this.#end = 0;
  }

  #dropPending(type: number): void {
    const kept = [...recordsOf(Buffer.from(this.#pending.view()))].filter((record) => record.type !== type);
    this.#pending.clear();
    for (const { type: kind, body } of kept) this.add(kind, (writer) => writer.bytes(body));
  }
}

/**
 * Records of the log in `folder` from a position where a frame begins, up to `to`, oldest first; also while another
 * process writes. Damage is passed over.
 */
export function* readRecords(
  folder: string,
  from: Position,
  to: Position = Number.MAX_SAFE_INTEGER,
): Generator<StoredRecord, void, undefined> {
  for (const { number, path } of segmentsIn(folder)) {
    if (number < segmentOf(from) || number > segmentOf(to)) continue;
    const start = number === segmentOf(from) ? offsetOf(from) : 0;
    const end = number === segmentOf(to) ? offsetOf(to) : Number.MAX_SAFE_INTEGER;
    // Who reads long may find that retention was there first.
    if (!existsSync(path)) continue;
    for (const { offset, payload } of framesIn(path, start, end)) {
      for (const { type, start: inFrame, body } of recordsOf(payload)) {
        const position = positionOf(number, offset + FRAME_HEADER + inFrame);
        yield { type, body, position, frame: positionOf(number, offset) };
      }
    }
  }
}

/** The record at a position, if there is one of that type before `to`. */
export function readRecord(
  folder: string,
  position: Position,
  type: number,
  to: Position,
): Buffer | undefined {
  const path = segmentPath(folder, segmentOf(position));
  if (!Number.isSafeInteger(position) || position >= to || !existsSync(path)) return undefined;
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(RECORD_HEADER);
    const offset = offsetOf(position);
    if (readSync(file, header, 0, RECORD_HEADER, offset) < RECORD_HEADER || header[0] !== type)
      return undefined;
    const length = header.readUInt32LE(1);
    if (length > LARGEST_RECORD) return undefined;
    const body = Buffer.allocUnsafe(length);
    return readSync(file, body, 0, length, offset + RECORD_HEADER) === length ? body : undefined;
  } finally {
    closeSync(file);
  }
}

function endOf({ path }: Segment): number {
  const frames = framesIn(path, 0);
  for (;;) {
    const { done, value } = frames.next();
    if (done) return value.end;
  }
}

function openSegment(path: string): number {
  return openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600);
}

/** At an offset of its own, so that a repetition writes over what a failed attempt left. */
function writeAll(file: number, buffers: Buffer[], offset: number): void {
  const total = buffers.reduce((sum, { length }) => sum + length, 0);
  let written = writevSync(file, buffers, offset);
  while (written < total) {
    const rest = Buffer.concat(buffers).subarray(written);
    const more = writevSync(file, [rest], offset + written);
    if (more === 0) throw new Error('the disk takes no more');
    written += more;
  }
}
