import { closeSync, fsyncSync, openSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { ByteWriter } from './byte-writer.ts';
import { frameHeader, framesIn, type LogRecord, recordsOf } from './frames.ts';
import type { Position } from './position.ts';
import { messageId, RECORD } from './records.ts';
import { type Segment, UNFINISHED } from './segments.ts';

/**
 * Writes a segment anew without the messages for which `isGone` says so. Everything else stays in its order; positions
 * in the segment change. The new file takes the place of the old one at once, or not at all.
 */
export function compactSegment({ path, modified }: Segment, isGone: (id: Position) => boolean): void {
  const temporary = `${path}${UNFINISHED}`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    for (const { payload } of framesIn(path, 0)) {
      const kept = [...recordsOf(payload)].filter(
        ({ type, body }) => type !== RECORD.message || !isGone(messageId(body)),
      );
      if (kept.length > 0) writeFrame(file, kept);
    }
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  // Its age counts for retention.
  utimesSync(temporary, modified / 1000, modified / 1000);
  renameSync(temporary, path);
}

function writeFrame(file: number, records: readonly LogRecord[]): void {
  const writer = new ByteWriter();
  for (const { type, body } of records) {
    writer.u8(type);
    writer.u32(body.length);
    writer.bytes(body);
  }
  const payload = writer.view();
  writeFileSync(file, frameHeader(payload));
  writeFileSync(file, payload);
}
