import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { putAside } from './put-aside.ts';
import { inTransaction, openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts';

/** Primary result codes of SQLite: the file is damaged, or is no database (https://www.sqlite.org/rescode.html). */
const DAMAGE = new Set([11, 26]);

export interface SoundDatabase {
  database: DatabaseSync;
  /** Where the file is that was damaged, if it was. */
  damaged?: string;
}

/**
 * Opens or makes an SQLite file. One that is damaged is put aside and a new one takes its place, with what can be read
 * of `tables`. `isDoubtful`: the last to use it was killed, so it is looked through first.
 * Throws ByflytError if the file cannot be used for another reason.
 */
export function openSoundDatabase(
  path: string,
  { isDoubtful, tables, ...options }: SqliteFileOptions & { isDoubtful: boolean; tables: readonly string[] },
): SoundDatabase {
  const known = openUndamaged(path, options, isDoubtful);
  if (known) return { database: known };
  const damaged = putAside(path, Date.now());
  const database = openSqliteFile(path, options);
  salvage(damaged, database, tables);
  return { database, damaged };
}

/** Undefined if it is damaged. */
function openUndamaged(
  path: string,
  options: SqliteFileOptions,
  isDoubtful: boolean,
): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = openSqliteFile(path, options);
    if (!isDoubtful || database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok') return database;
  } catch (error) {
    database?.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
  database.close();
  return undefined;
}

/** Row by row, until one cannot be read. */
function salvage(damaged: string, database: DatabaseSync, tables: readonly string[]): void {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(damaged);
    for (const table of tables) copyReadable(source, database, table);
  } catch (error) {
    if (!isDamage(error)) throw error;
  } finally {
    source?.close();
  }
}

function copyReadable(source: DatabaseSync, target: DatabaseSync, table: string): void {
  inTransaction(target, () => {
    try {
      for (const row of source.prepare(`SELECT * FROM ${table}`).iterate()) {
        const values = Object.values(row) as SQLInputValue[];
        target
          .prepare(`INSERT OR REPLACE INTO ${table} VALUES (${values.map(() => '?').join(', ')})`)
          .run(...values);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  });
}

function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { errcode } = error as { errcode?: unknown };
  // The low byte; a table that is missing (1) was in a part that is damaged.
  const code = typeof errcode === 'number' ? errcode & 0xff : undefined;
  return code === undefined ? isDamage(error.cause) : DAMAGE.has(code) || code === 1;
}
