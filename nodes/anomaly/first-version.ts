import type { Memory } from './memory.ts';

/** A detector as it was saved before its numbers were packed: 855 doubles, Base64. */
export interface SavedByFirstVersion {
  version: number;
  numbers: string;
}

const VERSION = 1;
const COUNT = 855;
const [BINS, DEVIATIONS, SURPRISES] = [64, 60, 120];

/** Fills an empty memory with what the first version had learned; leaves it empty if that cannot be read. */
export function fromFirstVersion({ version, numbers }: SavedByFirstVersion, memory: Memory): void {
  const bytes = Buffer.from(String(numbers), 'base64');
  if (version !== VERSION || bytes.length !== COUNT * Float64Array.BYTES_PER_ELEMENT) return;
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
  fill(memory.exact, [
    facts,
    forecasters,
    [base],
    ...tails.map((tail) => tail.facts),
    deviationFacts,
    surpriseFacts.subarray(0, 1),
  ]);
  fill(memory.rounded, [
    difference(day, daySamples),
    daySamples,
    difference(week, weekSamples),
    weekSamples,
    ...tails.map(({ bins }) => bins),
    deviations,
    surprises,
  ]);
}

/** Puts the parts one after the other. Throws RangeError if they are more than there is room for. */
function fill(numbers: Float64Array | Float32Array, parts: readonly ArrayLike<number>[]): void {
  let at = 0;
  for (const part of parts) {
    numbers.set(part, at);
    at += part.length;
  }
}
