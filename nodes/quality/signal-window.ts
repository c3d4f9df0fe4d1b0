/** QARTOD test 10 (attenuated signal): how much a value has moved within a window that ends with its newest sample. */
import type { QualityFlag } from '../observation/observation.ts';
import { HOUR } from './qartod.ts';

export interface AttenuationLimit {
  /** Length of the window. */
  hours: number;
  /** Below it a signal is suspect or fails (canonical unit). */
  suspect: number;
  fail?: number | undefined;
  /** Highest minus lowest value, or the standard deviation (of a sample, as pandas has it). Default: range. */
  measure?: 'range' | 'deviation';
  /** Samples below which nothing is evaluated. Default: 8. */
  fewest?: number;
}

/** What a window keeps of the samples in one part of it. */
interface Part {
  /** First and last, ms since 1970 UTC. */
  from: number;
  to: number;
  count: number;
  low: number;
  high: number;
  sum: number;
  squares: number;
}

/** Plain JSON, oldest part first. */
export type SignalWindow = Part[];

/** A window has at most so many parts, so up to that many samples are kept exactly; more join their neighbours. */
const PARTS = 24;
const FEWEST = 8;

/** Adds a sample; what is no longer within the hours before it is forgotten. `time` in ms since 1970 UTC. */
export function slide(window: SignalWindow, time: number, value: number, hours: number): void {
  const length = hours * HOUR;
  while (window[0] && window[0].to <= time - length) window.shift();
  const last = window.at(-1);
  if (last && time - last.from < length / PARTS) addTo(last, time, value);
  else
    window.push({ from: time, to: time, count: 1, low: value, high: value, sum: value, squares: value ** 2 });
}

function addTo(part: Part, time: number, value: number): void {
  part.to = time;
  part.count++;
  part.low = Math.min(part.low, value);
  part.high = Math.max(part.high, value);
  part.sum += value;
  part.squares += value ** 2;
}

/** 3 or 4 if the signal moved less than the limits, 1 if more, 2 for too few samples. */
export function attenuatedSignal(window: SignalWindow, limit: AttenuationLimit): QualityFlag {
  const { fewest = FEWEST, suspect, fail, measure = 'range' } = limit;
  const newest = window.at(-1);
  // Mostly the last hour tells enough.
  if (measure === 'range' && newest && window.length >= fewest && newest.high - newest.low >= suspect)
    return 1;
  const count = window.reduce((sum, part) => sum + part.count, 0);
  if (count < fewest) return 2;
  const size = measure === 'range' ? rangeOf(window) : deviationOf(window, count);
  if (!Number.isFinite(size)) return 2;
  if (fail !== undefined && size < fail) return 4;
  return size < suspect ? 3 : 1;
}

/** Highest minus lowest value. */
export function rangeOf(window: SignalWindow): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const part of window) {
    low = Math.min(low, part.low);
    high = Math.max(high, part.high);
  }
  return high - low;
}

/** NaN for fewer than two samples. */
function deviationOf(window: SignalWindow, count: number): number {
  let [sum, squares] = [0, 0];
  for (const part of window) {
    sum += part.sum;
    squares += part.squares;
  }
  return Math.sqrt(Math.max(0, squares - (sum * sum) / count) / (count - 1));
}
