import { resolve } from 'node:path';
import { SqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

const shared = new Map<string, { store: SqliteStore; users: number }>();

/**
 * Store in one SQLite file, one instance per file and process; the last one to close it closes the file.
 * Throws ByflytError if the file cannot be used.
 */
export function openEmbeddedStore(path: string): Store {
  const key = resolve(path);
  const entry = shared.get(key) ?? { store: new SqliteStore(key), users: 0 };
  shared.set(key, entry);
  entry.users++;
  let closed = false;
  return {
    write: (points) => entry.store.write(points),
    query: (query) => entry.store.query(query),
    stream: (query) => entry.store.stream(query),
    latest: (query) => entry.store.latest(query),
    measurements: () => entry.store.measurements(),
    async close() {
      if (closed) return;
      closed = true;
      entry.users--;
      if (entry.users > 0) return;
      shared.delete(key);
      await entry.store.close();
    },
  };
}
