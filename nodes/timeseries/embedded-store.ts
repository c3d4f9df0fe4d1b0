import { resolve } from 'node:path';
import { ByflytError, type Problem } from '../observation/errors.ts';
import { unpackedPortions, unpackLatest } from './row-packing.ts';
import type { FieldType } from './series.ts';
import { PORTION } from './sqlite-reader.ts';
import type { Retention } from './sqlite-retention.ts';
import type { FileUse, LatestQuery, Portion } from './storage-protocol.ts';
import { StorageThread } from './storage-thread.ts';
import {
  type PackedRows,
  type Point,
  PointsRefusedError,
  type RefusedPoint,
  type Row,
  type Store,
  type StoreQuery,
} from './store.ts';

/** What those hear who care for a file. The problem is a sentence for people. */
export interface DamageListener {
  /** The file was damaged: it has been put aside, and a new one is in its place. */
  onDamaged(problem: Problem): void;
  /**
   * What could be read of the damaged file is in the new one. Resolves when what is missing has been written again as
   * far as it is known; unless it does, it is called again after the next start.
   */
  onRecovered(problem: Problem): Promise<void>;
}

/** For the one process that the file belongs to. Any other one only reads and writes. */
export interface Ownership extends DamageListener {
  /** Counts for the first to open the file. */
  retention: Retention;
}

interface Entry {
  store: ThreadedStore;
  owners: Set<Ownership>;
  users: number;
}

const thread = new StorageThread();
const shared = new Map<string, Entry>();

/**
 * Store in one SQLite file, one for all of this process; the last one to close it closes the file. All work is done in
 * a thread of its own, which opens the file at once; whoever asks or writes gets a ByflytError if it cannot be used.
 */
export function openEmbeddedStore(path: string, ownership?: Ownership): Store {
  const key = resolve(path);
  const entry = shared.get(key) ?? opened(key, ownership);
  shared.set(key, entry);
  entry.users++;
  if (ownership) entry.owners.add(ownership);
  let isClosed = false;
  return {
    write: (points) => entry.store.write(points),
    query: (query) => entry.store.query(query),
    stream: (query) => entry.store.stream(query),
    streamPacked: (query) => entry.store.streamPacked(query),
    latest: (query) => entry.store.latest(query),
    measurements: () => entry.store.measurements(),
    fieldTypes: () => entry.store.fieldTypes(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      entry.users--;
      if (ownership) entry.owners.delete(ownership);
      if (entry.users > 0) return;
      shared.delete(key);
      await entry.store.close();
      if (shared.size === 0) await thread.end();
    },
  };
}

function opened(path: string, ownership: Ownership | undefined): Entry {
  const owners = new Set<Ownership>();
  const use = { path, isOwner: ownership !== undefined, retention: ownership?.retention ?? {} };
  thread.listen(path, (event, problem) => {
    if (event === 'recovered') void recover(use, owners, problem);
    else for (const owner of owners) owner.onDamaged(problem);
  });
  const store = new ThreadedStore(use);
  void store.open();
  return { store, owners, users: 0 };
}

async function recover(file: FileUse, owners: ReadonlySet<Ownership>, problem: Problem): Promise<void> {
  const outcomes = await Promise.allSettled([...owners].map((owner) => owner.onRecovered(problem)));
  const isDone = outcomes.length > 0 && outcomes.every(({ status }) => status === 'fulfilled');
  if (isDone && owners.size > 0) await thread.call(file, 'settle', { aside: `${problem.parameters?.file}` });
}

/** Asks the thread. */
class ThreadedStore implements Store {
  readonly #file: FileUse;

  constructor(file: FileUse) {
    this.#file = file;
  }

  /** Damage shall be found now, and not when somebody asks. */
  async open(): Promise<void> {
    try {
      await thread.call(this.#file, 'open', {});
    } catch (error) {
      // The next question meets the same, and there is somebody to be told.
      if (!(error instanceof ByflytError)) throw error;
    }
  }

  async write(points: readonly Point[]): Promise<void> {
    const refused = await thread.call(this.#file, 'write', { points: points.map(withoutLine) });
    const found = refused.flatMap(({ index, reason }): RefusedPoint[] => {
      const point = points[index];
      return point ? [{ point, reason }] : [];
    });
    if (found.length > 0) throw new PointsRefusedError(found);
  }

  async query(query: StoreQuery): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const portion of this.stream(query)) for (const row of portion) rows.push(row);
    return rows;
  }

  async *stream(query: StoreQuery): AsyncGenerator<Row[]> {
    for await (const rows of this.streamPacked(query)) yield* unpackedPortions(rows, PORTION);
  }

  /** While a portion is worked on, the thread reads the next one. */
  async *streamPacked(query: StoreQuery): AsyncGenerator<PackedRows> {
    const cursor = thread.newCursor();
    let coming = thread.call(this.#file, 'stream', { query, cursor });
    let tags: PackedRows['tags'] = [];
    let isLast = false;
    try {
      while (!isLast) {
        const { rows, knownTags, ...portion } = await coming;
        isLast = portion.isLast;
        tags = knownTags === 0 ? rows.tags : [...tags.slice(0, knownTags), ...rows.tags];
        if (!isLast) coming = this.#next(cursor);
        if (rows.times.length > 0) yield { ...rows, tags };
      }
    } finally {
      // Before it has come the thread has nothing that could be left.
      const isOver =
        isLast ||
        (await coming.then(
          (portion) => portion.isLast,
          () => true,
        ));
      if (!isOver) await thread.call(this.#file, 'leave', { cursor });
    }
  }

  #next(cursor: number): Promise<Portion> {
    const coming = thread.call(this.#file, 'next', { cursor });
    // Whoever leaves before it has come does not want to know.
    coming.catch(() => undefined);
    return coming;
  }

  async latest({ measurement, fields, where }: LatestQuery) {
    const query = { measurement, fields, ...(where && { where }) };
    return unpackLatest(await thread.call(this.#file, 'latest', { query }));
  }

  async measurements(): Promise<Map<string, string[]>> {
    return new Map([...(await this.fieldTypes())].map(([name, types]) => [name, [...types.keys()]]));
  }

  async fieldTypes(): Promise<Map<string, Map<string, FieldType>>> {
    return thread.call(this.#file, 'fieldTypes', {});
  }

  async close(): Promise<void> {
    await thread.call(this.#file, 'close', {});
  }
}

/** The line is long, and of no use here. */
function withoutLine({ measurement, tags, fields, time }: Point): Point {
  return { measurement, tags, fields, time };
}
