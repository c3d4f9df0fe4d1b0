import type { OpenFault } from './open-fault.ts';
import type { SeriesMemory } from './series-memory.ts';

/** Samples of unrest lately, the most that one of them counts, and how much more is too much. */
const NOW = 24;
const MOST = 5;
const LEAST = 1.8;
const OVER = 1.35;
/** Samples that tell what is usual. */
const MEMORY = 3000;

/** Raises `noise` when a series bends back and forth much more than it used to; `rare`: see ChangeWatch. */
export function judgeUnrest(
  memory: SeriesMemory,
  open: OpenFault,
  { time, reading, residual, scale }: { time: number; reading: number; residual: number; scale: number },
  rare: number,
): void {
  const { facts } = memory;
  const bend = Math.abs(residual - 2 * facts.residual + facts.residualBefore) / scale;
  const counted = Math.min(bend, MOST);
  facts.unrestSamples++;
  facts.unrestNow += (counted - facts.unrestNow) / Math.min(facts.unrestSamples, NOW);
  const ratio = facts.unrestNow / (facts.unrest || 1);
  if (open.isOpen('noise')) {
    if (ratio < OVER) open.clear(time, reading);
    return;
  }
  const limit = memory.unrests.limit;
  if (open.isAny || facts.departed > 0) return;
  if (facts.unrestSamples > 2 * NOW) memory.unrests.learn(ratio, NOW * rare);
  facts.unrest += (counted - facts.unrest) / Math.min(facts.unrestSamples, MEMORY);
  if (open.isYoung()) return;
  if (ratio > Math.max(limit, LEAST)) open.raise('noise', time, reading, facts.unrestNow * scale);
}
