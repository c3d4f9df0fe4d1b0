import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../observation/errors.ts';
import { storageError } from './storage-error.ts';

/** Pages copied at a time: about 4 MB. */
const PAGES = 1024;

export interface BackupProgress {
  /** Bytes. */
  done: number;
  total: number;
}

/**
 * Copies an embedded database while Byflyt goes on writing to it: `target` has what was there when it began, also if
 * other processes write meanwhile. `target` must not exist, and does not until all is copied.
 * Throws ConfigurationError if there is no such database or `target` exists, ConnectionError if it cannot be read or
 * written.
 */
export async function backupEmbeddedStore(
  path: string,
  target: string,
  onProgress: (progress: BackupProgress) => void = () => {},
): Promise<void> {
  if (!existsSync(path))
    throw new ConfigurationError({ key: 'timeseries.error.no_file', parameters: { path } });
  if (existsSync(target))
    throw new ConfigurationError({ key: 'timeseries.error.file_exists', parameters: { path: target } });
  const unfinished = `${target}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    await copy(path, unfinished, onProgress);
    renameSync(unfinished, target);
  } catch (error) {
    throw storageError(error);
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${unfinished}${ending}`, { force: true });
  }
}

async function copy(
  path: string,
  target: string,
  onProgress: (progress: BackupProgress) => void,
): Promise<void> {
  using source = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  const pageSize = Number(source.prepare('PRAGMA page_size').get()?.page_size);
  // A read transaction of its own holds the state of this moment. Without it each write of another process would have
  // the copy begin anew.
  source.exec('BEGIN');
  source.prepare('SELECT count(*) FROM sqlite_schema').get();
  await backup(source, target, {
    rate: PAGES,
    progress: ({ totalPages, remainingPages }) =>
      onProgress({ done: (totalPages - remainingPages) * pageSize, total: totalPages * pageSize }),
  });
  source.exec('COMMIT');
  chmodSync(target, 0o600);
}
