import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ByflytError, messageOf } from '../observation/errors.ts';
import type { Ledger } from './ledger.ts';
import { Book } from './log/book.ts';
import { LogLedger } from './log/log-ledger.ts';
import { readRecords } from './log/record-log.ts';

/** A ledger as it was at one moment; closing it ends the reading of the file. */
export interface LedgerView extends Ledger {
  close(): void;
}

/**
 * The ledger of a data folder, also while Byflyt runs there: nothing is written. `timeZone` (IANA name) must be the
 * one that it runs with. Throws ByflytError if there is no data folder or it cannot be read.
 */
export function readLedger(path: string, timeZone: string): LedgerView {
  const file = join(path, 'byflyt.db');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    // One moment for all that is read: the checkpoint and what came after it must fit.
    database.exec('BEGIN');
    const book = new Book(database, timeZone);
    for (const record of readRecords(join(path, 'log'), book.checkpoint)) book.apply(record);
    const ledger = new LogLedger(book);
    const { close } = database;
    return {
      rows: (query) => ledger.rows(query),
      days: (query) => ledger.days(query),
      reasons: (query) => ledger.reasons(query),
      close: close.bind(database),
    };
  } catch (cause) {
    database?.close();
    const parameters = { path: file, message: messageOf(cause) };
    throw new ByflytError({ key: 'persistence.error.open', parameters }, { cause });
  }
}
