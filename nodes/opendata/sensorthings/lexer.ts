import { shapeFromText } from './geometry.ts';
import { invalid } from './request-problem.ts';
import { durationFromText, instantFromText, periodFromText, type Value } from './values.ts';

/** A word of the query language. `at` counts characters from 0, for the sentence about what is wrong. */
export type Token =
  | { type: 'literal'; value: Value; at: number }
  /** A name, with its slashes: `Datastream/Thing/properties/sandbox`. */
  | { type: 'name'; text: string; at: number }
  | { type: 'mark'; text: string; at: number }
  | { type: 'end'; text: ''; at: number };

interface Rule {
  pattern: RegExp;
  /** `whole` is what the pattern found, `inner` its first group. */
  read(whole: string, inner: string): Omit<Token, 'at'> | undefined;
}

const DAY = String.raw`\d{4}-\d\d-\d\d`;
const CLOCK = String.raw`\d\d:\d\d(?::\d\d(?:\.\d+)?)?`;
/** A plus sign that was not escaped in the address arrives as a space. */
const MOMENT = String.raw`${DAY}T${CLOCK}(?:Z|[+\- ]\d\d:?\d\d)`;

/** In order: what begins like something longer stands behind it. */
const RULES: readonly Rule[] = [
  { pattern: new RegExp(`${MOMENT}/${MOMENT}`, 'iy'), read: (text) => literal(periodFromText(plus(text))) },
  { pattern: new RegExp(MOMENT, 'iy'), read: (text) => literal(instantFromText(plus(text))) },
  { pattern: new RegExp(DAY, 'y'), read: (text) => literal(dateFromText(text)) },
  { pattern: new RegExp(CLOCK, 'y'), read: (text) => literal({ kind: 'time', text: fullClock(text) }) },
  { pattern: /duration'([^']*)'/iy, read: (_, inner) => literal(durationFromText(inner)) },
  {
    pattern: /geography'([^']*)'/iy,
    read: (_, inner) => literal({ kind: 'geometry', shape: shapeFromText(inner), text: inner }),
  },
  { pattern: /'((?:[^']|'')*)'/y, read: (_, inner) => literal(inner.replaceAll("''", "'")) },
  { pattern: /\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])/iy, read: (text) => literal(finite(text)) },
  { pattern: /(?:true|false|null)(?![\w./])/y, read: (text) => literal(JSON.parse(text) as boolean | null) },
  { pattern: /@?[A-Za-z_][\w.]*(?:\/@?[A-Za-z_][\w.:-]*)*/y, read: (text) => ({ type: 'name', text }) },
  { pattern: /[(),;=*$-]/y, read: (text) => ({ type: 'mark', text }) },
];

/** The words of a text in the query language. Throws RequestError that says where it stops making sense. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = spaceFrom(text, 0);
  while (at < text.length) {
    const { token, end } = next(text, at);
    found.push(token);
    at = spaceFrom(text, end);
  }
  found.push({ type: 'end', text: '', at });
  return found;
}

function next(text: string, at: number): { token: Token; end: number } {
  for (const { pattern, read } of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const token = read(match[0], match[1] ?? '');
    if (token) return { token: { ...token, at } as Token, end: at + match[0].length };
    break;
  }
  throw unreadable(text, at);
}

/** The sentence about a text that cannot be read from `at` on. */
export function unreadable(text: string, at: number) {
  return at >= text.length
    ? invalid('unfinished', { text: text.slice(-40) })
    : invalid('unreadable', { text: text.slice(at, at + 40), position: at + 1 });
}

function literal(value: Value | undefined): Omit<Token, 'at'> | undefined {
  return value === undefined ? undefined : ({ type: 'literal', value } as Omit<Token, 'at'>);
}

function finite(text: string): number | undefined {
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function dateFromText(text: string): Value | undefined {
  return Number.isNaN(Date.parse(text)) ? undefined : { kind: 'date', text };
}

/** With seconds and milliseconds, so that times of day are in the order of their text. */
function fullClock(text: string): string {
  const [hours, minutes, seconds = '0'] = text.split(':');
  return `${hours}:${minutes}:${Number(seconds).toFixed(3).padStart(6, '0')}`;
}

function plus(text: string): string {
  return text.replace(/ (?=\d\d:?\d\d($|\/))/g, '+');
}

function spaceFrom(text: string, at: number): number {
  const space = /\s*/y;
  space.lastIndex = at;
  return at + (space.exec(text)?.[0].length ?? 0);
}
