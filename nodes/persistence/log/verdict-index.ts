import type { DatabaseSync } from 'node:sqlite';
import type { Position } from './position.ts';
import type { VerdictRecord } from './records.ts';

export const VERDICT_SCHEMA =
  'CREATE TABLE IF NOT EXISTS log_rejected (id INTEGER PRIMARY KEY, verdict TEXT);';

/** Rejected messages by id, so that people can read why. */
export class VerdictIndex {
  readonly #database: DatabaseSync;
  #unsaved: VerdictRecord[] = [];
  #goneBefore: Position | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  add(record: VerdictRecord): void {
    this.#unsaved.push(record);
  }

  get(id: Position): VerdictRecord | undefined {
    const unsaved = this.#unsaved.find((record) => record.id === id);
    if (unsaved) return unsaved;
    const row = this.#database.prepare('SELECT verdict FROM log_rejected WHERE id = ?').get(id);
    return row && (JSON.parse(String(row.verdict)) as VerdictRecord);
  }

  /** Newest first. */
  before(id: Position, limit: number): VerdictRecord[] {
    const saved = this.#database
      .prepare('SELECT verdict FROM log_rejected WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT ?')
      .all(id, this.#goneBefore ?? 0, limit)
      .map(({ verdict }) => JSON.parse(String(verdict)) as VerdictRecord);
    const unsaved = this.#unsaved.filter((record) => record.id < id);
    return [...unsaved, ...saved].sort((a, b) => b.id - a.id).slice(0, limit);
  }

  /** Forgets those whose messages are gone. */
  removeBefore(position: Position): void {
    this.#goneBefore = position;
    this.#unsaved = this.#unsaved.filter(({ id }) => id >= position);
  }

  save(): void {
    if (this.#goneBefore !== undefined) {
      this.#database.prepare('DELETE FROM log_rejected WHERE id < ?').run(this.#goneBefore);
    }
    const insert = this.#database.prepare('INSERT OR REPLACE INTO log_rejected VALUES (?, ?)');
    for (const record of this.#unsaved) insert.run(record.id, JSON.stringify(record));
  }

  saved(): void {
    this.#unsaved = [];
    this.#goneBefore = undefined;
  }
}
