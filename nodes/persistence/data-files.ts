import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ByflytError, messageOf, type Problem, problemOf } from '../observation/errors.ts';
import { DEAD_LETTER_SCHEMA, DeadLetters } from './dead-letters.ts';
import type { Durability } from './durability.ts';
import type { FolderLock } from './folder-lock.ts';
import type { JournalRetention } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { AreaRetention } from './log/area-retention.ts';
import { BOOK_SCHEMA } from './log/book.ts';
import { LogJournal } from './log/log-journal.ts';
import { LogKeeper } from './log/log-keeper.ts';
import { LogLedger } from './log/log-ledger.ts';
import { LogOutbox } from './log/log-outbox.ts';
import { applyRetention } from './log/log-retention.ts';
import type { ItemFormat, Outbox, OutboxLimits } from './outbox.ts';
import { enforceLimits } from './outbox-limits.ts';
import type { PersistenceStatus } from './persistence-status.ts';
import { openSoundDatabase } from './sound-database.ts';
import { SqliteStateStore, STATE_SCHEMA } from './sqlite-state-store.ts';

/** `RED.settings.byflyt`, as far as it is about these files. */
export interface FolderSettings {
  journal?: Partial<JournalRetention> & {
    durability?: Durability;
    /** Minutes after which a message that came to no end in its flow is unaccounted for. */
    unaccountedAfter?: number;
  };
  outbox?: Partial<OutboxLimits>;
  /** Megabytes that live state (detectors, counters, alarms) may take in memory; the rest is read when it is needed. */
  state?: { memoryMb?: number };
  /** IANA name. */
  timeZone?: string;
}

/** Raw messages are personal data where people can be told apart by them, so they are not kept for ever. */
const RETENTION: JournalRetention = { days: 30, bytes: 1_000_000_000 };
const OUTBOX_LIMITS: OutboxLimits = { days: 60, bytes: 4_000_000_000 };
/** What the log does not have. */
const SALVAGED = ['state', 'dead_letter'];
const UNACCOUNTED_MINUTES = 15;
/** Days for which the accounts say which device it was. */
const ACCOUNT_DAYS = 400;
/** Items as they are on disk. */
const TEXTS: ItemFormat<string> = { encode: (text) => text, decode: (text) => text };
const MEGABYTE = 1e6;
const MINUTE = 60_000;
const DAY = 86_400_000;
const TIDY_INTERVAL = 10 * MINUTE;

/** The open files of one data folder. */
export class DataFiles {
  readonly journal: LogJournal;
  readonly ledger: Ledger;
  readonly state: SqliteStateStore;
  /** Where the damaged file is that `byflyt.db` was rebuilt for, from the log; undefined if it was sound. */
  readonly damaged: string | undefined;
  readonly #unlock: () => void;
  readonly #database: DatabaseSync;
  readonly #keeper: LogKeeper;
  readonly #deadLetters: DeadLetters;
  readonly #retention: JournalRetention;
  readonly #areaRetention: AreaRetention;
  readonly #limits: OutboxLimits;
  readonly #outboxes = new Map<string, Outbox<unknown>>();
  readonly #listeners = new Set<(error: unknown) => void>();
  readonly #timers: NodeJS.Timeout[];
  #problem: Problem | undefined;

