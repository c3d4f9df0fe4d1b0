import { parentPort, workerData } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import {
  type Batch,
  type Call,
  isHarmful,
  type Outcome,
  readCalls,
  type Script,
  type WorkerData,
  type WorkerMessage,
  writeOutcomes,
} from './sandbox-protocol.ts';
import { SandboxedScript } from './sandboxed-script.ts';
import { useOwnZone } from './utc.ts';

/** Codecs kept loaded; the one unused longest makes room. */
const LOADED_AT_MOST = 100;

const { limits, progress } = workerData as WorkerData;
const current = new Int32Array(progress);
const scripts = new Map<string, Script>();
const loaded = new Map<string, SandboxedScript>();

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** The loaded script, now the one used last. */
function use(engine: QuickJSWASMModule, key: string): SandboxedScript {
  const source = scripts.get(key);
  if (!source) throw new Error(`script ${key} was never sent`);
  setZone(source.options.timeZone);
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

function run(engine: QuickJSWASMModule, call: Call): Outcome {
  const script = use(engine, call.script);
  const outcome = script.call(call.request, call.input);
  if (script.isSpent(outcome)) {
    loaded.delete(call.script);
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
    if (harmful.has(call.script)) return { kind: 'postponed', text: '', line: 0 };
    Atomics.store(current, 0, index + 1);
    const outcome = run(engine, call);
    if (isHarmful(outcome)) harmful.add(call.script);
    return outcome;
  });
  Atomics.store(current, 0, 0);
  post({ outcomes: writeOutcomes(outcomes) });
}

const setZone = useOwnZone();
const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
parentPort?.on('message', (batch: Batch) => runBatch(engine, batch));
post({ ready: true });
