import type { DatabaseSync } from 'node:sqlite';
import type { JournalRetention } from './journal.ts';
import { inTransaction, usedBytes } from './sqlite-file.ts';

const DAY = 86_400_000;
/** Entries looked at or removed in one transaction, so that appends never wait long. */
const CHUNK = 500;

/**
 * Removes settled entries older than `days`, then the oldest of all while the file's content is larger than `bytes`.
 * The newest entry always stays: it carries the last id. `now` in ms since 1970.
 * Returns how many unsettled entries had to go whose readings are nowhere else; `kept` gives those that wait in an outbox.
 */
export function applyRetention(
  database: DatabaseSync,
  retention: JournalRetention,
  now: number,
  kept: () => ReadonlySet<string>,
): number {
  removeAged(database, now - retention.days * DAY);
  const lost = removeOldest(database, retention.bytes, kept);
  database.exec('PRAGMA incremental_vacuum');
  return lost;
}

/** Walks from the oldest entry and stops at the first young one: ids follow the time of arrival. */
function removeAged(database: DatabaseSync, before: number): void {
  const next = database.prepare(`
    SELECT id, received, EXISTS (SELECT 1 FROM open WHERE open.id = entry.id) AS open FROM entry
    WHERE id > ? AND id < (SELECT max(id) FROM entry) ORDER BY id LIMIT ${CHUNK}`);
  let after = 0;
  for (;;) {
    const rows = next.all(after);
    const aged = rows.filter((row) => Number(row.received) < before);
    const settled = aged.filter((row) => row.open === 0).map((row) => Number(row.id));
    if (settled.length > 0) removeEntries(database, settled);
    if (aged.length < CHUNK) return;
    after = Number(aged.at(-1)?.id);
  }
}

function removeOldest(database: DatabaseSync, bytes: number, kept: () => ReadonlySet<string>): number {
  const oldest = database.prepare(`
    SELECT id FROM entry WHERE id < (SELECT max(id) FROM entry) ORDER BY id LIMIT ${CHUNK}`);
  if (usedBytes(database) <= bytes) return 0;
  const elsewhere = kept();
  let lost = 0;
  while (usedBytes(database) > bytes) {
    const ids = oldest.all().map((row) => Number(row.id));
    if (ids.length === 0) break;
    lost += removeEntries(database, ids).filter((id) => !elsewhere.has(id)).length;
  }
  return lost;
}

/** Returns those of them that were unsettled. */
function removeEntries(database: DatabaseSync, ids: readonly number[]): string[] {
  const list = JSON.stringify(ids);
  const remove = (table: string) =>
    database
      .prepare(`DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?)) RETURNING id`)
      .all(list);
  return inTransaction(database, () => {
    remove('entry');
    remove('outcome');
    return remove('open').map(({ id }) => String(id));
  });
}
