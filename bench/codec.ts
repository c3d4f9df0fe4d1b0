/**
 * What the sandbox of codecs costs: a mix of 100 codecs through the worker, next to direct calls in the worker, to
 * node:vm with a timeout, and to a fresh QuickJS context per message.
 */
import { performance } from 'node:perf_hooks';
import vm from 'node:vm';
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import { Sandbox } from '../nodes/codec/sandbox.ts';
import type { Limits, Script } from '../nodes/codec/sandbox-protocol.ts';
import { SandboxedScript } from '../nodes/codec/sandboxed-script.ts';
import { codecFromSource } from '../nodes/codec/scripted-codec.ts';
import { codecMix, type MixedCodec } from './codec-mix.ts';

/** Decodes in flight under load: what a burst of a town's sensors gives. */
const IN_FLIGHT = 100;
const ROUNDS = 100;

const LIMITS: Limits = {
  memory: 4 * 1024 * 1024,
  stack: 256 * 1024,
  interruptAfter: 100,
  output: 64 * 1024,
  depth: 32,
};

const mix = codecMix();
const recvTime = new Date('2025-02-03T04:05:06Z');
const inputOf = ({ bytes, fPort }: MixedCodec) => ({ fPort, bytes, recvTime });
const jsonOf = ({ bytes, fPort }: MixedCodec) =>
  JSON.stringify({ bytes: Array.from(bytes), fPort, recvTime: recvTime.getTime() });
const scriptOf = ({ file, source }: MixedCodec, context: 'reused' | 'fresh'): Script => ({
  key: file,
  file,
  source,
  options: { context, timeZone: 'UTC', recvTime: 'date' },
});

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** Median µs of a decode, each awaited before the next; the first tenth warms up. */
async function alone(decode: (codec: MixedCodec) => unknown, rounds = ROUNDS): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const codec of mix) {
      const start = performance.now();
      const result = decode(codec);
      if (result instanceof Promise) await result;
      if (round >= rounds / 10) taken.push((performance.now() - start) * 1000);
    }
  }
  return median(taken);
}

/** µs of the clock and of all threads' processor per decode, many in flight. */
async function loaded(
  decode: (codec: MixedCodec) => Promise<unknown>,
): Promise<{ clock: number; cpu: number }> {
  const run = async (rounds: number) => {
    const lanes = Array.from({ length: IN_FLIGHT }, async (_, lane) => {
      for (let round = 0; round < rounds; round++) {
        const codec = mix[(lane + round) % mix.length];
        if (codec) await decode(codec);
      }
    });
    await Promise.all(lanes);
  };
  await run(ROUNDS);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await run(3 * ROUNDS);
  const { user, system } = process.cpuUsage(cpu);
  const decodes = 3 * ROUNDS * IN_FLIGHT;
  return { clock: ((performance.now() - start) * 1000) / decodes, cpu: (user + system) / decodes };
}

/** kB that each codec keeps, loaded and having decoded, of ten times the mix. */
function memoryPerCodec(engine: QuickJSWASMModule): number {
  const load = () =>
    mix.map((codec) => {
      const script = new SandboxedScript(engine, scriptOf(codec, 'reused'), LIMITS);
      script.call('decodeUplink', jsonOf(codec));
      return script;
    });
  const warm = load();
  const before = process.memoryUsage.rss();
  const live = Array.from({ length: 10 }, load).flat();
  const bytes = process.memoryUsage.rss() - before;
  for (const script of [...warm, ...live]) script.dispose();
  return bytes / live.length / 1024;
}

function inVm(): (codec: MixedCodec) => unknown {
  const contexts = new Map(
    mix.map((codec) => {
      const context = vm.createContext({ Buffer });
      vm.runInContext(codec.source, context);
      const name = ['decodeUplink', 'Decoder', 'Decode'].find((one) => one in context);
      const call =
        name === 'decodeUplink'
          ? 'decodeUplink(input)'
          : name === 'Decode'
            ? 'Decode(input.fPort, input.bytes, {})'
            : 'Decoder(input.bytes, input.fPort)';
      const program = new vm.Script(
        `(function () { var input = JSON.parse(json); input.recvTime = new Date(input.recvTime); return JSON.stringify(${call}); })()`,
      );
      return [codec.file, { context, program }];
    }),
  );
  return (codec) => {
    const { context, program } = contexts.get(codec.file) ?? {};
    if (!context || !program) return undefined;
    context.json = jsonOf(codec);
    return JSON.parse(program.runInContext(context, { timeout: LIMITS.interruptAfter }) as string);
  };
}

const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
const memory = memoryPerCodec(engine);

const scripts = new Map(
  mix.map((codec) => [codec.file, new SandboxedScript(engine, scriptOf(codec, 'reused'), LIMITS)]),
);
const direct = (codec: MixedCodec) => {
  const outcome = scripts.get(codec.file)?.call('decodeUplink', jsonOf(codec));
  if (outcome?.kind !== 'output') throw new Error(`${codec.file}: ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.text);
};
const fresh = (codec: MixedCodec) => {
  const script = new SandboxedScript(engine, scriptOf(codec, 'fresh'), LIMITS);
  const { text } = script.call('decodeUplink', jsonOf(codec));
  script.dispose();
  return JSON.parse(text);
};
const codecs = new Map(mix.map(({ file, source }) => [file, codecFromSource(file, source)]));
const sandboxed = async (codec: MixedCodec) => codecs.get(codec.file)?.decodeUplink(inputOf(codec));

const directAlone = await alone(direct);
const directMean = await meanOf(direct);
const sandboxAlone = await alone(sandboxed);
const sandboxLoaded = await loaded(sandboxed);
const vmAlone = await alone(inVm());
const freshAlone = await alone(fresh, 10);
await Sandbox.shared().close();

/** Mean µs of a decode, to compare with decodes that overlap. */
async function meanOf(decode: (codec: MixedCodec) => unknown): Promise<number> {
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) for (const codec of mix) decode(codec);
  return ((performance.now() - start) * 1000) / ROUNDS / mix.length;
}

const row = (name: string, value: number, unit: string, ratio?: number) =>
  console.log(
    `${name.padEnd(58)}${value.toFixed(1).padStart(9)} ${unit.padEnd(9)}${ratio === undefined ? '' : `${ratio.toFixed(2)}x`}`,
  );
console.log(`${mix.length} codecs, µs per decode`);
row('direct call in the worker, median', directAlone, 'µs', 1);
row('through the worker, one at a time, median', sandboxAlone, 'µs', sandboxAlone / directAlone);
row('node:vm with timeout, median', vmAlone, 'µs', vmAlone / directAlone);
row('fresh QuickJS context per message, median', freshAlone, 'µs', freshAlone / directAlone);
row('direct call in the worker, mean', directMean, 'µs', 1);
row(
  `through the worker, ${IN_FLIGHT} in flight, clock`,
  sandboxLoaded.clock,
  'µs',
  sandboxLoaded.clock / directMean,
);
row(
  `through the worker, ${IN_FLIGHT} in flight, all threads' CPU`,
  sandboxLoaded.cpu,
  'µs',
  sandboxLoaded.cpu / directMean,
);
row('decodes per second and core', 1e6 / sandboxLoaded.cpu, '1/s');
row('memory per live codec', memory, 'kB');
