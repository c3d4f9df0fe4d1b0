import { parentPort, workerData } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import { useOwnClock } from './sandbox-clock.ts';
import {
  type Batch,
  isHarmful,
  type Outcome,
  readCalls,
  type Script,
  type WorkerCall,
  type WorkerData,
  type WorkerMessage,
  writeOutcomes,
} from './sandbox-protocol.ts';
import { SandboxedScript } from './sandboxed-script.ts';

/** Codecs kept loaded (about 100 KB each); the one unused longest makes room. */
const LOADED_AT_MOST = 250;

const { limits, progress } = workerData as WorkerData;
const current = new Int32Array(progress);
const scripts = new Map<string, Script>();
const loaded = new Map<string, SandboxedScript>();

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
  const script = use(engine, call);
  const outcome = script.call(call.request, call.input);
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
    Atomics.store(current, 0, index + 1);
    const outcome = run(engine, call);
    if (isHarmful(outcome)) harmful.add(call.key);
    return outcome;
  });
  Atomics.store(current, 0, 0);
  post({ outcomes: writeOutcomes(outcomes) });
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
const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
warmUp(engine);
parentPort?.on('message', (batch: Batch) => runBatch(engine, batch));
post({ ready: true });
