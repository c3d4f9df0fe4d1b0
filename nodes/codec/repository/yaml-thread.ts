import { Worker } from 'node:worker_threads';

/** What a text contains, or why it cannot be read, in the parser's words; `ended`: the parser came to no end with it. */
export type YamlOutcome = { content: unknown } | { message: string; line: number } | { ended: true };

/**
 * ms for one file, the start of the thread included; a codec definition with many examples takes a fifth of a second.
 * Ends a thread before it has filled the memory: a limit of its heap would end the process with it.
 */
const PATIENCE = 5000;
/** ms without work after which the thread ends. */
const IDLE = 60_000;

/** The file to run in the worker: this module runs as TypeScript in tests and as JavaScript when built. */
function workerFile(): URL {
  return new URL(`./yaml-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}

/** A running thread, and who waits for it. */
interface Thread {
  worker: Worker;
  settle: ((outcome: YamlOutcome) => void) | undefined;
}

let last: Promise<unknown> = Promise.resolve();
let running: Thread | undefined;
let idle: NodeJS.Timeout | undefined;

/**
 * Parses YAML in a thread of its own, one text after the other: a file that keeps the parser busy keeps no flow waiting,
 * and is given up after five seconds. Never rejects.
 */
export function parseInThread(text: string): Promise<YamlOutcome> {
  const outcome = last.then(() => parseNow(text));
  last = outcome;
  return outcome;
}

async function parseNow(text: string): Promise<YamlOutcome> {
  clearTimeout(idle);
  running ??= startThread();
  const thread = running;
  const impatience = setTimeout(() => end(thread), PATIENCE);
  const outcome = await new Promise<YamlOutcome>((resolve) => {
    thread.settle = resolve;
    thread.worker.ref();
    thread.worker.postMessage(text);
  });
  clearTimeout(impatience);
  // Nothing to do: the process may end, and soon the thread does.
  thread.worker.unref();
  idle = setTimeout(() => end(thread), IDLE).unref();
  return outcome;
}

function startThread(): Thread {
  const worker = new Worker(workerFile(), { name: 'byflyt yaml', env: {} });
  const thread: Thread = { worker, settle: undefined };
  worker.on('message', (outcome: YamlOutcome) => thread.settle?.(outcome));
  worker.on('error', () => end(thread));
  worker.on('exit', () => end(thread));
  return thread;
}

function end(thread: Thread): void {
  if (running === thread) running = undefined;
  void thread.worker.terminate();
  thread.settle?.({ ended: true });
}
