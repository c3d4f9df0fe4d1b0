import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DEAD_LETTER_SCHEMA, DeadLetters } from '../../../../nodes/persistence/dead-letters.ts';
import { BOOK_SCHEMA } from '../../../../nodes/persistence/log/book.ts';
import { LogJournal } from '../../../../nodes/persistence/log/log-journal.ts';
import { LogKeeper, type LogOptions } from '../../../../nodes/persistence/log/log-keeper.ts';
import { LogLedger } from '../../../../nodes/persistence/log/log-ledger.ts';
import { LogOutbox } from '../../../../nodes/persistence/log/log-outbox.ts';
import { openSqliteFile } from '../../../../nodes/persistence/sqlite-file.ts';

/** Numbers as items. */
export const NUMBERS = { encode: (item: number) => String(item), decode: Number };

/** A record log with journal, outboxes and ledger, as the data folder has them. */
export function openLog(folder: string, options: Partial<LogOptions> = {}) {
  const schema = BOOK_SCHEMA + DEAD_LETTER_SCHEMA;
  const database = openSqliteFile(join(folder, 'byflyt.db'), { durability: 'process-end', schema });
  const keeper = new LogKeeper(join(folder, 'log'), database, {
    durability: 'within-100-ms',
    timeZone: 'UTC',
    onError: (error) => assert.fail(String(error)),
    ...options,
  });
  const journal = new LogJournal(keeper);
  const deadLetters = new DeadLetters(database);
  return {
    keeper,
    journal,
    database,
    ledger: new LogLedger(keeper.book),
    outbox: (name = 'main') => new LogOutbox<number>({ name, format: NUMBERS, keeper, journal, deadLetters }),
    close: () => {
      keeper.close();
      database.close();
    },
  };
}
