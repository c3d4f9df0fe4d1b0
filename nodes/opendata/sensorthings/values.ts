import type { Shape } from './geometry.ts';

/** A period of time, both ends in ms since 1970 UTC; an instant has both the same and `instant` set. */
export interface Period {
  kind: 'period';
  start: number;
  end: number;
  instant: boolean;
}

/** A length of time in ms. */
export interface Duration {
  kind: 'duration';
  ms: number;
}

/** A calendar date or a time of day, as ISO 8601 writes them, so that their text has their order. */
interface CalendarPart {
  kind: 'date' | 'time';
  text: string;
}

interface Geometry {
  kind: 'geometry';
  shape: Shape;
  /** As it was written. */
  text: string;
}

interface Structure {
  kind: 'json';
  text: string;
}

/** What an expression of a query can be; null is what is not known. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Period
  | Duration
  | CalendarPart
  | Geometry
  | Structure;

const MS_PER = { D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 };
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

/** An instant from ISO 8601 text with its offset from UTC; undefined if it is none. */
export function instantFromText(text: string): Period | undefined {
  if (!INSTANT.test(text)) return undefined;
  // `+0100` is ISO 8601 too, but not what Date reads.
  const ms = Date.parse(text.toUpperCase().replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? undefined : instant(ms);
}

export function instant(ms: number): Period {
  return { kind: 'period', start: ms, end: ms, instant: true };
}

/** An instant, or a period `start/end`. */
export function periodFromText(text: string): Period | undefined {
  const [first = '', second] = text.split('/');
  const start = instantFromText(first);
  if (second === undefined) return start;
  const end = instantFromText(second);
  if (!start || !end || end.start < start.start) return undefined;
  return { kind: 'period', start: start.start, end: end.start, instant: false };
}

/** ISO 8601 duration of days, hours, minutes and seconds (`P1DT2H`), as OData has them; undefined if it is none. */
export function durationFromText(text: string): Duration | undefined {
  const match = /^(-?)P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!match) return undefined;
  const [, sign, ...parts] = match;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  const ms = days * MS_PER.D + hours * MS_PER.H + minutes * MS_PER.M + seconds * MS_PER.S;
  return { kind: 'duration', ms: sign === '-' ? -ms : ms };
}

/** Whether values are of this kind. */
export function isPeriod(value: Value): value is Period {
  return typeof value === 'object' && value?.kind === 'period';
}

/**
 * Whether one value is less than, equal to or greater than another; `undefined` if they cannot be compared.
 * Text beside a time is read as one (`time lt '2015-10-14T21:30:00Z'`); beside text a number is text, too, as the
 * standard's own test suite has it: `result gt '3'` finds 4 and 31, not 12. Text is compared by its code units.
 */
export function compare(one: Value, other: Value): { lt: boolean; le: boolean; eq: boolean } | undefined {
  const [a, b] = alike(one, other);
  if (isPeriod(a) && isPeriod(b)) return comparePeriods(a, b);
  if (typeof a === 'object' || typeof b === 'object') return compareObjects(a, b);
  if (typeof a !== typeof b) return undefined;
  return ordered(a < b, a === b);
}

/**
 * A period is before what begins when it ends or later; an instant, which has no length, before what begins later.
 * One is at most another if neither its beginning nor its end is later.
 */
function comparePeriods(a: Period, b: Period): { lt: boolean; le: boolean; eq: boolean } {
  return {
    lt: a.end < b.start || (!a.instant && a.end === b.start),
    le: a.start <= b.start && a.end <= b.end,
    eq: a.start === b.start && a.end === b.end,
  };
}

function compareObjects(a: Value, b: Value): { lt: boolean; le: boolean; eq: boolean } | undefined {
  const [left, right] = [comparable(a), comparable(b)];
  if (!left || !right || left.kind !== right.kind) return undefined;
  return ordered(left.value < right.value, left.value === right.value);
}

function comparable(value: Value): { kind: string; value: number | string } | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (value.kind === 'duration') return { kind: value.kind, value: value.ms };
  if (value.kind === 'geometry') return { kind: value.kind, value: JSON.stringify(value.shape) };
  return value.kind === 'period' ? undefined : { kind: value.kind, value: value.text };
}

function ordered(lt: boolean, eq: boolean) {
  return { lt, eq, le: lt || eq };
}

/** Both values as far as one is text as the other one can be compared with it. */
function alike(one: Value, other: Value): [Value, Value] {
  if (typeof one === 'string' && typeof other !== 'string') return [read(one, other), plain(other)];
  if (typeof other === 'string' && typeof one !== 'string') return [plain(one), read(other, one)];
  return [one, other];
}

function read(text: string, like: Value): Value {
  return isPeriod(like) ? (periodFromText(text) ?? text) : text;
}

function plain(value: Value): Value {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** Kinds of values in the order of their usual text, in which others compare what is of different kinds. */
const ORDER = ['number', 'boolean', 'string', 'object'];

/** Order of values for `$orderby`: what is not known first, then by kind. */
export function order(one: Value, other: Value): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  if (typeof one !== typeof other) return ORDER.indexOf(typeof one) - ORDER.indexOf(typeof other);
  if (isPeriod(one) && isPeriod(other)) return one.start - other.start || one.end - other.end;
  // Shapes have an order only by how they are written.
  const compared = compare(written(one), written(other));
  return !compared || compared.eq ? 0 : compared.lt ? -1 : 1;
}

function written(value: Value): Value {
  return typeof value === 'object' && value?.kind === 'geometry' ? { kind: 'json', text: value.text } : value;
}
