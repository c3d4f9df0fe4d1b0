import type { Memory } from './memory.ts';
import { unpack } from './packed-numbers.ts';

/** A detector as the first version saved it: 855 doubles, Base64. */
export interface SavedByFirstVersion {
  version: number;
  numbers: string;
}

const VERSION = 1;
const COUNT = 855;
const [BINS, DEVIATIONS, SURPRISES] = [64, 60, 120];
/** How many numbers the second version had. */
const EXACT = 34;
const ROUNDED = 820;

type Numbers = Pick<Memory, 'exact' | 'rounded'>;

/** Where a part of what the second version knew has its place, and where it has it now. */
export type Moved = readonly [numbers: 'exact' | 'rounded', from: number, to: number, count: number];

/**
 * Fills an empty memory with what an earlier version had learned of facts, rhythm and tails; leaves it empty if that
 * cannot be read.
 */
export function fromEarlierVersion(
  saved: Uint8Array | SavedByFirstVersion,
  memory: Memory,
  moved: readonly Moved[],
): void {
  const second: Numbers = { exact: new Float64Array(EXACT), rounded: new Float32Array(ROUNDED) };
  const readable =
    saved instanceof Uint8Array
      ? unpack(saved, second.exact, second.rounded)
      : fromFirstVersion(saved, second);
  if (!readable) return;
  for (const [numbers, from, to, count] of moved) {
    memory[numbers].set(second[numbers].subarray(from, from + count), to);
  }
}

function fromFirstVersion({ version, numbers }: SavedByFirstVersion, second: Numbers): boolean {
  const bytes = Buffer.from(String(numbers), 'base64');
  if (version !== VERSION || bytes.length !== COUNT * Float64Array.BYTES_PER_ELEMENT) return false;
  const saved = new Float64Array(new Uint8Array(bytes).buffer);
  let at = 0;
  const take = (count: number): Float64Array => {
    at += count;
    return saved.subarray(at - count, at);
  };
  const facts = take(6).subarray(0, 5);
  const forecasters = take(6 + 7);
  const [day, daySamples, week, weekSamples] = [take(24), take(24), take(168), take(168)];
  const tails = [1, 2, 3, 4].map(() => ({ facts: take(3), bins: take(BINS) }));
  const [deviationFacts, deviations] = [take(2), take(DEVIATIONS)];
  const [surpriseFacts, surprises] = [take(2), take(SURPRISES)];
  // Profiles are differences from one value now.
  const base = forecasters[1] ?? 0;
  const difference = (profile: Float64Array, samples: Float64Array): Float64Array =>
    profile.map((mean, hour) => (samples[hour] ? mean - base : 0));
  fill(second.exact, [
    facts,
    forecasters,
    [base],
    ...tails.map((tail) => tail.facts),
    deviationFacts,
    surpriseFacts.subarray(0, 1),
  ]);
  fill(second.rounded, [
    difference(day, daySamples),
    daySamples,
    difference(week, weekSamples),
    weekSamples,
    ...tails.map(({ bins }) => bins),
    deviations,
    surprises,
  ]);
  return true;
}

/** Puts the parts one after the other. Throws RangeError if they are more than there is room for. */
function fill(numbers: Float64Array | Float32Array, parts: readonly ArrayLike<number>[]): void {
  let at = 0;
  for (const part of parts) {
    numbers.set(part, at);
    at += part.length;
  }
}
