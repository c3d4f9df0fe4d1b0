/**
 * What the anomaly detector costs: µs of CPU per sample (scored and learned) and bytes per series, with BENCH_SERIES
 * series live (default 10,000) that are asked in turn, as devices send in turn; beside the windowed Gaussian, of which a
 * tenth as many are live because each takes 51 kB. Both have learned a week of readings every 20 minutes before.
 */
import { cpuUsage, env, memoryUsage } from 'node:process';
import { LocalClock } from '../nodes/anomaly/local-clock.ts';
import { StreamingDetector } from '../nodes/anomaly/streaming-detector.ts';
import { temperatures } from '../test/nodes/anomaly/series.ts';
import { WindowedGaussian } from './windowed-gaussian.ts';

const SERIES = Number(env.BENCH_SERIES ?? 10_000);
const DAYS = 10;
const LEARNED_DAYS = 7;
const MOST_MICROSECONDS = 20;
const MOST_BYTES = 40_000;
/** What the Gaussian is filled with before, so that its window is full. */
const FULL = 6400;

type Sample = (time: number, value: number) => unknown;

interface Cost {
  microseconds: number;
  bytes: number;
}

const samples = temperatures(DAYS);
const learned = temperatures(LEARNED_DAYS).length;
const clock = new LocalClock('Europe/Oslo');

const byflyt = measure(SERIES, () => {
  const detector = new StreamingDetector(clock, 0.1);
  return {
    sample: (time, value) => {
      detector.scoreOne(time, value);
      detector.learnOne(time, value);
    },
    kept: detector,
  };
});
const gaussian = measure(Math.ceil(SERIES / 10), (index) => {
  const detector = new WindowedGaussian();
  for (let at = 0; at < FULL; at++) detector.score(samples[(at + index) % samples.length]?.[1] ?? 0);
  return { sample: (_, value) => detector.score(value), kept: detector };
});
const saved = new StreamingDetector(clock, 0.1);
for (const [time, value] of samples) saved.learnOne(time, value);

console.log(['', 'µs/sample', 'bytes/series', 'series live'].map(cell).join(''));
print(`Byflyt`, byflyt, SERIES);
print('windowed Gaussian', gaussian, Math.ceil(SERIES / 10));
console.log(
  `\nratio of time to the windowed Gaussian: ${(byflyt.microseconds / gaussian.microseconds).toFixed(1)}`,
);
console.log(`bytes saved per series: ${saved.toBytes().length}`);
if (byflyt.microseconds > MOST_MICROSECONDS || byflyt.bytes > MOST_BYTES) {
  process.exitCode = 1;
  console.log(`more than ${MOST_MICROSECONDS} µs or ${MOST_BYTES} bytes`);
}

/** Makes the detectors, lets them learn, and measures the samples after that. */
function measure(count: number, make: (index: number) => { sample: Sample; kept: object }): Cost {
  const before = memory();
  const detectors = Array.from({ length: count }, (_, index) => make(index));
  let used = 0;
  let measured = 0;
  for (const [round, [time, value]] of samples.entries()) {
    const start = cpuUsage();
    // No two series are alike, nor do they send in the same millisecond.
    for (const [index, { sample }] of detectors.entries())
      sample(time + (index % 600) * 100, value + (index % 7) / 10);
    if (round < learned) continue;
    const { user, system } = cpuUsage(start);
    used += user + system;
    measured += count;
  }
  const bytes = (memory() - before) / count;
  // What is measured must not be collected before it is.
  if (detectors.some(({ kept }) => kept === undefined)) throw new Error('no detector');
  return { microseconds: used / measured, bytes };
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = memoryUsage();
  return heapUsed + arrayBuffers;
}

function print(title: string, { microseconds, bytes }: Cost, live: number): void {
  console.log([title, microseconds.toFixed(1), bytes.toFixed(0), `${live}`].map(cell).join(''));
}

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(20) : text.padStart(14);
}
