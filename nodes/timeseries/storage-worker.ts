/** Runs in a thread of its own: neither a slow disk nor a long answer keeps the app waiting. */
import { parentPort } from 'node:worker_threads';
import { carried } from './carried-error.ts';
import { EmbeddedFile } from './embedded-file.ts';
import { pack, packLatest, transferable } from './row-packing.ts';
import type { CallName, Calls, FileUse, Portion, RefusedIndex, Reply, Request } from './storage-protocol.ts';
import { type PackedRows, type Point, PointsRefusedError } from './store.ts';

/** A question that is being answered, with the rows that come next: the answer says which rows are the last. */
interface Cursor {
  rows: AsyncIterator<PackedRows>;
  /** The tags that the other side has. */
  known: { list: PackedRows['tags'] | undefined; count: number };
  next: IteratorResult<PackedRows>;
}

type Handlers = {
  [Name in CallName]: (file: EmbeddedFile, asked: Calls[Name]['asks']) => Promise<Calls[Name]['gives']>;
};

const files = new Map<string, EmbeddedFile>();
const cursors = new Map<number, Cursor>();

const HANDLERS: Handlers = {
  open: (file) => file.use(async () => undefined),
  write: (file, { points }) => file.use((store) => refusedOf(points, store.write(points))),
  async stream(file, { query, cursor }) {
    const rows = file.stream(query);
    cursors.set(cursor, { rows, next: await rows.next(), known: { list: undefined, count: 0 } });
    return await portion(cursor);
  },
  next: (_file, { cursor }) => portion(cursor),
  async leave(_file, { cursor }) {
    const left = cursors.get(cursor);
    cursors.delete(cursor);
    await left?.rows.return?.();
  },
  latest: (file, { query }) => file.use(async (store) => packLatest(await store.latest(query))),
  fieldTypes: (file) => file.use((store) => store.fieldTypes()),
  async settle(file, { aside }) {
    file.settle(aside);
  },
  close: (file) => file.close().then(() => undefined),
};

function post(reply: Reply, handedOver: ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, handedOver);
}

function fileOf({ path, isOwner, retention }: FileUse): EmbeddedFile {
  let file = files.get(path);
  if (!file) {
    const onEvent: ConstructorParameters<typeof EmbeddedFile>[1]['onEvent'] = (event, problem) =>
      post({ path, event, problem });
    file = new EmbeddedFile(path, { isOwner, retention, onEvent });
    files.set(path, file);
  }
  return file;
}

async function refusedOf(points: readonly Point[], written: Promise<void>): Promise<RefusedIndex[]> {
  try {
    await written;
    return [];
  } catch (error) {
    if (!(error instanceof PointsRefusedError)) throw error;
    const reasons = new Map(error.refused.map(({ point, reason }) => [point, reason]));
    return points.flatMap((point, index) => {
      const reason = reasons.get(point);
      return reason === undefined ? [] : [{ index, reason }];
    });
  }
}

async function portion(number: number): Promise<Portion> {
  const cursor = cursors.get(number);
  if (!cursor || cursor.next.done) {
    cursors.delete(number);
    return { rows: pack([]), knownTags: 0, isLast: true };
  }
  const { value } = cursor.next;
  const knownTags = cursor.known.list === value.tags ? cursor.known.count : 0;
  const rows = { ...value, tags: value.tags.slice(knownTags) };
  cursor.known = { list: value.tags, count: value.tags.length };
  // Whatever it throws, there is nothing more to come.
  cursors.delete(number);
  cursor.next = await cursor.rows.next();
  const isLast = cursor.next.done === true;
  if (!isLast) cursors.set(number, cursor);
  return { rows, knownTags, isLast };
}

async function answer(request: Request): Promise<void> {
  const { number, name, file: use } = request;
  const handle = HANDLERS[name] as (file: EmbeddedFile, asked: Request) => Promise<unknown>;
  const file = fileOf(use);
  // Whoever opens it again meanwhile gets another one.
  if (name === 'close') files.delete(use.path);
  try {
    const value = await handle(file, request);
    post(
      { number, value },
      name === 'stream' || name === 'next' ? transferable((value as Portion).rows) : [],
    );
  } catch (error) {
    post({ number, error: carried(error) });
  }
}

parentPort?.on('message', (request: Request) => void answer(request));
