import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ConfigurationError } from '../observation/errors.ts';

/** Readable by the user that Node-RED runs as, and nobody else. */
const PRIVATE = 0o600;

/** As `writeTextAtomically`, of JSON. */
export function writeJsonAtomically(path: string, content: unknown): void {
  writeTextAtomically(path, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Replaces a file so that a crash leaves either the old or the new content, never half of it:
 * a temporary file beside it, on disk, then renamed.
 */
export function writeTextAtomically(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeDurably(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** The content of a JSON file, undefined if there is none. Throws ConfigurationError if it is no JSON. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new ConfigurationError(
      { key: 'devices.error.fileUnreadable', parameters: { file: path, reason: codeOf(error) } },
      { cause: error },
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(
      { key: 'devices.error.fileDamaged', parameters: { file: path } },
      { cause: error },
    );
  }
}

/** Changes whenever the file was written or replaced; the same as long as it was not. */
export function fileVersion(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs}` : 'missing';
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', PRIVATE);
  try {
    // All of it: writing once may write less, on a disk that is nearly full.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A rename is on disk only when its folder is. Not possible on Windows, where opening a folder fails. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
