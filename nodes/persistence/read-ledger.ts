import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ByflytError, messageOf } from '../observation/errors.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Ledger } from './ledger.ts';
import { Book } from './log/book.ts';
import { LogLedger } from './log/log-ledger.ts';
import { readRecords } from './log/record-log.ts';
import { RECORD, readItem } from './log/records.ts';

const ALL = Number.MAX_SAFE_INTEGER;

/** Something that was in an outbox, as the log still has it. */
export interface LoggedItem {
  outbox: string;
  /** As the outbox's format has encoded it. */
  text: string;
}

/** A ledger as it was at one moment; closing it ends the reading of the file. */
export interface LedgerView extends Ledger {
  /** What the outboxes have handed to their servers, oldest first, as far back as the log goes. */
  delivered(): Generator<LoggedItem, void, undefined>;
  /** The part of it that the servers refused, newest first. */
  refused(): LoggedItem[];
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
    const letters = new DeadLetters(database);
    const { close } = database;
    return {
      rows: (query) => ledger.rows(query),
      days: (query) => ledger.days(query),
      reasons: (query) => ledger.reasons(query),
      delivered: () => deliveredItems(join(path, 'log'), book),
      refused: () =>
        letters.names().flatMap((outbox) => letters.list(outbox, ALL).map(({ text }) => ({ outbox, text }))),
      close: close.bind(database),
    };
  } catch (cause) {
    database?.close();
    const parameters = { path: file, message: messageOf(cause) };
    throw new ByflytError({ key: 'persistence.error.open', parameters }, { cause });
  }
}

function* deliveredItems(folder: string, book: Book): Generator<LoggedItem, void, undefined> {
  for (const { type, body } of readRecords(folder, 0)) {
    if (type !== RECORD.item) continue;
    const { outbox, sequence, text } = readItem(body);
    if (sequence <= book.outbox(outbox).done) yield { outbox, text };
  }
}
