import { RECENT, type SeriesMemory } from './series-memory.ts';

const MINUTE = 60_000;
const EPOCH = Date.UTC(2020, 0, 1);

/** Adds the newest residual (canonical unit) of a series; `time` in ms since 1970 UTC. */
export function pushResidual(
  { facts, residuals, minutes }: SeriesMemory,
  time: number,
  residual: number,
): void {
  residuals[facts.recentAt] = residual;
  minutes[facts.recentAt] = (time - EPOCH) / MINUTE;
  facts.recentAt = (facts.recentAt + 1) % RECENT;
  facts.recentCount = Math.min(facts.recentCount + 1, RECENT);
  facts.comparable = Math.min(facts.comparable + 1, RECENT);
}

/**
 * Mean of `count` residuals, of which the newest is `skip` samples old; NaN if there are not so many
 * that nothing happened between.
 */
export function meanResidual({ facts, residuals }: SeriesMemory, count: number, skip = 0): number {
  if (facts.comparable < count + skip) return Number.NaN;
  let sum = 0;
  for (let i = 1 + skip; i <= count + skip; i++)
    sum += residuals[(facts.recentAt - i + RECENT) % RECENT] ?? 0;
  return sum / count;
}

/** The farthest that residuals have been since `since` from the mean of the six before it; NaN if one is unknown. */
export function moveSince({ facts, residuals, minutes }: SeriesMemory, since: number): number {
  const limit = (since - EPOCH) / MINUTE - 0.5;
  const at = (age: number): number => (facts.recentAt - age + RECENT) % RECENT;
  let newer = 1;
  while (newer <= facts.recentCount && (minutes[at(newer)] ?? 0) >= limit) newer++;
  const oldest = Math.min(newer + 5, facts.recentCount);
  if (newer === 1 || oldest < newer) return Number.NaN;
  let base = 0;
  for (let age = newer; age <= oldest; age++) base += (residuals[at(age)] ?? 0) / (oldest - newer + 1);
  let farthest = 0;
  for (let age = 1; age < newer; age++) {
    const move = (residuals[at(age)] ?? 0) - base;
    if (Math.abs(move) > Math.abs(farthest)) farthest = move;
  }
  return farthest;
}
