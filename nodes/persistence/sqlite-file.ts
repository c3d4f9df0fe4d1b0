import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ByflytError, messageOf } from '../observation/errors.ts';

/**
 * When a commit counts as done. `power-cut`: the disk has it (fsync per commit). `process-end`: survives kill -9,
 * but a power cut may cost the last commits (never the file's integrity).
 */
export type Durability = 'power-cut' | 'process-end';

export interface SqliteFileOptions {
  durability: Durability;
  /** Creates what is missing; runs at each opening. */
  schema: string;
}

/**
 * Opens or creates an SQLite file in WAL mode that only this user may read.
 * Throws ByflytError `persistence.error.open` if the file cannot be used.
 */
export function openSqliteFile(path: string, { durability, schema }: SqliteFileOptions): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path, { timeout: 5000 });
    chmodSync(path, 0o600);
    // auto_vacuum must precede the first table; it lets retention give space back to the disk.
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${durability === 'power-cut' ? 'FULL' : 'NORMAL'};
      PRAGMA journal_size_limit = 67108864;
    `);
    database.exec(schema);
    return database;
  } catch (error) {
    throw new ByflytError(
      { key: 'persistence.error.open', parameters: { path, message: messageOf(error) } },
      { cause: error },
    );
  }
}

/** As `inTransaction`, and it survives a power cut when this returns, whatever else the file was opened for. */
export function inLastingTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = FULL');
  try {
    return inTransaction(database, work);
  } finally {
    database.exec('PRAGMA synchronous = NORMAL');
  }
}

/** Runs `work` in one transaction; what it throws undoes everything. Must not be nested, nor await. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk ends the transaction by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
