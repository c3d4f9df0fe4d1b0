import type { FaultHabits } from './habits.ts';
import type { SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
/** A run is too long if it is this many times the longest so far. */
const TIMES_LONGEST = 2;
/** At rest (no water drawn, nobody about) a holiday may be that much longer. */
const TIMES_REST = 2.5;
/** A meter that never stood still for long is called stuck sooner: after so many times its longest rest. */
const RESTLESS = 10;
/** Samples and usual intervals that it takes at least. */
const SAMPLES = 8;
/** What is learned of a run is at most this share of the limit. */
const MOST_LEARNED = 0.75;
/** Share by which the longest run is forgotten with every day. */
const FORGET = 0.004;
const PLATEAU = 0.31;
/** A meter that shows this share of what is usual in such a time did not stand. */
const CAUGHT_UP = 0.5;
/** Runs that the usual one is the mean of, and how many times that a single one counts at most. */
const RUNS = 200;
const LONG_RUN = 3;

/** Hours without a change from which the sensor is called stuck. */
export function stuckLimit({ facts }: SeriesMemory, habits: FaultHabits, resting: boolean): number {
  const intervals = (SAMPLES * facts.interval) / HOUR;
  const shortest = habits.counter
    ? Math.min(habits.restHours, Math.max(habits.stuckHours, RESTLESS * facts.longestRest))
    : habits.restHours;
  return resting
    ? Math.max(shortest, TIMES_REST * facts.longestRest, intervals)
    : Math.max(habits.stuckHours, TIMES_LONGEST * facts.longestRun, intervals);
}

/**
 * Takes a reading into the run of equal ones; hours that the run has lasted. A run that ends is learned. One that was
 * called stuck raises the limit by half at most: true faults are rare, but coarse readings of something slow (soil, snow)
 * end such runs again and again, and must not be alarms for ever.
 */
export function extendRun(memory: SeriesMemory, time: number, reading: number, habits: FaultHabits): number {
  const { facts } = memory;
  const same = facts.samples > 0 && reading === facts.raw;
  if (same) {
    facts.runSamples++;
    return (time - facts.runSince) / HOUR;
  }
  const hours = facts.samples > 0 ? (facts.time - facts.runSince) / HOUR : 0;
  const resting = isResting(facts.raw, habits, facts.runSamples);
  const learned = Math.min(hours, MOST_LEARNED * stuckLimit(memory, habits, resting));
  if (!isPlateau(facts.raw, habits) && !ranOn(facts, time, reading, habits)) {
    const kept = (1 - FORGET) ** ((time - facts.runSince) / HOUR / 24);
    if (resting) facts.longestRest = Math.max(facts.longestRest * kept, learned);
    else facts.longestRun = Math.max(facts.longestRun * kept, learned);
  }
  // A night or a silence is not what is usual.
  const run = Math.min(time - facts.runSince, HOUR * LONG_RUN * facts.usualRun + facts.interval) / HOUR;
  const runs = facts.usualRun > 0 ? (facts.runSince - facts.began) / HOUR / facts.usualRun : 0;
  facts.usualRun += (run - facts.usualRun) / Math.min(runs + 1, RUNS);
  facts.runSince = time;
  facts.runSamples = 1;
  return 0;
}

/** Whether a meter went on meanwhile and only its readings stood still: it catches up with what is usual. */
function ranOn(facts: SeriesMemory['facts'], time: number, reading: number, habits: FaultHabits): boolean {
  const usual = (facts.level * (time - facts.runSince)) / HOUR;
  return habits.counter && facts.runSamples > 2 && reading - facts.raw > CAUGHT_UP * usual;
}

/** Whether the reading is one at which nothing happens, such as nobody about, or a meter that stands. */
export function isResting(reading: number, habits: FaultHabits, samples: number): boolean {
  return reading === 0 || (habits.counter && samples > 1);
}

/** Whether the reading is one at which nature stands still. */
export function isPlateau(reading: number, { plateau }: FaultHabits): boolean {
  return plateau !== undefined && Math.abs(reading - plateau) < PLATEAU;
}
