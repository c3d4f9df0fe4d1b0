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
const SLICES = 100;

/** ms for node:vm; its cost does not depend on it, and a busy machine must not stop the benchmark. */
const VM_TIMEOUT = 5000;

const LIMITS: Limits = {
  memory: 4 * 1024 * 1024,
  stack: 256 * 1024,
  interruptAfter: 5000,
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

type Decode = (codec: MixedCodec) => unknown;

interface Cost {
  /** µs of the clock, median of single decodes; of loads the mean of each slice. */
  clock: number[];
  /** µs of all threads' processor time, mean of each slice. */
  cpu: number[];
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** Each decode awaited before the next. */
async function oneByOne(decode: Decode, clock: number[]): Promise<number> {
  for (const codec of mix) {
    const start = performance.now();
    const result = decode(codec);
    if (result instanceof Promise) await result;
    clock.push((performance.now() - start) * 1000);
  }
  return mix.length;
}

/** Many in flight. */
async function overlapping(decode: Decode, clock: number[]): Promise<number> {
  const decodes = 10 * mix.length;
  const start = performance.now();
  const lane = async (first: number) => {
    for (let at = first; at < decodes; at += IN_FLIGHT) await decode(mix[at % mix.length] as MixedCodec);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, first) => lane(first)));
  clock.push(((performance.now() - start) * 1000) / decodes);
  return decodes;
}

interface Contender {
  decode: Decode;
  run: typeof oneByOne;
  /** Slices in which it takes part; all if absent. */
  slices?: number;
}

/** Runs all contenders by turns, so that whatever else the machine does meets all of them. The first tenth warms up. */
async function compare<Name extends string>(
  contenders: Record<Name, Contender>,
): Promise<Record<Name, Cost>> {
  const costs = {} as Record<Name, Cost>;
  for (let slice = 0; slice < SLICES; slice++) {
    for (const [name, { decode, run, slices = SLICES }] of Object.entries(contenders) as [
      Name,
      Contender,
    ][]) {
      if (slice >= slices) continue;
      const clock: number[] = [];
      const before = process.cpuUsage();
      const decodes = await run(decode, clock);
      const { user, system } = process.cpuUsage(before);
      if (slice < slices / 10) continue;
      costs[name] ??= { clock: [], cpu: [] };
      costs[name].clock.push(...clock);
      costs[name].cpu.push((user + system) / decodes);
    }
  }
  return costs;
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

function inVm(): Decode {
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
    return JSON.parse(program.runInContext(context, { timeout: VM_TIMEOUT }) as string);
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

const costs = await compare({
  direct: { decode: direct, run: oneByOne },
  worker: { decode: sandboxed, run: oneByOne },
  loaded: { decode: sandboxed, run: overlapping },
  vm: { decode: inVm(), run: oneByOne },
  fresh: { decode: fresh, run: oneByOne, slices: 10 },
});
await Sandbox.shared().close();

const ROWS: readonly [name: string, cost: Cost][] = [
  ['direct call in the worker', costs.direct],
  [`through the worker, ${IN_FLIGHT} in flight`, costs.loaded],
  ['through the worker, one at a time', costs.worker],
  ['node:vm with a timeout', costs.vm],
  ['fresh QuickJS context per message', costs.fresh],
];

const cell = (value: number, digits = 1) => value.toFixed(digits).padStart(9);
const [clock, cpu] = [median(costs.direct.clock), median(costs.direct.cpu)];
console.log(`${mix.length} codecs, medians per decode`.padEnd(42), '    µs      ratio   µs CPU    ratio');
for (const [name, cost] of ROWS) {
  const [time, work] = [median(cost.clock), median(cost.cpu)];
  console.log(name.padEnd(38), cell(time), cell(time / clock, 2), cell(work), cell(work / cpu, 2));
}
console.log(`decodes per second on one core: ${Math.round(1e6 / median(costs.loaded.cpu))}`);
console.log(`memory per live codec: ${memory.toFixed(0)} kB`);
