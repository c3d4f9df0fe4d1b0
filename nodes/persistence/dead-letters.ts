import type { DatabaseSync } from 'node:sqlite';

export const DEAD_LETTER_SCHEMA = `
  CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, item TEXT, reason TEXT, time INTEGER
  );
  CREATE INDEX IF NOT EXISTS dead_letter_name ON dead_letter (name, id);
`;

/** Dead letters kept; the oldest give way. */
const AT_MOST = 10_000;

export interface KeptLetter {
  id: number;
  text: string;
  reason: string;
  /** ISO 8601 UTC. */
  time: string;
}

/** What servers refused, with their reasons, of all outboxes. */
export class DeadLetters {
  readonly #database: DatabaseSync;
  readonly #counts = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  add(name: string, text: string, reason: string): void {
    const insert = this.#database.prepare(
      'INSERT INTO dead_letter (name, item, reason, time) VALUES (?, ?, ?, ?)',
    );
    const { lastInsertRowid } = insert.run(name, text, reason, Date.now());
    // Ids are shared by all outboxes, so this keeps at most that many in all.
    this.#database.prepare('DELETE FROM dead_letter WHERE id <= ?').run(Number(lastInsertRowid) - AT_MOST);
    this.#counts.clear();
  }

  /** Newest first. */
  list(name: string, limit: number): KeptLetter[] {
    return this.#database
      .prepare('SELECT * FROM dead_letter WHERE name = ? ORDER BY id DESC LIMIT ?')
      .all(name, limit)
      .map(letterOf);
  }

  remove(name: string, ids: readonly number[]): void {
    this.#counts.clear();
    this.#database
      .prepare('DELETE FROM dead_letter WHERE name = ? AND id IN (SELECT value FROM json_each(?))')
      .run(name, JSON.stringify(ids));
  }

  /** Outboxes that have letters. */
  names(): string[] {
    return this.#database
      .prepare('SELECT DISTINCT name FROM dead_letter')
      .all()
      .map(({ name }) => String(name));
  }

  /** Asked after every batch that is written, so it is remembered. */
  count(name: string): number {
    let count = this.#counts.get(name);
    if (count === undefined) {
      count = Number(
        this.#database.prepare('SELECT count(*) AS n FROM dead_letter WHERE name = ?').get(name)?.n ?? 0,
      );
      this.#counts.set(name, count);
    }
    return count;
  }
}

function letterOf(row: Record<string, unknown>): KeptLetter {
  return {
    id: Number(row.id),
    text: String(row.item),
    reason: String(row.reason),
    time: new Date(Number(row.time)).toISOString(),
  };
}
