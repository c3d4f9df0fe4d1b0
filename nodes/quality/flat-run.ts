/** QARTOD test 8 (flat line): how long a value has stayed within a tolerance. */
import type { QualityFlag } from '../observation/observation.ts';
import { HOUR, inside, type Span } from './qartod.ts';

export interface FlatLineLimit {
  /** A run whose range is below this is flat (canonical unit). */
  tolerance: number;
  suspectHours: number;
  failHours?: number | undefined;
  /** Where a value may stay as long as it likes: at the freezing point. */
  except?: Span | undefined;
}

/** Everything since a value has stayed within its tolerance, and the newest samples. Times in ms since 1970 UTC. */
export interface FlatRun {
  since: number;
  /** Samples, missing ones too. */
  count: number;
  low: number;
  high: number;
  /** Times and values of the newest samples by turns; the oldest pair is at `at`. A missing value is no number. */
  tail: number[];
  at: number;
}

/** So many samples must agree before time alone makes them a flat line. */
const FEWEST_SUSPECT = 3;
const FEWEST_FAIL = 5;

/** Newest samples that a run may begin with when an older one leaves its tolerance. */
const TAIL = 6;
const SLOTS = 2 * TAIL;

export function newRun(time: number, value: number): FlatRun {
  return { since: time, count: 1, low: value, high: value, tail: [time, value], at: 0 };
}

/**
 * Adds a sample to a run. When it leaves the tolerance, the run goes on with those of the last six before it that are
 * within. ioos_qc slides a window over the whole file: the two agree while its window has at most seven samples, and on
 * a constant value; a longer drift within the tolerance is flagged later here, never earlier.
 */
export function extendRun(run: FlatRun, time: number, value: number, tolerance: number): void {
  if (Math.max(run.high, value) - Math.min(run.low, value) < tolerance) include(run, value);
  else restart(run, time, value, tolerance);
  keep(run, time, value);
}

/** A missing value takes a place in the run, as in ioos_qc, and ends none. */
export function skipInRun(run: FlatRun, time: number): void {
  run.count++;
  keep(run, time, Number.NaN);
}

function include(run: FlatRun, value: number): void {
  run.count++;
  if (value < run.low) run.low = value;
  if (value > run.high) run.high = value;
}

/** Only a value that is like the one before it has a past to look for. */
function restart(run: FlatRun, time: number, value: number, tolerance: number): void {
  run.since = time;
  run.count = 0;
  run.low = value;
  run.high = value;
  const { tail, at } = run;
  const length = tail.length;
  for (let back = 2; back <= length; back += 2) {
    const slot = length < SLOTS ? length - back : (at - back + SLOTS) % SLOTS;
    const older = tail[slot + 1] as number;
    if (Number.isFinite(older)) {
      if (Math.max(run.high, older) - Math.min(run.low, older) >= tolerance) break;
      include(run, older);
    } else run.count++;
    run.since = tail[slot] as number;
  }
  run.count++;
}

function keep(run: FlatRun, time: number, value: number): void {
  const { tail, at } = run;
  if (tail.length < SLOTS) tail.push(time, value);
  else {
    tail[at] = time;
    tail[at + 1] = value;
    run.at = (at + 2) % SLOTS;
  }
}

/** 3 or 4 once the run has lasted its hours (and at least 3 or 5 samples), else 1. `time` of its newest sample. */
export function flatLine(run: FlatRun, time: number, limit: FlatLineLimit): QualityFlag {
  const { except } = limit;
  if (except && inside(run.low, except) && inside(run.high, except)) return 1;
  if (limit.failHours !== undefined && lasts(run, time, limit.failHours, FEWEST_FAIL)) return 4;
  return lasts(run, time, limit.suspectHours, FEWEST_SUSPECT) ? 3 : 1;
}

/** As many whole intervals as go into the hours. */
function lasts({ since, count }: FlatRun, time: number, hours: number, fewest: number): boolean {
  const intervals = count - 1;
  return count >= fewest && intervals >= Math.floor((hours * HOUR * intervals) / (time - since));
}
