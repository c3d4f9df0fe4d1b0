/** Runs in a thread of its own: neither a slow disk nor a long answer keeps the app waiting. */
import { parentPort } from 'node:worker_threads';
import { carried } from './carried-error.ts';
import { EmbeddedFile } from './embedded-file.ts';
import { pack, packLatest } from './row-packing.ts';
import type { CallName, Calls, FileUse, Portion, RefusedIndex, Reply, Request } from './storage-protocol.ts';
import { type Point, PointsRefusedError, type Row } from './store.ts';

/** A question that is being answered, with the rows that come next: the answer says which rows are the last. */
interface Cursor {
  rows: AsyncIterator<Row[]>;
  next: IteratorResult<Row[]>;
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
    cursors.set(cursor, { rows, next: await rows.next() });
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

function post(reply: Reply): void {
  parentPort?.postMessage(reply);
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
    return { rows: pack([]), isLast: true };
  }
  const rows = pack(cursor.next.value);
  // Whatever it throws, there is nothing more to come.
  cursors.delete(number);
  cursor.next = await cursor.rows.next();
  const isLast = cursor.next.done === true;
  if (!isLast) cursors.set(number, cursor);
  return { rows, isLast };
}

async function answer(request: Request): Promise<void> {
  const { number, name, file: use } = request;
  const handle = HANDLERS[name] as (file: EmbeddedFile, asked: Request) => Promise<unknown>;
  const file = fileOf(use);
  // Whoever opens it again meanwhile gets another one.
  if (name === 'close') files.delete(use.path);
  try {
    post({ number, value: await handle(file, request) });
  } catch (error) {
    post({ number, error: carried(error) });
  }
}

parentPort?.on('message', (request: Request) => void answer(request));
