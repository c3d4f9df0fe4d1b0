/**
 * Texts that must not name a series: a database opens a new series for each value of a tag (place, device, alarm) and
 * keeps it in memory for ever, so a value that is another one with each message fills it up.
 */

import { ConfigurationError } from './errors.ts';

export type TagFault = 'timestamp' | 'random' | 'long';

/** A text has the fault if `pattern` is found in it `times` times (once), and it fits `within`. */
interface TagRule {
  fault: TagFault;
  pattern: RegExp;
  times?: number;
  within?: RegExp;
}

/** Bytes (UTF-8) of a tag value at most. */
export const LONGEST_TAG = 256;

const TAG_RULES: readonly TagRule[] = [
  { fault: 'timestamp', pattern: /\d{4}-\d{2}-\d{2}[T ]\d{2}:?\d{2}/ },
  { fault: 'timestamp', pattern: /^\d{4}-\d{2}-\d{2}$/ },
  { fault: 'timestamp', pattern: /^\d{8}T\d{4}/ },
  { fault: 'timestamp', pattern: /^\d{1,2}[./]\d{1,2}[./]\d{4}(?:\D|$)/ },
  // Seconds since 1970 (2001 to 2033); milliseconds, microseconds and nanoseconds also inside a text.
  { fault: 'timestamp', pattern: /^1\d{9}(?:\.\d+)?$/ },
  { fault: 'timestamp', pattern: /(?<!\d)1\d{12}(?:\d{3}){0,2}(?!\d)/ },
  { fault: 'random', pattern: /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i },
  // Also a DevEUI, which would come to the public with the place.
  { fault: 'random', pattern: /\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{16,}\b/i },
  // ULID, nanoid, base64: digits between letters again and again in one long word.
  { fault: 'random', pattern: /[A-Za-z]\d+(?=[A-Za-z])/, times: 3, within: /^\S{16,}$/ },
];

/** The rules as plain data, for validators of editor forms: they have no other way to them. */
export const TAG_RULES_AS_DATA = TAG_RULES.map(({ fault, pattern, times = 1, within }) => ({
  fault,
  pattern: pattern.source,
  flags: `${pattern.flags}g`,
  times,
  within: within?.source ?? '',
}));

/** The text, if it may name a series. Throws ConfigurationError `observation.error.tag_<fault>`. */
export function lastingName(text: string): string {
  const fault = tagFaultOf(text);
  if (fault === undefined) return text;
  throw new ConfigurationError({
    key: `observation.error.tag_${fault}`,
    parameters: { text: excerptOf(text) },
  });
}

/** The beginning of a text, for sentences. */
export function excerptOf(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** What would make this text a bad name of a series; undefined if it is a good one. */
export function tagFaultOf(text: string): TagFault | undefined {
  if (Buffer.byteLength(text) > LONGEST_TAG) return 'long';
  return TAG_RULES.find((rule) => fits(rule, text))?.fault;
}

function fits({ pattern, times = 1, within }: TagRule, text: string): boolean {
  if (within && !within.test(text)) return false;
  if (times === 1) return pattern.test(text);
  return [...text.matchAll(new RegExp(pattern, 'g'))].length >= times;
}
