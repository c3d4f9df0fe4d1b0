import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { DataFiles, type FolderSettings } from './data-files.ts';
import { lockFolder } from './folder-lock.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { ItemFormat, Outbox } from './outbox.ts';
import type { PersistenceStatus } from './persistence-status.ts';
import type { StateStore } from './state-store.ts';

export type { PersistenceStatus };

/** What Byflyt keeps on disk itself. One instance per folder and process, shared by all that acquired it. */
export interface DataFolder {
  /** Absolute path. */
  readonly path: string;
  readonly state: StateStore;
  readonly journal: Journal;
  readonly ledger: Ledger;
  /** The outbox of that name, always the same one; `format` counts for the first to ask. */
  outbox<T>(name: string, format: ItemFormat<T>): Outbox<T>;
  /** Outboxes in which something waits or was put aside, also those that nobody asked for. */
  outboxNames(): string[];
  status(): PersistenceStatus;
  /** Calls `listener` when work in the background failed (disk full ...); returns how to stop that. */
  onProblem(listener: (error: unknown) => void): () => void;
  /** Gives the folder back; the last one to do so puts everything on disk and closes the files. */
  release(): void;
}

/**
 * The data folder of this Node-RED, made if it is missing. `settings` is `RED.settings`.
 * Call `release` when the node closes. Throws ByflytError if the folder's files cannot be used.
 */
export function acquireDataFolder(settings: object): DataFolder {
  const { byflyt } = settings as { byflyt?: FolderSettings };
  return openDataFolder(dataFolderPath(settings), byflyt);
}

const shared = new Map<string, { files: DataFiles; users: number }>();

/** As `acquireDataFolder`, by path. `settings` count for the first to open it. */
export function openDataFolder(path: string, settings: FolderSettings = {}): DataFolder {
  const key = resolve(path);
  const entry = shared.get(key) ?? { files: newFiles(key, settings), users: 0 };
  entry.users++;
  shared.set(key, entry);
  let released = false;
  const { files } = entry;
  return {
    path: key,
    state: files.state,
    journal: files.journal,
    ledger: files.ledger,
    outbox: (name, format) => files.outbox(name, format),
    outboxNames: () => files.outboxNames(),
    status: () => files.status(),
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

function newFiles(path: string, settings: FolderSettings): DataFiles {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = lockFolder(path);
  try {
    return new DataFiles(path, lock, settings);
  } catch (error) {
    lock.abandon();
    throw error;
  }
}