  /** The folder exists, and `lock` is its lock until `close`. Throws ByflytError if its files cannot be used. */
  constructor(
    path: string,
    lock: FolderLock,
    { journal = {}, outbox, state = {}, timeZone = localTimeZone() }: FolderSettings,
  ) {
    const onError = (error: unknown) => this.#report(error);
    const { durability = 'within-100-ms', unaccountedAfter = UNACCOUNTED_MINUTES, ...retention } = journal;
    this.#retention = { ...RETENTION, ...retention };
    this.#limits = { ...OUTBOX_LIMITS, ...outbox };
    this.#unlock = lock.unlock;
    const schema = STATE_SCHEMA + BOOK_SCHEMA + DEAD_LETTER_SCHEMA;
    const { database, damaged } = openSoundDatabase(join(path, 'byflyt.db'), {
      durability: 'process-end',
      schema,
      isDoubtful: lock.wasKilled,
      tables: SALVAGED,
    });
    this.#database = database;
    this.damaged = damaged;
    this.state = new SqliteStateStore(this.#database, onError, memoryOf(state));
    this.#keeper = new LogKeeper(join(path, 'log'), this.#database, { durability, timeZone, onError });
    this.journal = new LogJournal(this.#keeper);
    this.ledger = new LogLedger(this.#keeper.book);
    this.#deadLetters = new DeadLetters(this.#database);
    this.#areaRetention = new AreaRetention(this.#keeper, retention.areas);
    this.#tidy();
    const sweep = () => this.#background(() => this.journal.giveUp(Date.now() - unaccountedAfter * MINUTE));
    this.#timers = [
      setInterval(sweep, Math.min(MINUTE, (unaccountedAfter * MINUTE) / 2)).unref(),
      setInterval(() => {
        this.#tidy();
        this.#background(() => this.#limitOutboxes());
      }, TIDY_INTERVAL).unref(),
    ];
  }

  outbox<T>(name: string, format: ItemFormat<T>): Outbox<T> {
    const known = this.#outboxes.get(name);
    if (known) return known as Outbox<unknown> as Outbox<T>;
    const outbox = this.#newOutbox(name, format);
    this.#outboxes.set(name, outbox as Outbox<unknown>);
    return outbox;
  }

  outboxNames(): string[] {
    const names = [...this.#keeper.book.outboxes].filter(([, { items }]) => items > 0).map(([name]) => name);
    return [...new Set([...names, ...this.#deadLetters.names()])].sort();
  }

  status(): PersistenceStatus {
    const { inFlow, unaccounted, lost } = this.journal.counts();
    const { days: limitDays, bytes: limitBytes } = this.#retention;
    const bytes = this.#keeper.log.segments().reduce((sum, segment) => sum + segment.bytes, 0);
    return {
      journal: { bytes, inFlow, unaccounted, lost, limitBytes, limitDays },
      outboxes: [...this.#keeper.book.outboxes].map(([name, state]) => ({
        name,
        waiting: state.items,
        bytes: state.bytes,
        ...oldestOf(this.#outboxes.get(name)),
        deadLetters: this.#deadLetters.count(name),
        limitBytes: this.#limits.bytes,
        limitDays: this.#limits.days,
      })),
      disk: { freeBytes: this.#keeper.freeBytes() },
      ...(this.damaged && { damaged: basename(this.damaged) }),
      ...(this.#problem && { problem: this.#problem }),
    };
  }

  onProblem(listener: (error: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#background(() => this.state.flush());
    this.#keeper.close();
    this.#database.close();
    this.#unlock();
  }

  #tidy(): void {
    // What still goes wrong is reported again.
    this.#problem = undefined;
    this.#background(() => {
      const now = Date.now();
      this.#reportCount('gone', this.#keeper.writeOffQueued());
      this.#areaRetention.apply(now);
      this.#keeper.sumUpAccountsBefore(this.#keeper.book.tally.dayOf(now - ACCOUNT_DAYS * DAY));
      this.#reportCount('lost', applyRetention(this.#keeper, this.#retention, now));
    });
  }

  /** Not at the start: a database may be back that takes what is older than the limit. */
  #limitOutboxes(): void {
    for (const [name, { items }] of this.#keeper.book.outboxes) {
      if (items === 0) continue;
      const count = enforceLimits(this.#anyOutbox(name), this.#limits, Date.now());
      this.#reportCount('outboxOverflow', count);
    }
  }

  #newOutbox<T>(name: string, format: ItemFormat<T>): LogOutbox<T> {
    const [keeper, journal, deadLetters] = [this.#keeper, this.journal, this.#deadLetters];
    return new LogOutbox<T>({ name, format, keeper, journal, deadLetters });
  }

  /** Also one that nobody asked for, because its database was deleted: for the moment, as its format is not known. */
  #anyOutbox(name: string): Outbox {
    return this.#outboxes.get(name) ?? this.#newOutbox(name, TEXTS);
  }

  #reportCount(key: string, count: number): void {
    if (count > 0) this.#report(new ByflytError({ key: `persistence.error.${key}`, parameters: { count } }));
  }

  #background(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    const problem = error instanceof ByflytError ? error : notSaved(error);
    this.#problem = problemOf(problem);
    for (const listener of this.#listeners) listener(problem);
  }
}

/** What SQLite or the system says of the disk, in a sentence with what to do. */
function notSaved(cause: unknown): ByflytError {
  return new ByflytError(
    { key: 'persistence.error.notSaved', parameters: { message: messageOf(cause) } },
    { cause },
  );
}

function oldestOf(outbox: Outbox<unknown> | undefined): { oldest?: number } {
  const oldest = outbox?.oldest;
  return oldest === undefined ? {} : { oldest };
}

/** Undefined: the store's own default. */
function memoryOf({ memoryMb }: NonNullable<FolderSettings['state']>): number | undefined {
  return memoryMb === undefined ? undefined : memoryMb * MEGABYTE;
}

function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
