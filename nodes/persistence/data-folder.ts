import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import type { Journal, JournalRetention } from './journal.ts';
import type { Outbox } from './outbox.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { keptJournalIds, OUTBOX_SCHEMA, SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteStateStore, STATE_SCHEMA } from './sqlite-state-store.ts';
import type { StateStore } from './state-store.ts';

/** What Byflyt keeps on disk itself. One instance per folder and process, shared by all that acquired it. */
export interface DataFolder {
  /** Absolute path. */
  readonly path: string;
  readonly state: StateStore;
  readonly journal: Journal;
  /** The outbox of that name, always the same one. */
  outbox<T>(name: string): Outbox<T>;
  /** Calls `listener` when work in the background failed (disk full ...); returns how to stop that. */
  onProblem(listener: (error: unknown) => void): () => void;
  /** Gives the folder back; the last one to do so puts everything on disk and closes the files. */
  release(): void;
}

/** Raw messages are personal data where people can be told apart by them, so they are not kept for ever. */
const DEFAULT_RETENTION: JournalRetention = { days: 30, bytes: 1_000_000_000 };

/**
 * The data folder of this Node-RED, made if it is missing. `settings` is `RED.settings`.
 * Call `release` when the node closes. Throws ByflytError if the folder's files cannot be used.
 */
export function acquireDataFolder(settings: object): DataFolder {
  const { byflyt } = settings as { byflyt?: { journal?: Partial<JournalRetention> } };
  return openDataFolder(dataFolderPath(settings), byflyt?.journal);
}

const shared = new Map<string, { files: DataFiles; users: number }>();

/** As `acquireDataFolder`, by path. `retention` counts for the first to open it. */
export function openDataFolder(path: string, retention: Partial<JournalRetention> = {}): DataFolder {
  const key = resolve(path);
  const entry = shared.get(key) ?? {
    files: new DataFiles(key, { ...DEFAULT_RETENTION, ...retention }),
    users: 0,
  };
  entry.users++;
  shared.set(key, entry);
  let released = false;
  const { files } = entry;
  return {
    path: key,
    state: files.state,
    journal: files.journal,
    outbox: <T>(name: string) => files.outbox<T>(name),
    onProblem: (listener) => files.onProblem(listener),
    release() {
      if (released) return;
      released = true;
      entry.users--;
      if (entry.users > 0) return;
      shared.delete(key);
      files.close();
    },
  };
}

/** The open files of one data folder: the journal by itself, as it alone waits for the disk at each commit. */
class DataFiles {
  readonly journal: SqliteJournal;
  readonly state: SqliteStateStore;
  readonly #database: DatabaseSync;
  readonly #outboxes = new Map<string, SqliteOutbox<unknown>>();
  readonly #listeners = new Set<(error: unknown) => void>();

  constructor(path: string, retention: JournalRetention) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const onError = (error: unknown) => this.#report(error);
    const schema = STATE_SCHEMA + OUTBOX_SCHEMA;
    this.#database = openSqliteFile(join(path, 'byflyt.db'), { durability: 'process-end', schema });
    this.state = new SqliteStateStore(this.#database, onError);
    this.journal = new SqliteJournal(join(path, 'journal.db'), {
      retention,
      onError,
      keptIds: () => this.#keptIds(),
    });
  }

  outbox<T>(name: string): Outbox<T> {
    let outbox = this.#outboxes.get(name);
    if (!outbox) {
      outbox = new SqliteOutbox<unknown>(this.#database, name, (error) => this.#report(error));
      this.#outboxes.set(name, outbox);
    }
    return outbox as Outbox<unknown> as Outbox<T>;
  }

  onProblem(listener: (error: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    try {
      for (const outbox of this.#outboxes.values()) outbox.flush();
      this.state.flush();
    } catch (error) {
      this.#report(error);
    } finally {
      this.journal.close();
      this.#database.close();
    }
  }

  #keptIds(): ReadonlySet<string> {
    for (const outbox of this.#outboxes.values()) outbox.flush();
    return keptJournalIds(this.#database);
  }

  #report(error: unknown): void {
    for (const listener of this.#listeners) listener(error);
  }
}
