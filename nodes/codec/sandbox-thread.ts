import { Worker } from 'node:worker_threads';
import {
  type Call,
  type Limits,
  type Outcome,
  readOutcomes,
  type Script,
  SHARED,
  type WorkerData,
  type WorkerMessage,
  writeCalls,
} from './sandbox-protocol.ts';

/** ms between two looks of the watchdog. */
const WATCH_EVERY = 25;

/** ms that a worker may take to load the engine. */
const START_AT_MOST = 15_000;

/** Heap of the worker's own JavaScript, MB: the engine's wrapper and the messages, not the codecs. */
const WORKER_HEAP = 64;

/** Heap for what lives shortly, MB: the worker never idles in an event loop, in which V8 would tidy up earlier. */
const WORKER_YOUNG_HEAP = 8;

/** Stack of the worker, MB: more than QuickJS may use, so that its own check comes before an overflow here. */
const WORKER_STACK = 16;

/** Characters of scripts that fit into the worker's heap besides its work; it forgets none. */
const SCRIPTS_AT_MOST = 16 * 1024 * 1024;

interface Listener {
  onOutcomes(outcomes: readonly Outcome[]): void;
  /** The worker hung or broke and is gone; `culprit` is the place (1 and up) of the call it was in, 0 if none. */
  onEnd(culprit: number, hung: boolean): void;
}

/** The file to run in the worker: this module runs as TypeScript in tests and as JavaScript when built. */
function workerFile(): URL {
  return new URL(`./sandbox-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}

/** One worker thread with a watchdog. It is used until it ends, then replaced by another object. */
export class SandboxThread {
  readonly #worker: Worker;
  readonly #shared = new Int32Array(
    new SharedArrayBuffer(Object.keys(SHARED).length * Int32Array.BYTES_PER_ELEMENT),
  );
  readonly #sent = new Set<string>();
  #sentCharacters = 0;
  readonly #listener: Listener;
  readonly #patience: number;
  #watchdog: NodeJS.Timeout | undefined;
  #isMemoryFull = false;
  #started = false;
  #ended = false;
  /** Place of the call last seen in work and since when (ms since start of the process). */
  #seen = { place: 0, since: performance.now() };

  constructor(limits: Limits, patience: number, listener: Listener) {
    this.#listener = listener;
    this.#patience = patience;
    const data: WorkerData = { limits, shared: this.#shared.buffer };
    this.#worker = new Worker(workerFile(), {
      name: 'byflyt codecs',
      workerData: data,
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: WORKER_HEAP,
        maxYoungGenerationSizeMb: WORKER_YOUNG_HEAP,
        stackSizeMb: WORKER_STACK,
      },
    });
    this.#worker.on('message', (message: WorkerMessage) => this.#receive(message));
    // `exit` follows each `error`, so one handler is enough; without this one the error would end the process.
    this.#worker.on('error', () => this.#finish(false));
    this.#worker.on('exit', () => this.#finish(false));
    this.#worker.unref();
  }

  /** Whether it was given so many scripts, or its engine has taken so much memory, that another worker should follow it. */
  get isFull(): boolean {
    return this.#isMemoryFull || this.#sentCharacters > SCRIPTS_AT_MOST;
  }

  /** Sends a batch, with the scripts this worker has not seen. One batch at a time. */
  send(calls: readonly Call[]): void {
    const news: Script[] = [];
    for (const { script } of calls) {
      if (this.#sent.has(script.key)) continue;
      this.#sent.add(script.key);
      this.#sentCharacters += script.source.length;
      news.push(script);
    }
    this.#worker.ref();
    this.#worker.postMessage({ scripts: news, ...writeCalls(calls) });
    Atomics.add(this.#shared, SHARED.batches, 1);
    Atomics.notify(this.#shared, SHARED.batches);
    this.#seen = { place: 0, since: performance.now() };
    this.#watchdog ??= setInterval(() => this.#watch(), WATCH_EVERY);
  }

  async end(): Promise<void> {
    this.#rest();
    this.#ended = true;
    await this.#worker.terminate();
  }

  #receive(message: WorkerMessage): void {
    if (this.#ended) return;
    if ('ready' in message) {
      this.#started = true;
      return;
    }
    this.#rest();
    this.#isMemoryFull = message.full;
    this.#listener.onOutcomes(readOutcomes(message.outcomes));
  }

  /** Nothing to wait for: let the process end if this is all that is left. */
  #rest(): void {
    clearInterval(this.#watchdog);
    this.#watchdog = undefined;
    this.#worker.unref();
  }

  /** Ends the worker when it has been in one call for too long, seen at two looks or more. */
  #watch(): void {
    const place = Atomics.load(this.#shared, SHARED.call);
    const now = performance.now();
    if (place !== this.#seen.place) {
      this.#seen = { place, since: now };
      return;
    }
    const patience = this.#started && place !== 0 ? this.#patience : START_AT_MOST;
    if (now - this.#seen.since >= patience) this.#finish(true);
  }

  #finish(hung: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rest();
    void this.#worker.terminate();
    this.#listener.onEnd(Atomics.load(this.#shared, SHARED.call), hung);
  }
}
