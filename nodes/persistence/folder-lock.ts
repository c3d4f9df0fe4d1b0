import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ByflytError, ConfigurationError, messageOf } from '../observation/errors.ts';

/** Names who has the folder, and stays if that one is killed. */
const NAME = 'running';
/** Is locked by who has the folder; the app has a lock of its own, on all of its data. */
const LOCK = 'running.writer';
/** Primary result code of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;

export interface FolderLock {
  /** The last process did not give it back: it was killed, or the power went. */
  wasKilled: boolean;
  unlock(): void;
  /** As if this process had been killed: its files may need a look. */
  abandon(): void;
}

/**
 * Makes this process the only one that writes a data folder. The system holds the lock, through SQLite, and takes it
 * from a process that ends, however that happens; process numbers would say nothing between containers.
 * Throws ConfigurationError if another process has it, ByflytError if there can be no lock.
 */
export function lockFolder(path: string): FolderLock {
  const file = join(path, NAME);
  const lock = lockFile(join(path, LOCK), () => ({ path, process: textOf(file).trim() || '?' }));
  const wasKilled = existsSync(file);
  writeFileSync(file, `${process.pid}, ${hostname()}\n`, { mode: 0o600 });
  const unlock = () => {
    rmSync(file, { force: true });
    lock.close();
  };
  return { wasKilled, unlock, abandon: () => lock.close() };
}

/** Nothing is ever written to the file, so it stays empty. */
function lockFile(path: string, holder: () => Record<string, string>): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    if (isBusy(cause))
      throw new ConfigurationError({ key: 'persistence.error.inUse', parameters: holder() }, { cause });
    const parameters = { path, message: messageOf(cause) };
    throw new ByflytError({ key: 'persistence.error.open', parameters }, { cause });
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === BUSY;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
