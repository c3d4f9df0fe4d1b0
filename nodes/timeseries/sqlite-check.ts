import type { DatabaseSync } from 'node:sqlite';
import { DamagedFileError } from './storage-error.ts';

/** Bytes up to which SQLite checks a file in one go, in a fraction of a second. */
const SMALL = 32_000_000;
/** Rows looked at in one go of a larger one. */
const ROWS = 5000;

/** Small tables that everything hangs on. */
const CATALOGUE = ['sqlite_schema', 'measurement', 'series', 'field', 'property', 'unrolled'];

/**
 * Looks for damage, a slice at a time: a small file with SQLite's own check; in a large one the catalogue with that, and
 * then all rows of `tables` (name and columns of the key) for whether they can be read and stand in order.
 * Throws DamagedFileError, or what SQLite throws.
 */
export function* check(
  database: DatabaseSync,
  tables: Iterable<{ table: string; key: readonly string[] }>,
): Generator<void> {
  const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
  if (pragma('page_count') * pragma('page_size') <= SMALL) {
    quickCheck(database, '1');
    return;
  }
  for (const table of CATALOGUE) {
    quickCheck(database, table);
    yield;
  }
  for (const { table, key } of tables) yield* walk(database, table, key);
}

function quickCheck(database: DatabaseSync, argument: string): void {
  const finding = database.prepare(`PRAGMA quick_check(${argument})`).get()?.quick_check;
  if (finding !== 'ok') throw damaged(String(finding));
}

function* walk(database: DatabaseSync, table: string, key: readonly string[]): Generator<void> {
  const columns = key.join(', ');
  const following = database.prepare(`
    SELECT ${columns} FROM ${table} WHERE (${columns}) > (${key.map(() => '?').join(', ')})
    ORDER BY ${columns} LIMIT ${ROWS}`);
  let last = key.map(() => Number.MIN_SAFE_INTEGER);
  for (let found = ROWS; found === ROWS; ) {
    found = 0;
    for (const row of following.iterate(...last)) {
      const next = key.map((column) => Number(row[column]));
      if (!isAfter(next, last)) throw damaged(`rows of ${table} are out of order`);
      last = next;
      found++;
    }
    yield;
  }
}

function isAfter(key: readonly number[], before: readonly number[]): boolean {
  for (const [index, part] of key.entries()) {
    const other = before[index] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}

function damaged(message: string): DamagedFileError {
  return new DamagedFileError({ key: 'timeseries.error.damaged', parameters: { message } });
}
