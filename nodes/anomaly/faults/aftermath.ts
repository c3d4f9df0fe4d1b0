import type { SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
/** Two tides, and a day with its night: what comes and goes with them is over. */
const WATCHED = 25 * HOUR;
/** From this multiple of the size that is rare, a jump is held in mind. */
const STRONG = 1.2;
/** A jump that jumps back by this share was something else. */
const JUMPED_BACK = 0.5;
/** The means before and after differ by between these shares of the jump, if it was one of the sensor. */
const AS_FAR = [0.65, 1.5] as const;
/** Share of the samples that must be there. */
const COVERED = 0.6;

/**
 * Holds a jump in mind: `size` in usual changes, of which `limit` is rare; `change` in the canonical unit. The mean before
 * it is that of the last day or two.
 */
export function holdInMind(
  { facts }: SeriesMemory,
  { time, change }: { time: number; change: number },
  size: number,
  limit: number,
): void {
  if (size < STRONG * limit || facts.heldSince > 0) return;
  Object.assign(facts, { heldSince: time, heldJump: change, heldSum: 0, heldSamples: 0 });
  facts.heldBefore = facts.lately - facts.level;
}

export function forgetJump({ facts }: SeriesMemory): void {
  facts.heldSince = 0;
}

/**
 * Takes the newest sample after a jump that is held in mind. Once a day and two tides have passed, how far the mean moved,
 * canonical unit, if that is what the jump was: the sensor has shifted, though rhythms that are wider than the shift
 * brought single values back. Undefined otherwise.
 */
export function judgeAftermath(
  memory: SeriesMemory,
  { time, residual, change }: { time: number; residual: number; change: number },
): number | undefined {
  const { facts } = memory;
  if (facts.heldSince === 0) return undefined;
  if (change * facts.heldJump < 0 && Math.abs(change) > JUMPED_BACK * Math.abs(facts.heldJump)) {
    forgetJump(memory);
    return undefined;
  }
  facts.heldSum += residual;
  facts.heldSamples++;
  if (time - facts.heldSince < WATCHED) return undefined;
  const moved = facts.heldSum / facts.heldSamples - facts.heldBefore;
  const share = moved / facts.heldJump;
  const complete = facts.heldSamples * facts.interval > COVERED * WATCHED;
  forgetJump(memory);
  return complete && share > AS_FAR[0] && share < AS_FAR[1] ? moved : undefined;
}
