import { dimensionOf, distance, fits, lengthOf, relation, type Shape } from './geometry.ts';
import { invalid } from './request-problem.ts';
import { type Duration, instant, isPeriod, type Period, type Value } from './values.ts';

type Kind = 'text' | 'number' | 'period' | 'geometry' | 'any';

interface FunctionRule {
  /** Arguments at least and at most. */
  least: number;
  most: number;
  /** `args` are of the kinds that the function takes; `now` in ms since 1970 UTC. */
  run(args: readonly Value[], now: number): Value;
}

/** The first and last moment that a Date can hold. */
const EARLIEST = -8_640_000_000_000_000;
const LATEST = -EARLIEST;

/**
 * The functions of `$filter` (OGC 18-088, table 23) by name, with the temporal relations that its authors' server has
 * besides. What a function is not made for (a number where it takes text, what is not known) gives null.
 * Calendar and clock are those of UTC. Lengths and distances are in degrees, as OData has them for geography.
 */
export const FUNCTIONS = {
  substringof: rule(['text', 'text'], (part: string, text: string) => text.includes(part)),
  contains: rule(['text', 'text'], (text: string, part: string) => text.includes(part)),
  endswith: rule(['text', 'text'], (text: string, end: string) => text.endsWith(end)),
  startswith: rule(['text', 'text'], (text: string, start: string) => text.startsWith(start)),
  length: rule(['text'], (text: string) => text.length),
  indexof: rule(['text', 'text'], (text: string, part: string) => text.indexOf(part)),
  substring: rule(
    ['text', 'number', 'number'],
    (text: string, from: number, length?: number) =>
      text.slice(
        Math.max(0, from),
        length === undefined ? undefined : Math.max(0, from) + Math.max(0, length),
      ),
    2,
  ),
  tolower: rule(['text'], (text: string) => text.toLowerCase()),
  toupper: rule(['text'], (text: string) => text.toUpperCase()),
  trim: rule(['text'], (text: string) => text.trim()),
  concat: rule(['text', 'text'], (one: string, other: string) => short(one + other)),

  year: ofDate((date) => date.getUTCFullYear()),
  month: ofDate((date) => date.getUTCMonth() + 1),
  day: ofDate((date) => date.getUTCDate()),
  hour: ofDate((date) => date.getUTCHours()),
  minute: ofDate((date) => date.getUTCMinutes()),
  second: ofDate((date) => date.getUTCSeconds()),
  fractionalseconds: ofDate((date) => date.getUTCMilliseconds() / 1000),
  date: ofDate((date) => ({ kind: 'date', text: date.toISOString().slice(0, 10) })),
  time: ofDate((date) => ({ kind: 'time', text: date.toISOString().slice(11, 23) })),
  totaloffsetminutes: ofDate(() => 0),
  now: { least: 0, most: 0, run: (_, now) => instant(now) } as FunctionRule,
  mindatetime: rule([], () => instant(EARLIEST)),
  maxdatetime: rule([], () => instant(LATEST)),

  round: rule(['number'], (number: number) => Math.sign(number) * Math.round(Math.abs(number))),
  floor: rule(['number'], Math.floor),
  ceiling: rule(['number'], Math.ceil),

  'geo.distance': rule(['geometry', 'geometry'], (one, other) => distance(one, other) ?? shapes()),
  'geo.length': rule(['geometry'], lengthOf),
  'geo.intersects': related((matrix) => !fits(matrix, 'FF*FF****')),
  st_equals: related((matrix) => fits(matrix, 'T*F**FFF*')),
  st_disjoint: related((matrix) => fits(matrix, 'FF*FF****')),
  st_touches: related((matrix) =>
    ['FT*******', 'F**T*****', 'F***T****'].some((pattern) => fits(matrix, pattern)),
  ),
  st_within: related((matrix) => fits(matrix, 'T*F**F***')),
  st_overlaps: related((matrix, one, other) => one === other && fits(matrix, 'T*T***T**')),
  st_crosses: related(
    (matrix, one, other) => one !== other && fits(matrix, one < other ? 'T*T******' : 'T*****T**'),
  ),
  st_intersects: related((matrix) => !fits(matrix, 'FF*FF****')),
  st_contains: related((matrix) => fits(matrix, 'T*****FF*')),
  st_relate: rule(['geometry', 'geometry', 'text'], (one, other, pattern: string) => {
    if (!/^[TF012*]{9}$/i.test(pattern)) throw invalid('pattern', { pattern: pattern.slice(0, 20) });
    return fits(relation(one, other) ?? shapes(), pattern);
  }),

  before: ofPeriods((a, b) => a.end < b.start || (!a.instant && a.end === b.start)),
  after: ofPeriods((a, b) => b.end < a.start || (!b.instant && b.end === a.start)),
  meets: ofPeriods((a, b) => a.end === b.start || b.end === a.start),
  during: ofPeriods(
    (a, b) => !b.instant && a.start >= b.start && (a.instant ? a.end < b.end : a.end <= b.end),
  ),
  overlaps: ofPeriods((a, b) => a.start < reach(b) && b.start < reach(a)),
  starts: ofPeriods((a, b) => a.start === b.start),
  finishes: ofPeriods((a, b) => a.end === b.end),
} satisfies Record<string, FunctionRule>;

