import { Worker } from 'node:worker_threads';
import { ConnectionError, type Problem } from '../observation/errors.ts';
import { revived } from './carried-error.ts';
import type { CallName, Calls, FileUse, Reply } from './storage-protocol.ts';

/** MB of the thread's heap: rows of a few portions, and the names of all series. */
const HEAP = 192;

export type FileListener = (event: 'damaged' | 'recovered', problem: Problem) => void;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The file to run in the thread: this module runs as TypeScript in tests and as JavaScript when built. */
function workerFile(): URL {
  return new URL(`./storage-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}

/**
 * The thread that all embedded databases of this process are read and written in. It begins with the first question,
 * begins again if it broke, and ends when `end` is called.
 */
export class StorageThread {
  readonly #listeners = new Map<string, FileListener>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #file: URL;
  #worker: Worker | undefined;
  #number = 0;

  constructor(file = workerFile()) {
    this.#file = file;
  }

  /** Hears what happens to the file of that path. */
  listen(path: string, listener: FileListener): void {
    this.#listeners.set(path, listener);
  }

  /** A number for a `stream` that no other one has. */
  newCursor(): number {
    return ++this.#number;
  }

  /** Rejects with what the thread threw, or with ConnectionError if it broke; then it may be asked again. */
  call<Name extends CallName>(
    file: FileUse,
    name: Name,
    asked: Calls[Name]['asks'],
  ): Promise<Calls[Name]['gives']> {
    const number = ++this.#number;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(number, { resolve, reject });
    this.#worker ??= this.#started();
    this.#worker.ref();
    this.#worker.postMessage({ number, file, name, ...asked });
    return promise as Promise<Calls[Name]['gives']>;
  }

  /** When nobody waits for an answer. */
  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #started(): Worker {
    const worker = new Worker(this.#file, {
      name: 'byflyt storage',
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    let message = '';
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => {
      message = error.message;
    });
    worker.on('exit', () => this.#ended(worker, message));
    worker.unref();
    return worker;
  }

  #receive(reply: Reply): void {
    if ('event' in reply) {
      this.#listeners.get(reply.path)?.(reply.event, reply.problem);
      return;
    }
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('error' in reply) waiting?.reject(revived(reply.error));
    else waiting?.resolve(reply.value);
  }

  #ended(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    const problem = { key: 'timeseries.error.storage_stopped', parameters: { message } };
    for (const { reject } of waiting) reject(new ConnectionError(problem));
  }
}
