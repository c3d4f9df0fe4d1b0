import { statfsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { ByflytError, messageOf } from '../../observation/errors.ts';
import { parseTime } from '../../observation/time.ts';
import type { Durability } from '../durability.ts';
import type { RawMessage } from '../journal.ts';
import { inLastingTransaction, inTransaction } from '../sqlite-file.ts';
import { Book, GONE } from './book.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { Position } from './position.ts';
import { RecordLog } from './record-log.ts';
import { type Account, RECORD, type VerdictRecord, writeJson, writeMessage } from './records.ts';

export interface LogOptions {
  durability: Durability;
  /** IANA name: the days of the accounts. */
  timeZone: string;
  /** Hears of work in the background that failed; it is tried again. */
  onError(error: unknown): void;
  segmentBytes?: number;
}

/** Milliseconds; the sync itself takes some more. */
const SYNC_WITHIN = 80;
const RETRY = 1000;
/** Milliseconds from a change to the checkpoint: so much of the log is read again after a crash. */
const CHECKPOINT_DELAY = 5000;

const NOBODY: Account = { area: '', device: '' };

interface Append {
  id: Position;
  received: number;
  transport: string;
  resolve(id: string): void;
  reject(error: unknown): void;
}

/** The record log of a folder and the book that is kept of it: everything is written here, once per event-loop turn. */
export class LogKeeper {
  readonly log: RecordLog;
  readonly book: Book;
  readonly #database: DatabaseSync;
  readonly #options: LogOptions;
  #appends: Append[] = [];
  #committing: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #checkpointTimer: NodeJS.Timeout | undefined;
  #failing = false;
  /** Messages that were found to be gone and not told about yet. */
  #gone = 0;
  #closed = false;

  /** `database` has the tables of `BOOK_SCHEMA`. Throws ByflytError if the folder cannot be used. */
  constructor(folder: string, database: DatabaseSync, options: LogOptions) {
    this.#database = database;
    this.#options = options;
    this.book = new Book(database, options.timeZone);
    const { onError, segmentBytes } = options;
    try {
      this.log = new RecordLog(folder, this.book.checkpoint, {
        syncWithin: SYNC_WITHIN,
        onError,
        ...(segmentBytes !== undefined && { segmentBytes }),
      });
    } catch (cause) {
      const parameters = { path: folder, message: messageOf(cause) };
      throw new ByflytError({ key: 'persistence.error.open', parameters }, { cause });
    }
    const isNew = this.book.checkpoint === 0;
    for (const record of this.log.records(this.book.checkpoint)) this.book.apply(record);
    if (isNew) this.book.tally.balance();
    this.book.open.markLeft();
  }

  /** Resolves with the id when the message is on disk. Rejects with ByflytError if the disk refuses. */
  append(message: RawMessage): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(refusal(new Error('closed')));
      const { receivedTime, transport, topic, contentType, body } = message;
      const received = parseTime(receivedTime);
      const id = this.log.add(RECORD.message, (writer, position) =>
        writeMessage(writer, { id: position, received, transport, topic, contentType, body }),
      );
      this.#appends.push({ id, received, transport, resolve, reject });
      this.#schedule();
    });
  }

  /**
   * Adds another record; it is on disk when this turn of the event loop ends, or as soon as the disk takes it. After
   * the end nothing is written any more: the next process finds the message without a verdict.
   */
  write(type: number, fill: (writer: ByteWriter) => void): void {
    if (this.#closed) return;
    this.log.add(type, fill);
    this.#schedule();
  }

  verdict(record: VerdictRecord): void {
    this.write(RECORD.verdict, (writer) => writeJson(writer, record));
    this.book.verdict(record);
  }

  /** An open message that the disk does not have any more. */
  gone(id: Position): void {
    this.write(RECORD.gone, (writer) => writeJson(writer, { ids: [id] }));
    this.book.gone(id);
    this.#gone++;
  }

  /** Writes what was added now. Throws ByflytError if the disk refuses; messages are refused then, the rest is kept. */
  commit(): void {
    if (this.#closed) return;
    clearImmediate(this.#committing);
    this.#committing = undefined;
    const appends = this.#appends;
    this.#appends = [];
    try {
      this.log.commit(RECORD.message);
    } catch (cause) {
      const error = refusal(cause);
      for (const { reject } of appends) reject(error);
      throw error;
    }
    this.#failing = false;
    for (const { id, received, transport } of appends) this.book.message(id, received, transport);
    this.#confirm(appends);
    this.#checkpointTimer ??= setTimeout(() => this.#checkpointInBackground(), CHECKPOINT_DELAY).unref();
  }

  /**
   * Brings the file up to the log. `lasting`: also if the log did not grow, and a power cut does not bring the file's
   * earlier content back, which would need what is going to be removed from the log.
   * Throws ByflytError if the disk refuses.
   */
  checkpoint({ lasting = false } = {}): void {
    this.commit();
    clearTimeout(this.#checkpointTimer);
    this.#checkpointTimer = undefined;
    // The file must not be ahead of the log after a power cut.
    this.log.syncNow();
    const { position } = this.log;
    if (position === this.book.checkpoint && !lasting) return;
    const transaction = lasting ? inLastingTransaction : inTransaction;
    transaction(this.#database, () => this.book.save(position));
    this.book.saved(position);
  }

  /** Counts as lost what was queued, if nothing waits in any outbox. Returns how many messages. */
  writeOffQueued(): number {
    const { tally, outboxes } = this.book;
    if (tally.totals.queued === 0 || [...outboxes.values()].some(({ items }) => items > 0)) return 0;
    this.checkpoint({ lasting: true });
    const lost = tally.writeOffQueued(GONE);
    this.checkpoint({ lasting: true });
    return lost;
  }

  /** Accounts of days before `day` (`YYYY-MM-DD`) are kept by area only. Throws what the disk throws. */
  sumUpAccountsBefore(day: string): void {
    inTransaction(this.#database, () => this.book.tally.sumUpBefore(day));
  }

  /** Bytes that the disk has left for this user. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.log.folder);
    return bavail * bsize;
  }

  close(): void {
    if (this.#closed) return;
    try {
      this.checkpoint();
    } catch (error) {
      this.#options.onError(error);
    }
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#checkpointTimer);
    clearImmediate(this.#committing);
    try {
      this.log.close();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #schedule(): void {
    if (this.#retry && this.#appends.length === 0) return;
    this.#committing ??= setImmediate(() => this.#commitInBackground());
  }

  #commitInBackground(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      this.commit();
      this.#tellGone();
    } catch (error) {
      // Once per trouble: what was refused has been told to its sender.
      if (!this.#failing) this.#options.onError(error);
      this.#failing = true;
      if (this.log.hasPending) this.#retry = setTimeout(() => this.#commitInBackground(), RETRY);
    }
  }

  #confirm(appends: readonly Append[]): void {
    if (appends.length === 0) return;
    if (this.#options.durability === 'within-100-ms') {
      for (const { id, resolve } of appends) resolve(String(id));
      return;
    }
    this.log.synced().then(
      () => {
        for (const { id, resolve } of appends) resolve(String(id));
      },
      (cause: unknown) => {
        for (const append of appends) this.#takeBack(append, refusal(cause));
      },
    );
  }

  /** It is in the log, but may not outlast a power cut: its sender is told no, and sends it again. */
  #takeBack({ id, received, reject }: Append, error: ByflytError): void {
    const { key: reasonKey, parameters } = error;
    this.verdict({ id, result: 'dropped', received, ...NOBODY, reasonKey, parameters });
    reject(error);
  }

  #tellGone(): void {
    if (this.#gone === 0) return;
    const parameters = { count: this.#gone };
    this.#gone = 0;
    this.#options.onError(new ByflytError({ key: GONE, parameters }));
  }

  #checkpointInBackground(): void {
    this.#checkpointTimer = undefined;
    try {
      this.checkpoint();
    } catch (error) {
      this.#options.onError(error);
      this.#checkpointTimer ??= setTimeout(() => this.#checkpointInBackground(), CHECKPOINT_DELAY).unref();
    }
  }
}

function refusal(cause: unknown): ByflytError {
  return new ByflytError(
    { key: 'persistence.error.write', parameters: { message: messageOf(cause) } },
    { cause },
  );
}
