/**
 * QARTOD tests (IOOS "Manual for Real-Time Quality Control"), one sample at a time, with the semantics of the
 * reference implementation ioos_qc: ends of a span are inside it, only a change above the limit is suspect,
 * the first sample of a series passes, and a missing value is flagged 9 by every test.
 */
import type { QualityFlag } from '../observation/observation.ts';

/** Lower and upper end, both inside. */
export type Span = readonly [low: number, high: number];

/** Everything since a value has stayed within a tolerance. Times in ms since 1970 UTC. */
export interface FlatRun {
  since: number;
  count: number;
  low: number;
  high: number;
}

export interface FlatLineLimit {
  /** A run whose range is below this is flat (canonical unit). */
  tolerance: number;
  suspectHours: number;
  failHours?: number | undefined;
}

export const HOUR = 3_600_000;

/** So many samples must agree before time alone makes them a flat line (the manual's REP_CNT_SUSPECT and REP_CNT_FAIL). */
const FEWEST_SUSPECT = 3;
const FEWEST_FAIL = 5;

/** Two samples closer together than this are compared as if this far apart: rounding alone would make a steep rate. */
const SHORTEST_INTERVAL = 60_000;

/** As `qartod_compare` of ioos_qc ranks them: one test that passed outweighs one that could not run. */
const SEVERITY: Readonly<Record<QualityFlag, number>> = { 9: 0, 2: 1, 1: 2, 3: 3, 4: 4 };

function inside(value: number, [low, high]: Span): boolean {
  return value >= low && value <= high;
}

/** Test 4 (gross range): outside `fail` 4, outside `suspect` 3, else 1; 2 if no span is known, 9 if not a number. */
export function grossRange(value: number, fail: Span | undefined, suspect: Span | undefined): QualityFlag {
  if (!Number.isFinite(value)) return 9;
  if (!fail && !suspect) return 2;
  if (fail && !inside(value, fail)) return 4;
  return suspect && !inside(value, suspect) ? 3 : 1;
}

/** Change per hour from one sample to the next, without sign; times in ms. */
export function hourlyRate(previous: { time: number; value: number }, time: number, value: number): number {
  return (Math.abs(value - previous.value) * HOUR) / Math.max(time - previous.time, SHORTEST_INTERVAL);
}

/** Test 7 (rate of change): 3 if the rate is above the limit (canonical unit per hour), else 1. */
export function rateOfChange(rate: number, limit: number): QualityFlag {
  if (!Number.isFinite(rate)) return 9;
  return rate > limit ? 3 : 1;
}

/**
 * The run after one more sample. It starts again at the first sample that leaves the tolerance, where ioos_qc slides a
 * window; both agree on a constant value, and for a drift within the tolerance this one flags later, never earlier.
 */
export function extendRun(run: FlatRun | undefined, time: number, value: number, tolerance: number): FlatRun {
  const low = Math.min(run?.low ?? value, value);
  const high = Math.max(run?.high ?? value, value);
  if (!run || high - low >= tolerance) return { since: time, count: 1, low: value, high: value };
  return { since: run.since, count: run.count + 1, low, high };
}

/** Test 8 (flat line): 3 or 4 once the run has lasted its hours (and at least 3 or 5 samples), else 1. */
export function flatLine(run: FlatRun, time: number, limit: FlatLineLimit): QualityFlag {
  const hours = (time - run.since) / HOUR;
  if (limit.failHours !== undefined && hours >= limit.failHours && run.count >= FEWEST_FAIL) return 4;
  return hours >= limit.suspectHours && run.count >= FEWEST_SUSPECT ? 3 : 1;
}

/** One flag for several tests: 4 before 3 before 1 before 2 before 9. */
export function worstFlag(flags: readonly QualityFlag[]): QualityFlag {
  let worst: QualityFlag | undefined;
  for (const flag of flags) if (worst === undefined || SEVERITY[flag] > SEVERITY[worst]) worst = flag;
  return worst ?? 2;
}
