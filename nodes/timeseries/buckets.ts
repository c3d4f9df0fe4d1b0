/** Where the time buckets of a query begin and end, by the clock of any time zone. */
import { ConfigurationError } from '../observation/errors.ts';
import type { StoreQuery } from './store.ts';

/** Buckets of the same width, one after the other. Times in ms since 1970 UTC. */
export interface BucketRun {
  /** Beginning of the first one. */
  start: number;
  /** End of the last one. */
  end: number;
  width: number;
}

/** A time in which a zone's clock is `offset` ms ahead of UTC. */
interface Section {
  from: number;
  to: number;
  offset: number;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** 1970-01-05, the first Monday: buckets of whole weeks begin on Mondays. */
const FIRST_MONDAY = 4 * DAY;

/**
 * All buckets that a query's period touches, in order of time and without gaps. A bucket is the time in which the
 * local clock shows the same multiple of `every`: a day is from midnight to midnight, of 23, 24 or 25 hours; where the
 * clock is set back by as much as a bucket is wide, the hour that comes twice gives two buckets.
 * Throws ConfigurationError if there is no such time zone, RangeError without `from`, `to` or `every`.
 */
export function bucketRuns({
  from,
  to,
  every,
  timeZone,
}: Omit<StoreQuery, 'measurement' | 'fields'>): BucketRun[] {
  if (from === undefined || to === undefined || every === undefined) {
    throw new RangeError('buckets need a width, a beginning and an end');
  }
  const offsetAt = clockOf(timeZone);
  const begins =
    typeof every === 'number'
      ? regularBegins(sectionsOf(offsetAt, from - every - DAY, to + every + DAY), every)
      : monthBegins(offsetAt, from, to, every.months);
  return clipped(runsOf(begins), from, to);
}

/** Beginning of every bucket. */
export function* bucketStarts(runs: readonly BucketRun[]): Generator<number> {
  for (const { start, end, width } of runs) {
    for (let time = start; time < end; time += width) yield time;
  }
}

/** Beginnings `first`, `first + step` ... `last`. */
interface Begins {
  first: number;
  last: number;
  step: number;
}

function* regularBegins(sections: readonly Section[], every: number): Generator<Begins> {
  const anchor = every % WEEK === 0 ? FIRST_MONDAY : 0;
  let [lastNumber, lastOffset] = [Number.NEGATIVE_INFINITY, Number.NaN];
  for (const { from, to, offset } of sections) {
    const number = Math.floor((from + offset - anchor) / every);
    const apart = every <= Math.abs(offset - lastOffset);
    if (!Number.isNaN(lastOffset) && (apart || number > lastNumber)) {
      yield { first: from, last: from, step: every };
      lastNumber = number;
    }
    const next = apart ? number + 1 : Math.max(number, lastNumber) + 1;
    const first = anchor + next * every - offset;
    if (first < to) {
      const more = Math.floor((to - 1 - first) / every);
      yield { first, last: first + more * every, step: every };
      lastNumber = next + more;
    }
    lastOffset = offset;
  }
}

function* monthBegins(offsetAt: Clock, from: number, to: number, months: number): Generator<Begins> {
  const local = new Date(from + offsetAt(from));
  const month = local.getUTCFullYear() * 12 + local.getUTCMonth();
  for (let next = Math.floor(month / months) * months; ; next += months) {
    const first = instantOf(Date.UTC(Math.floor(next / 12), next % 12), offsetAt);
    yield { first, last: first, step: 1 };
    if (first >= to) return;
  }
}

/** The first time at which a zone's clock shows `local`, or what comes just after where it leaves that out. */
function instantOf(local: number, offsetAt: Clock): number {
  const before = local - offsetAt(local - DAY);
  const after = local - offsetAt(local + DAY);
  return before + offsetAt(before) === local || after + offsetAt(after) !== local ? before : after;
}

function runsOf(begins: Iterable<Begins>): BucketRun[] {
  const runs: BucketRun[] = [];
  const add = (start: number, end: number, width: number) => {
    const previous = runs.at(-1);
    if (end === start) return;
    if (previous?.width === width) previous.end = end;
    else runs.push({ start, end, width });
  };
  let open: number | undefined;
  for (const { first, last, step } of begins) {
    if (open !== undefined) add(open, first, first - open);
    add(first, last, step);
    open = last;
  }
  return runs;
}

/** The runs without the buckets that lie before or after the period. */
function clipped(runs: readonly BucketRun[], from: number, to: number): BucketRun[] {
  return runs
    .filter(({ start, end }) => end > from && start < to)
    .map(({ start, end, width }) => ({
      start: start + Math.max(0, Math.floor((from - start) / width)) * width,
      end: Math.min(end, start + Math.ceil((to - start) / width) * width),
      width,
    }));
}

/** Gives how far a zone's clock is ahead of UTC at a time, in ms. */
type Clock = (time: number) => number;

function clockOf(timeZone: string | undefined): Clock {
  if (timeZone === undefined || timeZone === 'UTC') return () => 0;
  const format = formatOf(timeZone);
  return (time) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(time)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const seconds = Math.floor(time / 1000) * 1000;
    return Date.UTC(year, month - 1, day, hour, minute, second) - seconds;
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    const format =
      formats.get(timeZone) ??
      new Intl.DateTimeFormat('en-US', {
        timeZone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    formats.set(timeZone, format);
    return format;
  } catch (cause) {
    const problem = { key: 'timeseries.query.time_zone', parameters: { timeZone } };
    throw new ConfigurationError(problem, { cause });
  }
}

/** A week has one change of the clock at most. */
function sectionsOf(offsetAt: Clock, from: number, to: number): Section[] {
  const sections: Section[] = [];
  let open = { from, offset: offsetAt(from) };
  for (let time = from; time < to; ) {
    const next = Math.min(time + WEEK, to);
    const offset = offsetAt(next);
    if (offset !== open.offset) {
      const change = changeBetween(offsetAt, time, next);
      sections.push({ ...open, to: change });
      open = { from: change, offset };
    }
    time = next;
  }
  return [...sections, { ...open, to }];
}

/** The first ms that has the offset of `high`. */
function changeBetween(offsetAt: Clock, low: number, high: number): number {
  const offset = offsetAt(high);
  let [before, after] = [low, high];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offset) after = middle;
    else before = middle;
  }
  return after;
}
