import type { DatabaseSync } from 'node:sqlite';
import type { Position } from './position.ts';

export const PARTED_SCHEMA =
  'CREATE TABLE IF NOT EXISTS log_parted (id INTEGER PRIMARY KEY, refused INTEGER);';

/** Messages all of whose parts wait in outboxes or are done, and whether one of the parts was refused. */
export class PartedMessages {
  readonly #database: DatabaseSync;
  readonly #refused = new Map<Position, boolean>();
  /** Of which the file says something else: while a database is away there may be a million others. */
  readonly #changed = new Set<Position>();

  /** Reads what the file has. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    for (const { id, refused } of database.prepare('SELECT * FROM log_parted').all()) {
      this.#refused.set(Number(id), refused === 1);
    }
  }

  /** Undefined for messages that are not among these. */
  isRefused(id: Position): boolean | undefined {
    return this.#refused.get(id);
  }

  set(id: Position, refused: boolean): void {
    this.#refused.set(id, refused);
    this.#changed.add(id);
  }

  remove(id: Position): void {
    if (this.#refused.delete(id)) this.#changed.add(id);
  }

  /** Inside a transaction of the caller, who calls `saved` when it is committed. */
  save(): void {
    const put = this.#database.prepare('INSERT OR REPLACE INTO log_parted VALUES (?, ?)');
    const remove = this.#database.prepare('DELETE FROM log_parted WHERE id = ?');
    for (const id of this.#changed) {
      const refused = this.#refused.get(id);
      if (refused === undefined) remove.run(id);
      else put.run(id, Number(refused));
    }
  }

  saved(): void {
    this.#changed.clear();
  }
}
