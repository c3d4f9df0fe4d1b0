/**
 * QARTOD tests (IOOS "Manual for Real-Time Quality Control"), one sample at a time and without look-ahead, with the
 * semantics of the reference implementation ioos_qc. What that one leaves open, or does for whole files, is settled so:
 * - Ends of a span are inside it; only what is above a limit is suspect; a missing value is flagged 9 by every test.
 * - Spike: judged when the next sample is here, so the flag of a sample may be revised once. First and last sample of a
 *   series are not evaluated (2). Methods `average` and `differential` as there; the flow uses `differential`, because
 *   the mean of two neighbours also blames the good ones beside a spike.
 * - Rate of change: the first sample of a series passes, and so does the first after a missing one; a spike makes two
 *   suspects, the way up and the way down. Intervals below a minute count as one (rounding alone would be steep).
 * - Flat line (flat-run.ts): lasts as many intervals as go into the time limit, where the interval is the mean of the
 *   run instead of the median of the file; at least three samples are suspect and five fail (the manual's
 *   REP_CNT_SUSPECT and REP_CNT_FAIL), where ioos_qc is content with any number that the file's interval gives.
 * - Attenuated signal (signal-window.ts): over a window that ends with the sample, older than its start excluded.
 * - Climatology: of several periods that a sample falls in, the last one counts; in none: not evaluated (2).
 * - Gap, multi-variate and neighbour tests are the manual's; ioos_qc has none of them.
 */
import type { QualityFlag } from '../observation/observation.ts';

/** Lower and upper end, both inside. */
export type Span = readonly [low: number, high: number];

export const HOUR = 3_600_000;

/** Two samples closer together than this are compared as if this far apart. ms */
const SHORTEST_INTERVAL = 60_000;

/** As `qartod_compare` of ioos_qc ranks them: one test that passed outweighs one that could not run. */
const ORDER: readonly QualityFlag[] = [9, 2, 1, 3, 4];
const SEVERITY = Array.from({ length: 10 }, (_, flag) => ORDER.indexOf(flag as QualityFlag));

export function inside(value: number, [low, high]: Span): boolean {
  return value >= low && value <= high;
}

/** Test 1 (gap): 4 if nothing came for longer than the limit, else 1. Times in ms since 1970 UTC. */
export function gap(newest: number, now: number, limitHours: number): QualityFlag {
  return now - newest > limitHours * HOUR ? 4 : 1;
}

/** Test 4 (gross range): outside `fail` 4, outside `suspect` 3, else 1; 2 if no span is known, 9 if not a number. */
export function grossRange(value: number, fail: Span | undefined, suspect: Span | undefined): QualityFlag {
  if (!Number.isFinite(value)) return 9;
  if (!fail && !suspect) return 2;
  if (fail && !inside(value, fail)) return 4;
  return suspect && !inside(value, suspect) ? 3 : 1;
}

/** What is usual in a part of the year or of the day. */
export interface ClimatePeriod {
  /** month: 1 to 12; hour: 0 to 23. */
  part: 'month' | 'hour';
  /** First and last month or hour, both inside; from 11 to 2 is through the turn of the year. */
  from: number;
  to: number;
  suspect: Span;
  fail?: Span | undefined;
}

/** The last of the periods that a month and an hour are in. */
export function climateAt(
  periods: readonly ClimatePeriod[],
  month: number,
  hour: number,
): ClimatePeriod | undefined {
  return periods.findLast(({ part, from, to }) => {
    const now = part === 'month' ? month : hour;
    return from <= to ? now >= from && now <= to : now >= from || now <= to;
  });
}

/** Test 5 (climatology): as gross range within the period's spans; 2 without a period, 9 if not a number. */
export function climatology(value: number, period: ClimatePeriod | undefined): QualityFlag {
  return grossRange(value, period?.fail, period?.suspect);
}

export type SpikeMethod = 'average' | 'differential';

export interface SpikeLimit {
  /** Canonical unit. */
  suspect: number;
  fail?: number | undefined;
}

/**
 * Test 6 (spike) for `value`, by the samples before and after it: 3 or 4 above the limits, else 1; 9 if it cannot be
 * told because one of them is missing (NaN). `average`: how far it is from the mean of its neighbours, or from the one
 * before if the one after is missing. `differential`: the smaller of the steps to it and from it, if they go different
 * ways.
 */
export function spike(
  before: number,
  value: number,
  after: number,
  { suspect, fail = Number.POSITIVE_INFINITY }: SpikeLimit,
  method: SpikeMethod,
): QualityFlag {
  const size =
    method === 'average'
      ? Math.abs(value - (Number.isNaN(after) ? before : (before + after) / 2))
      : turn(value - before, after - value);
  if (!Number.isFinite(size)) return 9;
  if (size > fail) return 4;
  return size > suspect ? 3 : 1;
}

/** The smaller of two steps that go different ways; 0 if they go the same way, NaN if one is missing. */
function turn(there: number, back: number): number {
  return there * back > 0 ? 0 : Math.min(Math.abs(there), Math.abs(back));
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
 * Test 9 (multi-variate): 3 for a value that changed too fast while another one, which goes with it, did not;
 * else 1. The flags are those of the rate-of-change test.
 */
export function multiVariate(change: QualityFlag, otherChange: QualityFlag): QualityFlag {
  if (change !== 3) return change;
  return otherChange === 1 ? 3 : 1;
}

/** Test 11 (neighbour): 3 if a value differs from those nearby by more than the limit, else 1. Canonical unit. */
export function neighbour(value: number, nearby: number, limit: number): QualityFlag {
  const difference = Math.abs(value - nearby);
  if (!Number.isFinite(difference)) return 9;
  return difference > limit ? 3 : 1;
}

/** The flag that counts of two: 4 before 3 before 1 before 2 before 9. */
export function worse(one: QualityFlag, other: QualityFlag): QualityFlag {
  return (SEVERITY[other] as number) > (SEVERITY[one] as number) ? other : one;
}

/** One flag for several tests; 2 for none. */
export function worstFlag(flags: readonly QualityFlag[]): QualityFlag {
  return flags.length === 0 ? 2 : flags.reduce(worse);
}
