import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Part } from '../observation/flow-node.ts';
import type { DeadLetter, Outbox, OutboxItem } from './outbox.ts';
import { inTransaction } from './sqlite-file.ts';

export const OUTBOX_SCHEMA = `
  CREATE TABLE IF NOT EXISTS outbox (
    name TEXT, sequence INTEGER, item TEXT, journal_id TEXT, part_index INTEGER, part_count INTEGER,
    PRIMARY KEY (name, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, item TEXT, reason TEXT, time INTEGER
  );
  CREATE INDEX IF NOT EXISTS dead_letter_name ON dead_letter (name, id);
`;

/** Items kept in memory too, so that a server which keeps up never needs the disk to be read. */
const WINDOW = 10_000;
/** Dead letters kept; the oldest give way. */
const MAX_DEAD_LETTERS = 10_000;

/** Journal entries all of whose parts wait in any outbox of the file. */
export function keptJournalIds(database: DatabaseSync): Set<string> {
  const rows = database
    .prepare(
      `SELECT journal_id AS id FROM outbox WHERE journal_id IS NOT NULL
       GROUP BY journal_id HAVING count(DISTINCT part_index) >= max(part_count)`,
    )
    .all();
  return new Set(rows.map((row) => String(row.id)));
}

/** Outbox over tables of an open SQLite file; the file's owner calls `flush` before it closes the file. */
export class SqliteOutbox<T> implements Outbox<T> {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #onError: (error: unknown) => void;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #listeners = new Set<() => void>();
  /** The oldest items; when `#more`, further ones are on disk only. */
  #head: OutboxItem<T>[] = [];
  #more: boolean;
  #size: number;
  #nextSequence: number;
  #unsaved: OutboxItem<T>[] = [];
  #saving: NodeJS.Immediate | undefined;

  /** `onError` hears of items that could not be put on disk; they stay in memory and are tried again. */
  constructor(database: DatabaseSync, name: string, onError: (error: unknown) => void) {
    this.#database = database;
    this.#name = name;
    this.#onError = onError;
    this.#statements = prepareStatements(database);
    const { n, last } = this.#statements.extent.get(name) ?? {};
    this.#size = Number(n ?? 0);
    this.#more = this.#size > 0;
    this.#nextSequence = Number(last ?? 0) + 1;
  }

  get size(): number {
    return this.#size;
  }

  get deadLetterCount(): number {
    return Number(this.#statements.buriedCount.get(this.#name)?.n ?? 0);
  }

  append(item: T, options: { journalId?: string; parts?: Part } = {}): void {
    const entry = { sequence: this.#nextSequence++, item, ...options };
    this.#size++;
    this.#unsaved.push(entry);
    if (!this.#more && this.#head.length < WINDOW) this.#head.push(entry);
    else this.#more = true;
    this.#saving ??= setImmediate(() => this.#saveInBackground());
    for (const listener of this.#listeners) listener();
  }

  peek(limit: number): OutboxItem<T>[] {
    if (this.#head.length === 0 && this.#more) this.#load();
    return this.#head.slice(0, limit);
  }

  ack(upTo: number): void {
    this.flush();
    this.#size -= Number(this.#statements.remove.run(this.#name, upTo).changes);
    const kept = this.#head.findIndex(({ sequence }) => sequence > upTo);
    this.#head = kept < 0 ? [] : this.#head.slice(kept);
  }

  bury(item: T, reason: string): void {
    const { lastInsertRowid } = this.#statements.bury.run(
      this.#name,
      JSON.stringify(item),
      reason,
      Date.now(),
    );
    // Ids are shared by all outboxes, so this keeps at most that many in all.
    this.#statements.forget.run(this.#name, Number(lastInsertRowid) - MAX_DEAD_LETTERS);
  }

  deadLetters(limit = 100): DeadLetter<T>[] {
    return this.#statements.buried.all(this.#name, limit).map((row) => ({
      item: JSON.parse(String(row.item)) as T,
      reason: String(row.reason),
      time: new Date(Number(row.time)).toISOString(),
    }));
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts everything on disk now. */
  flush(): void {
    clearImmediate(this.#saving);
    this.#saving = undefined;
    if (this.#unsaved.length === 0) return;
    inTransaction(this.#database, () => {
      for (const { sequence, item, journalId, parts } of this.#unsaved) {
        const { index, count } = parts ?? { index: 0, count: 1 };
        this.#statements.insert.run(
          this.#name,
          sequence,
          JSON.stringify(item),
          journalId ?? null,
          index,
          count,
        );
      }
    });
    this.#unsaved = [];
  }

  #saveInBackground(): void {
    try {
      this.flush();
    } catch (error) {
      this.#onError(error);
    }
  }

  #load(): void {
    this.flush();
    const rows = this.#statements.oldest.all(this.#name, WINDOW);
    this.#head = rows.map((row) => itemOf<T>(row));
    this.#more = rows.length < this.#size;
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    extent: database.prepare('SELECT count(*) AS n, max(sequence) AS last FROM outbox WHERE name = ?'),
    insert: database.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)'),
    oldest: database.prepare('SELECT * FROM outbox WHERE name = ? ORDER BY sequence LIMIT ?'),
    remove: database.prepare('DELETE FROM outbox WHERE name = ? AND sequence <= ?'),
    bury: database.prepare('INSERT INTO dead_letter (name, item, reason, time) VALUES (?, ?, ?, ?)'),
    buried: database.prepare('SELECT * FROM dead_letter WHERE name = ? ORDER BY id DESC LIMIT ?'),
    buriedCount: database.prepare('SELECT count(*) AS n FROM dead_letter WHERE name = ?'),
    forget: database.prepare('DELETE FROM dead_letter WHERE name = ? AND id <= ?'),
  };
}

function itemOf<T>(row: Record<string, SQLOutputValue>): OutboxItem<T> {
  return {
    sequence: Number(row.sequence),
    item: JSON.parse(String(row.item)) as T,
    ...(row.journal_id !== null && { journalId: String(row.journal_id) }),
    ...(Number(row.part_count) > 1 && {
      parts: { index: Number(row.part_index), count: Number(row.part_count) },
    }),
  };
}
