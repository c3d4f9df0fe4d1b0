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
import { ConfigurationError } from '../observation/errors.ts';

const NEW_LINE = 0x0a;

/**
 * The values of a file that only grows, one JSON line each; none if there is no file. A last line that a crash cut off
 * is left out. Throws ConfigurationError if another one is damaged.
 */
export function readLines<T>(path: string): T[] {
  const lines = wholeLines(contentOf(path)).toString('utf8').split('\n').filter(Boolean);
  try {
    return lines.map((line) => JSON.parse(line) as T);
  } catch (error) {
    throw new ConfigurationError(
      { key: 'devices.error.fileDamaged', parameters: { file: path } },
      { cause: error },
    );
  }
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
