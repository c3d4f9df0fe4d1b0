import { appendLines, readLines } from './lines-file.ts';
import type { Localized } from './localized.ts';

/** Something that happened to a dataset. All of it is public, so no name of a member of staff is in it. */
export interface Change {
  /** ISO 8601 UTC. */
  time: string;
  kind: 'published' | 'changed' | 'withdrawn';
  /** Id of the dataset. */
  dataset: string;
  title: Localized;
  /** Which parts of the dataset's description changed; their names are in the message catalog as `opendata.part.<part>`. */
  parts?: string[];
  /** Why it was withdrawn, in the words of whoever did it. */
  reason?: string;
}

/** Every publication, change and withdrawal, oldest first; one JSON line each, in a file that only grows. */
export class ChangeLog {
  readonly #path: string;
  readonly #changes: Change[];
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(path: string) {
    this.#path = path;
    this.#changes = readLines<Change>(path);
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** On disk when this returns. */
  add(change: Change): void {
    appendLines(this.#path, [change]);
    this.#changes.push(change);
    for (const listener of this.#listeners) listener(change);
  }

  /** Called after each addition; returns how to stop it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
