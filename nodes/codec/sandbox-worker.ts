import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { useOwnClock } from './sandbox-clock.ts';
import {
  type Batch,
  isHarmful,
  type Outcome,
  readCalls,
  type Script,
  SHARED,
  type WorkerCall,
  type WorkerData,
  type WorkerMessage,
  writeOutcomes,
} from './sandbox-protocol.ts';
import { SandboxedScript } from './sandboxed-script.ts';

/** Codecs kept loaded (about 100 KB each); the one unused longest makes room. */
const LOADED_AT_MOST = 250;

/**
 * Bytes of the engine's memory, all codecs together. Its limit for each runtime counts pieces, not their size (it cannot
 * ask Emscripten for that), so a codec is also stopped when the whole grew by more than `growth` while it ran: the steps
 * in which it grows are smaller. Above `renewed`, which all codecs together hardly need, another thread begins anew,
 * because memory is never given back; `largest` holds for a single call.
 */
const MEMORY = {
  first: 16 * 1024 ** 2,
  growth: 32 * 1024 ** 2,
  renewed: 128 * 1024 ** 2,
  largest: 256 * 1024 ** 2,
};
const PAGE = 64 * 1024;

const { limits, shared } = workerData as WorkerData;
const state = new Int32Array(shared);
const scripts = new Map<string, Script>();
const loaded = new Map<string, SandboxedScript>();
/** Bytes by which the memory has grown while each of them ran. */
const growths = new WeakMap<SandboxedScript, number>();
const memory = new WebAssembly.Memory({ initial: MEMORY.first / PAGE, maximum: MEMORY.largest / PAGE });

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** `recvTime` of an uplink; found without reading the whole input a second time. */
function arrivalOf({ request, input }: WorkerCall): number | undefined {
  const time = request === 'decodeUplink' ? /,"recvTime":(-?\d+)/.exec(input)?.[1] : undefined;
  return time === undefined ? undefined : Number(time);
}

/** The loaded script, now the one used last. */
function use(engine: QuickJSWASMModule, call: WorkerCall): SandboxedScript {
  const { key } = call;
  const source = scripts.get(key);
  if (!source) throw new Error(`script ${key} was never sent`);
  setClock(source.options.timeZone, arrivalOf(call));
  let script = loaded.get(key);
  loaded.delete(key);
  if (!script) {
    for (const [oldest, unused] of loaded) {
      if (loaded.size < LOADED_AT_MOST) break;
      loaded.delete(oldest);
      unused.dispose();
    }
    script = new SandboxedScript(engine, source, limits);
  }
  loaded.set(key, script);
  return script;
}

function run(engine: QuickJSWASMModule, call: WorkerCall): Outcome {
  const before = memory.buffer.byteLength;
  const script = use(engine, call);
  const answer = script.call(call.request, call.input);
  const growth = (growths.get(script) ?? 0) + memory.buffer.byteLength - before;
  growths.set(script, growth);
  const outcome: Outcome = growth > MEMORY.growth ? { kind: 'memory', text: '', line: 0 } : answer;
  if (script.isSpent(outcome)) {
    loaded.delete(call.key);
    script.dispose();
  }
  return outcome;
}

/**
 * Runs a batch. An error that is not QuickJS's own (a trap in the WebAssembly code) leaves the engine in an
 * unknown state: it is not caught, this thread ends with it, and the host starts another.
 */
function runBatch(engine: QuickJSWASMModule, batch: Batch): void {
  for (const script of batch.scripts) scripts.set(script.key, script);
  const harmful = new Set<string>();
  const outcomes = readCalls(batch).map((call, index): Outcome => {
    // Otherwise a batch full of endless loops would keep all other codecs waiting for each of them.
    if (harmful.has(call.key)) return { kind: 'postponed', text: '', line: 0 };
    Atomics.store(state, SHARED.call, index + 1);
    const outcome = run(engine, call);
    if (isHarmful(outcome)) harmful.add(call.key);
    return outcome;
  });
  Atomics.store(state, SHARED.call, 0);
  post({ outcomes: writeOutcomes(outcomes), full: memory.buffer.byteLength > MEMORY.renewed });
}

/**
 * Runs what is sent until the host ends this thread. Sleeping here instead of in the event loop halves what a single
 * batch costs on its way; nothing in this thread needs the loop.
 */
function serve(engine: QuickJSWASMModule, port: MessagePort): never {
  for (;;) {
    const known = Atomics.load(state, SHARED.batches);
    for (let sent = receiveMessageOnPort(port); sent; sent = receiveMessageOnPort(port)) {
      runBatch(engine, sent.message as Batch);
    }
    Atomics.wait(state, SHARED.batches, known);
  }
}

/** A codec that uses every part of the sandbox. */
const EVERYTHING = `function decodeUplink(input) {
  return { data: [Buffer.from(input.bytes).toString('hex'), (1.5).toLocaleString(), Math.pow(2, 3), input.recvTime] };
}`;

/** Runs something before anybody waits: compiling the engine is no codec's fault, and takes long on a busy machine. */
function warmUp(engine: QuickJSWASMModule): void {
  const options = { context: 'fresh', timeZone: 'UTC', recvTime: 'date' } as const;
  const script = { key: '', file: 'warm-up.js', source: EVERYTHING, options };
  for (let round = 0; round < 3; round++) {
    const codec = new SandboxedScript(engine, script, limits);
    codec.call('decodeUplink', '{"bytes":[1],"fPort":1,"recvTime":0}');
    codec.dispose();
  }
}

const setClock = useOwnClock();
// The package's types are those of its CommonJS build, one level deeper.
const file = (await import('@jitl/quickjs-wasmfile-release-sync')) as unknown as {
  default: QuickJSSyncVariant;
};
const engine = await newQuickJSWASMModuleFromVariant(newVariant(file.default, { wasmMemory: memory }));
warmUp(engine);
post({ ready: true });
if (parentPort) serve(engine, parentPort);
