import {
  appendFileSync,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const NEW_LINE = 0x0a;

/** The lines of a file that only grows; none if there is no file. A last line that a crash cut off is left out. */
export function readLines(path: string): string[] {
  return wholeLines(contentOf(path)).toString('utf8').split('\n').filter(Boolean);
}

/** Adds values as lines of JSON; on disk when this returns. The file is made if it is missing. */
export function appendLines(path: string, values: readonly unknown[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const whole = wholeLines(contentOf(path)).length;
  const file = openSync(path, 'a', 0o600);
  try {
    // What a crash cut off would spoil the first new line.
    if (fstatSync(file).size > whole) ftruncateSync(file, whole);
    appendFileSync(file, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(NEW_LINE) + 1);
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
