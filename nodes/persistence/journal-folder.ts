import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, Keeping } from './journal.ts';
import { BOOK_SCHEMA } from './log/book.ts';
import { LogJournal } from './log/log-journal.ts';
import { LogKeeper } from './log/log-keeper.ts';
import { applyRetention } from './log/log-retention.ts';
import { openSqliteFile } from './sqlite-file.ts';

export interface JournalFolder {
  readonly journal: Journal;
  close(): void;
}

const TIDY_INTERVAL = 60_000;

/**
 * A journal by itself in a folder, made if it is missing. `onError` hears of work in the background that failed.
 * Throws ByflytError if the files cannot be used.
 */
export function openJournalFolder(
  path: string,
  { retention, onError }: { retention: Keeping; onError(error: unknown): void },
): JournalFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const database = openSqliteFile(join(path, 'journal.db'), {
    durability: 'process-end',
    schema: BOOK_SCHEMA,
  });
  const keeper = new LogKeeper(join(path, 'log'), database, {
    durability: 'within-100-ms',
    timeZone: 'UTC',
    onError,
    segmentBytes: SEGMENT_BYTES,
  });
  const tidy = () => {
    try {
      applyRetention(keeper, retention, Date.now());
    } catch (error) {
      onError(error);
    }
  };
  const timer = setInterval(tidy, TIDY_INTERVAL).unref();
  return {
    journal: new LogJournal(keeper),
    close() {
      clearInterval(timer);
      keeper.close();
      database.close();
    },
  };
}

/** Small, because what is in it is needed for moments only. */
const SEGMENT_BYTES = 1024 * 1024;