export type Functions = typeof FUNCTIONS;

/** Characters that a text made by a function may have. */
const LONGEST = 10_000;

// biome-ignore lint/suspicious/noExplicitAny: the kinds beside it say what each argument is
type Run = (...args: any[]) => Value;

/** A function of arguments of these kinds, of which the first `least` must be there. */
function rule(kinds: readonly Kind[], run: Run, least = kinds.length): FunctionRule {
  return {
    least,
    most: kinds.length,
    run: (args) => {
      const taken = args.map((value, at) => argument(value, kinds[at] ?? 'any'));
      return taken.some((value) => value === undefined) ? null : run(...taken);
    },
  };
}

/** What a function of this kind works with; undefined if the value is not of the kind. */
function argument(value: Value, kind: Kind): unknown {
  if (kind === 'text') return typeof value === 'string' ? value : undefined;
  if (kind === 'number') return typeof value === 'number' ? value : undefined;
  if (kind === 'period') return isPeriod(value) ? value : undefined;
  return typeof value === 'object' && value?.kind === 'geometry' ? value.shape : undefined;
}

/** Of a period, its beginning. */
function ofDate(part: (date: Date) => Value): FunctionRule {
  return rule(['period'], ({ start }: Period) => part(new Date(start)));
}

function ofPeriods(holds: (one: Period, other: Period) => boolean): FunctionRule {
  return rule(['period', 'period'], holds);
}

/** The first moment behind a period; an instant fills its millisecond. */
function reach({ end, instant: isInstant }: Period): number {
  return isInstant ? end + 1 : end;
}

/** Of the DE-9IM matrix of two shapes and the dimension of each. */
function related(holds: (matrix: string, one: number, other: number) => boolean): FunctionRule {
  return rule(['geometry', 'geometry'], (one: Shape, other: Shape) =>
    holds(relation(one, other) ?? shapes(), dimensionOf(one), dimensionOf(other)),
  );
}

function short(text: string): string {
  if (text.length > LONGEST) throw invalid('long', { most: LONGEST });
  return text;
}

function shapes(): never {
  throw invalid('shapes');
}

/** Sum, difference, product, quotient and rest of numbers; times and lengths of time can be added and subtracted. */
export const ARITHMETIC: Readonly<
  Record<'add' | 'sub' | 'mul' | 'div' | 'mod', (a: Value, b: Value) => Value>
> = {
  add: (a, b) => numbers(a, b, (x, y) => x + y) ?? shifted(a, b, 1) ?? shifted(b, a, 1) ?? lengths(a, b, 1),
  sub: (a, b) => numbers(a, b, (x, y) => x - y) ?? between(a, b) ?? shifted(a, b, -1) ?? lengths(a, b, -1),
  mul: (a, b) => numbers(a, b, (x, y) => x * y),
  div: (a, b) => numbers(a, b, (x, y) => x / y),
  mod: (a, b) => numbers(a, b, (x, y) => x % y),
};

/** Null if either is no number, or the result is none (division by zero). */
function numbers(a: Value, b: Value, run: (a: number, b: number) => number): Value {
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  const result = run(a, b);
  return Number.isFinite(result) ? result : null;
}

function shifted(time: Value, by: Value, sign: 1 | -1): Value {
  if (!isPeriod(time) || !isDuration(by)) return null;
  const [start, end] = [time.start + sign * by.ms, time.end + sign * by.ms];
  return start < EARLIEST || end > LATEST ? null : { ...time, start, end };
}

function between(a: Value, b: Value): Value {
  return isPeriod(a) && isPeriod(b) ? { kind: 'duration', ms: a.start - b.start } : null;
}

function lengths(a: Value, b: Value, sign: 1 | -1): Value {
  return isDuration(a) && isDuration(b) ? { kind: 'duration', ms: a.ms + sign * b.ms } : null;
}

function isDuration(value: Value): value is Duration {
  return typeof value === 'object' && value?.kind === 'duration';
}
