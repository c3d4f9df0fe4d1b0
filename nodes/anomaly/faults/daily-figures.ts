import type { FaultCause } from '../../observation/fault-cause.ts';
import type { FaultHabits } from './habits.ts';
import { DAYS, type SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
/** Days before anything can be said, and the newest that are held against the others. */
const ENOUGH = 10;
const NEWEST = 5;
/** Days between the newest and those that they are held against: a drift is slow. */
const BETWEEN = 3;
/** Robust standard deviations of the daily figures from which their change is a fault. */
const LEAK_DEVIATIONS = 5;
const DRIFT_DEVIATIONS = 8;
/** A lasting flow of this share of the mean one is no coincidence. */
const LEAST_FLOW = 0.05;
/**
 * Days whose quiet hours are all above those of the days before, by a share of the mean flow. A burst pipe is told after
 * one; a slow leak grows into the days that it is held against, so those of the last week are left out for it.
 */
const LEAK_VIEWS = [
  { newest: 1, before: 1, flow: 12 * LEAST_FLOW },
  { newest: 2, before: 2, flow: LEAST_FLOW },
  { newest: 3, before: 8, flow: LEAST_FLOW },
] as const;
/** A share of the sensor's own figure that no calibration would see. */
const LEAST_DRIFT = 0.03;
/** A change of which this share came within two days is no drift. */
const SUDDEN = 0.7;
/** From the median absolute deviation to the standard deviation. */
const MAD = 1.4826;
/** A fall within a week of this share of the battery's figure. */
const LEAST_FALL = 0.02;
/** Share of the day's samples that must be there. */
const COVERED = 0.6;

/**
 * Takes a figure of the present sample into its local day: the lowest hourly mean, or the mean. `day` numbers local
 * days. What a finished day tells: a leak, a drift, a weak battery, or nothing.
 */
export function learnDaily(
  memory: SeriesMemory,
  habits: FaultHabits,
  sample: { time: number; day: number; figure: number },
): FaultCause | undefined {
  const { facts } = memory;
  const finished = facts.day !== sample.day && facts.day >= 0;
  const cause = finished ? finishDay(memory, habits) : undefined;
  if (facts.day !== sample.day) {
    Object.assign(facts, { day: sample.day, daySum: 0, daySamples: 0, dayLowest: Infinity });
    Object.assign(facts, { hourSum: 0, hourHours: 0 });
  }
  if (Number.isNaN(sample.figure)) return cause;
  facts.daySum += sample.figure;
  facts.daySamples++;
  const hours = Math.min(sample.time - facts.time, 2 * facts.interval) / HOUR;
  facts.hourSum += sample.figure * hours;
  facts.hourHours += hours;
  if (facts.hourHours >= 0.95) {
    facts.dayLowest = Math.min(facts.dayLowest, facts.hourSum / facts.hourHours);
    facts.hourSum = 0;
    facts.hourHours = 0;
  }
  return cause;
}

/** Takes the newest figure back: the reading was false. */
export function forgetFigure(facts: SeriesMemory['facts'], newest: number): void {
  facts.daySum -= newest;
  facts.daySamples--;
}

/** The figure of the newest finished day. */
export function newestFigure(memory: SeriesMemory): number {
  return figure(memory, 0);
}

/** The lowest figure of the days that are kept; infinite while there is none. */
export function lowestFigure({ facts, days }: SeriesMemory): number {
  return Math.min(...days.slice(0, facts.dayCount));
}

/** Figure of the day that is `ago` days before the newest one. */
function figure({ facts, days }: SeriesMemory, ago: number): number {
  return days[(facts.dayAt - 1 - ago + 2 * DAYS) % DAYS] ?? 0;
}

/** Median of figures from `from` to `to` days ago, and their robust deviation. */
function habitOf(memory: SeriesMemory, from: number, to: number): { median: number; deviation: number } {
  const figures: number[] = [];
  for (let ago = from; ago < Math.min(to, memory.facts.dayCount); ago++) figures.push(figure(memory, ago));
  const median = middle(figures);
  return { median, deviation: MAD * middle(figures.map((each) => Math.abs(each - median))) };
}

function middle(numbers: number[]): number {
  const sorted = numbers.sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

function finishDay(memory: SeriesMemory, habits: FaultHabits): FaultCause | undefined {
  const { facts, days } = memory;
  const samples = (24 * HOUR) / (facts.interval || HOUR);
  if (facts.daySamples < Math.min(COVERED * samples, samples - 1)) return undefined;
  const mean = facts.daySum / facts.daySamples;
  const lowest = Number.isFinite(facts.dayLowest) ? facts.dayLowest : mean;
  facts.meanFlow += (mean - facts.meanFlow) / Math.min(facts.dayCount + 1, DAYS);
  days[facts.dayAt] = habits.daily === 'lowest' ? lowest : mean;
  facts.dayAt = (facts.dayAt + 1) % DAYS;
  facts.dayCount = Math.min(facts.dayCount + 1, DAYS);
  // What is open is held against the limit that it went beyond.
  if (facts.dayCount < ENOUGH || facts.open !== 0) return undefined;
  if (habits.leaks) return isLeak(memory) ? 'leak' : undefined;
  if (habits.battery) return isWeak(memory) ? 'battery' : undefined;
  return driftOf(memory, habits.daily !== 'difference');
}

/** The quiet hours of the newest days are all above those before. */
function isLeak(memory: SeriesMemory): boolean {
  return LEAK_VIEWS.some(({ newest, before, flow }) => {
    if (memory.facts.dayCount < before + ENOUGH - 2) return false;
    const limit = leakLimit(memory, before) + flow * memory.facts.meanFlow;
    memory.facts.openLimit = limit;
    for (let ago = 0; ago < newest; ago++) if (figure(memory, ago) <= limit) return false;
    return true;
  });
}

/** What no quiet hour was above, `before` and more days ago. */
function leakLimit(memory: SeriesMemory, before: number): number {
  const { median, deviation } = habitOf(memory, before, DAYS);
  let highest = median;
  for (let ago = before; ago < memory.facts.dayCount; ago++) highest = Math.max(highest, figure(memory, ago));
  return Math.max(median + LEAK_DEVIATIONS * deviation, highest);
}

function isWeak(memory: SeriesMemory): boolean {
  const fell = (ago: number): number => figure(memory, ago + 5) - figure(memory, ago);
  if (memory.facts.dayCount < 20) return false;
  memory.facts.openLimit = figure(memory, 5);
  const before: number[] = [];
  for (let ago = 7; ago + 5 < memory.facts.dayCount; ago++) before.push(Math.abs(fell(ago)));
  const usual = Math.max(...before);
  const least = LEAST_FALL * Math.abs(figure(memory, 5));
  return fell(0) > Math.max(2 * usual, least) && fell(1) > Math.max(1.5 * usual, 0.7 * least);
}

/**
 * The newest days are all away from those before, on the same side: by and by, or at once. `own`: the figures are the
 * sensor's own, not its difference from others.
 */
function driftOf(memory: SeriesMemory, own: boolean): 'drift' | 'shift' | undefined {
  const { median, deviation } = habitOf(memory, NEWEST + BETWEEN, DAYS);
  if (memory.facts.dayCount < NEWEST + BETWEEN + ENOUGH) return undefined;
  const least = own ? LEAST_DRIFT * Math.abs(median) : 0;
  const limit = Math.max(DRIFT_DEVIATIONS * deviation + memory.facts.unrest, least);
  memory.facts.openLimit = median;
  const away = (ago: number): number => figure(memory, ago) - median;
  const side = Math.sign(away(0));
  for (let ago = 0; ago < NEWEST - 2; ago++) if (side * away(ago) < limit) return undefined;
  const atOnce = Math.abs(away(2) - away(4)) > SUDDEN * Math.abs(away(0));
  return atOnce ? 'shift' : 'drift';
}
