import type { FaultCause } from '../../observation/fault-cause.ts';
import type { FaultHabits } from './habits.ts';
import { meanResidual } from './recent-residuals.ts';
import type { SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
/** A departure is over when this share of it is left. */
const RETURNED = 0.35;
/** Samples that a false reading lasts at most. */
const SPIKE_SAMPLES = 3;
/** A shift keeps this share of its size, and varies by no more than this share of it, and by the usual unrest. */
const KEPT = 0.6;
const VARIES = 0.5;
const UNREST = 6;
/** Samples and hours until a departure that stays is judged; the hours are more where real events are common. */
const STEADY_SAMPLES = 8;
const STEADY_HOURS = 3;
const EVENTFUL_HOURS = 8;
/** One that began slowly, seen in a mean, must stay for longer. */
const SLOW_SAMPLES = 24;
/** After this the series is taken to be as it is now, hours. */
const LONGEST = 48;
/** Fit and factor from which a value is off by a factor rather than by a sum. */
const BETTER_FIT = 0.5;
const LEAST_FACTOR = 0.15;

/** What a departure turned out to be; `nothing`: it is over, or was none. */
export type Verdict = FaultCause | 'undecided' | 'nothing';

/** Begins to follow a departure of `size` from the residual `base`. */
export function depart(
  memory: SeriesMemory,
  time: number,
  base: number,
  size: number,
  slowly: boolean,
): void {
  const { facts } = memory;
  Object.assign(facts, {
    departed: time,
    departedSlowly: slowly ? 1 : 0,
    base,
    size,
    peak: size,
    steps: 0,
    jump: 0,
  });
  Object.assign(facts, {
    sumX: 0,
    sumY: 0,
    sumXX: 0,
    sumXY: 0,
    sumYY: 0,
    lowest: Infinity,
    highest: -Infinity,
  });
}

/** Takes one more sample of a departure; `usual` is what would have been expected, `scale` the usual change. */
export function follow(
  memory: SeriesMemory,
  habits: FaultHabits,
  sample: { time: number; value: number; residual: number; usual: number; scale: number },
): Verdict {
  const { facts } = memory;
  const offset = sample.residual - facts.base;
  note(memory, sample, offset);
  const hours = (sample.time - facts.departed) / HOUR;
  const along = (facts.departedSlowly ? recentOffset(memory, 6) : offset) * Math.sign(facts.size);
  if (along < RETURNED * Math.abs(facts.size)) return returned(memory, habits);
  if (hours > LONGEST) return facts.departedSlowly ? 'nothing' : 'event';
  const [samples, least] = facts.departedSlowly
    ? [SLOW_SAMPLES, STEADY_HOURS]
    : [STEADY_SAMPLES, habits.eventful ? EVENTFUL_HOURS : STEADY_HOURS];
  if (facts.steps < samples || hours < least) return 'undecided';
  if (!isSteady(memory, sample.scale)) return 'undecided';
  return isFactor(memory) ? 'scale' : 'shift';
}

/** Mean distance from the base of the newest residuals. */
export function recentOffset(memory: SeriesMemory, count: number): number {
  return meanResidual(memory, Math.min(count, Math.max(1, memory.facts.steps))) - memory.facts.base;
}

/** By which factor the values of the departure are off. */
export function factorOf({ facts }: SeriesMemory): number {
  return facts.sumXY / facts.sumXX;
}

function note(
  { facts }: SeriesMemory,
  { time, value, usual }: { time: number; value: number; usual: number },
  offset: number,
): void {
  const expected = usual + facts.base;
  facts.steps++;
  if (Math.abs(offset) >= Math.abs(facts.peak)) Object.assign(facts, { peak: offset, peakAt: time });
  facts.sumX += expected;
  facts.sumY += value;
  facts.sumXX += expected * expected;
  facts.sumXY += expected * value;
  facts.sumYY += value * value;
  if (facts.steps < 2) return;
  facts.lowest = Math.min(facts.lowest, offset);
  facts.highest = Math.max(facts.highest, offset);
}

function returned({ facts }: SeriesMemory, habits: FaultHabits): Verdict {
  if (facts.departedSlowly) return 'nothing';
  // The sample that returned is counted as well.
  if (facts.steps - 1 <= SPIKE_SAMPLES) return 'spike';
  return habits.eventful ? 'event' : 'nothing';
}

function isSteady(memory: SeriesMemory, scale: number): boolean {
  const { facts } = memory;
  const size = Math.abs(facts.size);
  const now = recentOffset(memory, 6) * Math.sign(facts.size);
  if (now < KEPT * size) return false;
  return facts.highest - facts.lowest < VARIES * Math.max(size, Math.abs(now)) + UNREST * scale;
}

/** Whether a factor fits the values of the departure much better than a sum. */
function isFactor(memory: SeriesMemory): boolean {
  const { facts } = memory;
  const { steps, sumX, sumY, sumXX, sumXY, sumYY } = facts;
  const factor = factorOf(memory);
  if (!(Math.abs(factor - 1) > LEAST_FACTOR) || factor <= 0) return false;
  const byFactor = sumYY - factor * sumXY;
  const byOffset = sumYY - 2 * sumXY + sumXX - (sumY - sumX) ** 2 / steps;
  return byFactor < BETTER_FIT * byOffset;
}
