import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One file of the record log. */
export interface Segment {
  number: number;
  path: string;
  /** Bytes that it takes on the disk. */
  bytes: number;
  /** Of the last write, ms since 1970 UTC. */
  modified: number;
}

/** Ends the name of a segment that is being made smaller. */
export const UNFINISHED = '.new';

const NAME = /^(\d{8})\.log$/;
/** What `stat` counts `blocks` in (POSIX). */
const BLOCK = 512;

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, '0')}.log`);
}

/** Removes what a process left that was ended while it made a segment smaller. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith(UNFINISHED)) rmSync(join(folder, name));
}

/** The segments in a folder, oldest first; none if there is no folder. */
export function segmentsIn(folder: string): Segment[] {
  const names = statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
  const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  return numbers
    .sort((a, b) => a - b)
    .flatMap((number) => {
      const path = segmentPath(folder, number);
      const stat = statSync(path, { throwIfNoEntry: false });
      const bytes = stat && Math.min(stat.size, stat.blocks * BLOCK || stat.size);
      return stat ? [{ number, path, bytes: bytes ?? 0, modified: stat.mtimeMs }] : [];
    });
}
