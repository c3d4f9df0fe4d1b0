import type { FaultCause } from '../../observation/fault-cause.ts';
import type { LocalClock } from '../local-clock.ts';
import { ChangeWatch, stepsOf } from './change-watch.ts';
import { forgetFigure, learnDaily, newestFigure } from './daily-figures.ts';
import type { Finding } from './fault.ts';
import type { FaultHabits } from './habits.ts';
import { isToBlame, type Nearby, nearestReading } from './nearby.ts';
import { OpenFault, YOUNG_SAMPLES } from './open-fault.ts';
import { moveSince, pushResidual } from './recent-residuals.ts';
import { extendRun, isPlateau, isResting, stuckLimit } from './run-length.ts';
import { learnInterval, SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
const MONTH = 30 * 24 * HOUR;
/** Alarms that nothing is the matter with, per month, view and series, at the slider's middle; ten times more at 75. */
const FALSE_ALARMS = 0.01;
const MIDDLE = 50;
const TEN_TIMES = 25;
/** A longer gap, in usual intervals, cuts a series in two. */
const GAP = 12;
/** Days that the level remembers, and hours that tell where the series has been lately. */
const LEVEL_DAYS = 7;
const LATELY_HOURS = 24;
/** So many impossible readings in a row are no single false ones. */
const MOST_FAILURES = 4;
/** What shows from day to day has lasted so long when it is told. */
const DAILY_HOURS = 72;
const NOTHING: readonly Finding[] = [];

export interface FaultSample {
  /** ms since 1970 UTC. */
  time: number;
  /** Canonical unit. */
  reading: number;
  /** Whether a quality check said that the sensor cannot have measured this. */
  failed: boolean;
}

/**
 * Watches one series for faults of the sensor, sample by sample, without look-ahead: readings that stand still, false
 * single ones, lasting shifts, growing noise, leaks, drift from the sensors nearby, weak batteries. All limits come from
 * how rare such a thing was in this series so far. One fault is open at a time.
 */
export class FaultSeries implements Nearby {
  readonly habits: FaultHabits;
  readonly sensitivity: number;
  readonly #clock: LocalClock;
  readonly #memory: SeriesMemory;
  readonly #falseAlarms: number;
  readonly #open: OpenFault;
  readonly #changes: ChangeWatch;
  #nearby: readonly Nearby[] = [];

  /** `sensitivity`: 0 (few alarms) to 100 (many). */
  constructor(clock: LocalClock, habits: FaultHabits, sensitivity: number, saved?: Uint8Array) {
    this.#clock = clock;
    this.habits = habits;
    this.sensitivity = sensitivity;
    this.#memory = new SeriesMemory(saved);
    this.#open = new OpenFault(this.#memory);
    this.#changes = new ChangeWatch(this.#memory, habits, this.#open);
    this.#falseAlarms = FALSE_ALARMS * 10 ** ((sensitivity - MIDDLE) / TEN_TIMES);
  }

  get byteLength(): number {
    return this.#memory.byteLength;
  }

  toBytes(): Uint8Array {
    return this.#memory.toBytes();
  }

  /** Facts for those who watch for silence: usual interval and the second longest gap of lately, ms. */
  get rhythm(): { interval: number; gap: number; samples: number } {
    const { interval, secondGap: gap, samples } = this.#memory.facts;
    return { interval, gap, samples };
  }

  /** What is wrong with it now; undefined if nothing is. */
  get open(): FaultCause | undefined {
    return this.#open.cause;
  }

  moveSince(time: number): number {
    return moveSince(this.#memory, time);
  }

  readingAt(time: number): number {
    const { facts } = this.#memory;
    return facts.samples > 0 && time - facts.time < Math.max(2 * facts.interval, HOUR) && !this.#open.isAny
      ? facts.raw
      : Number.NaN;
  }

  strayed(): number {
    return Math.abs(this.#memory.facts.lately - this.#memory.facts.level);
  }

  /** What a newer sample tells; older ones tell nothing. */
  watch(sample: FaultSample, nearby: readonly Nearby[]): readonly Finding[] {
    const { facts } = this.#memory;
    this.#nearby = nearby;
    if (facts.samples > 0 && sample.time <= facts.time) return NOTHING;
    if (sample.failed) this.#judgeFailed(sample);
    else {
      if (facts.failures > 0) this.#endFailures(sample);
      this.#judge(sample);
    }
    return this.#open.takeFindings();
  }

  /**
   * Readings that cannot be true: a few are false ones, told when they are over; more of them are a shift. Not those
   * that are beyond the range by no more than the series always moves (dust a little below zero).
   */
  #judgeFailed({ time, reading }: FaultSample): void {
    const { facts, jumps, profile } = this.#memory;
    const size = reading - facts.raw;
    const usual = this.#open.isYoung() ? 0 : jumps.limit * profile.scale(this.#clock.hourOfWeek(time));
    if (Math.abs(size) < usual) return;
    facts.failures++;
    if (facts.failures === 1) Object.assign(facts, { spikeValue: reading, spikeSize: size });
    if (facts.failures === MOST_FAILURES && !this.#open.isAny) {
      this.#open.raise('shift', time, reading, facts.spikeSize);
      facts.offset = facts.spikeSize;
    }
  }

  #endFailures({ time, reading }: FaultSample): void {
    const { facts } = this.#memory;
    const many = facts.failures >= MOST_FAILURES;
    facts.failures = 0;
    if (many && this.#open.isOpen('shift')) this.#open.clear(time, reading);
    else if (!many && !this.#open.isAny) this.#open.raise('spike', time, facts.spikeValue, facts.spikeSize);
    this.#open.settle();
  }

  #judge({ time, reading }: FaultSample): void {
    const memory = this.#memory;
    const { facts } = memory;
    const elapsed = facts.samples > 0 ? time - facts.time : 0;
    const cut = facts.samples > 1 && elapsed > GAP * facts.interval;
    const runHours = extendRun(memory, time, reading, this.habits);
    const fell = this.habits.counter && reading < facts.raw && this.#judgeFall(time, reading);
    const value = this.#valueOf(reading, time - (fell ? facts.timeBefore : facts.time));
    const stuck = this.#judgeRun(time, reading, runHours);
    this.#open.expire(time, reading);
    if (!stuck && !Number.isNaN(value)) this.#judgeValue(time, value, reading, cut);
    learnInterval(facts, elapsed);
    if (facts.samples === 0) facts.began = time;
    facts.samples++;
    facts.timeBefore = facts.time;
    facts.rawBefore = facts.raw;
    facts.time = time;
    facts.raw = reading;
  }

  /** The value that is watched: of a meter the rate per hour, NaN at its first reading and when it was set back. */
  #valueOf(reading: number, elapsed: number): number {
    if (!this.habits.counter) return reading;
    const { samples, raw } = this.#memory.facts;
    return samples === 0 || reading < raw ? Number.NaN : ((reading - raw) * HOUR) / elapsed;
  }

  /** A meter that goes back to where it was going before: the reading between was false. If it begins anew, it is not. */
  #judgeFall(time: number, reading: number): boolean {
    const { facts } = this.#memory;
    if (facts.samples < 3 || reading < facts.rawBefore) return false;
    if (!this.#open.isAny && !this.#open.isYoung())
      this.#open.raise('spike', time, facts.raw, facts.raw - facts.rawBefore);
    forgetFigure(facts, this.#rateBefore());
    Object.assign(facts, { raw: facts.rawBefore, departed: 0 });
    return true;
  }

  /** What the newest reading was taken for, when it came. */
  #rateBefore(): number {
    const { raw, rawBefore, time, timeBefore } = this.#memory.facts;
    return ((raw - rawBefore) * HOUR) / (time - timeBefore);
  }

  /** Whether the series stands still for longer than it should. */
  #judgeRun(time: number, reading: number, hours: number): boolean {
    const memory = this.#memory;
    const { facts } = memory;
    if (this.#open.isOpen('stuck')) {
      if (hours > 0) return true;
      this.#open.clear(time, reading);
      this.#open.settle();
      return false;
    }
    if (hours === 0 || isPlateau(reading, this.habits)) return false;
    const resting = isResting(reading, this.habits, facts.runSamples);
    if (facts.samples < YOUNG_SAMPLES) return false;
    if (hours < stuckLimit(memory, this.habits, resting)) return false;
    // Whatever was wrong before, nothing is measured now.
    this.#open.clear(time, reading);
    this.#open.raise('stuck', time, reading, 0, hours);
    this.#open.settle();
    return true;
  }

  #judgeValue(time: number, value: number, reading: number, cut: boolean): void {
    const memory = this.#memory;
    const { facts, profile } = memory;
    const hour = this.#clock.hourOfWeek(time);
    const usual = facts.level + profile.at(hour);
    const scale = profile.scale(hour);
    const corrected = (value - facts.offset) / facts.factor;
    const residual = corrected - usual;
    const still = isPlateau(reading, this.habits) && isPlateau(facts.raw, this.habits);
    if (cut || still) this.#open.settle();
    this.#judgeDay(time, reading, value, hour);
    const settled = facts.settling === 0 && facts.hasResidual === 1;
    const change = settled ? residual - facts.residual : 0;
    const before = facts.departed;
    pushResidual(memory, time, residual);
    if (settled) {
      const sample = { time, value: corrected, reading, residual, usual, scale, change };
      this.#changes.judge(sample, this.#nearby, this.#falseAlarms * (facts.interval / MONTH));
    }
    if (facts.settling > 0) facts.settling--;
    // Not what a meter catches up on after a fault, or the first values after a gap.
    const fit = (settled || facts.samples < YOUNG_SAMPLES) && this.#open.learns();
    if (fit && facts.departed === 0 && before === 0) {
      this.#learn(hour, corrected, settled ? change / stepsOf(memory, time) : Number.NaN);
    }
    facts.residualBefore = facts.residual;
    facts.residual = residual;
    facts.hasResidual = 1;
  }

  #learn(hour: number, value: number, change: number): void {
    const { facts, profile } = this.#memory;
    const perHour = HOUR / (facts.interval || HOUR);
    const memory = Math.min(facts.samples + 1, LEVEL_DAYS * 24 * perHour);
    facts.lately += (value - facts.lately) / Math.min(facts.samples + 1, Math.max(1, LATELY_HOURS * perHour));
    facts.level += (value - facts.level) / Math.max(memory, 1);
    profile.learn(hour, value - facts.level, Math.abs(change), perHour);
  }

  #judgeDay(time: number, reading: number, value: number, hour: number): void {
    const memory = this.#memory;
    const { facts } = memory;
    const figure =
      this.habits.daily === 'difference' ? reading - nearestReading(this.#nearby, time, reading) : value;
    // Local days, numbered so that two in a row differ.
    const cause = learnDaily(memory, this.habits, { time, day: Math.floor(hour / 24), figure });
    if (cause === undefined) return;
    const blamed = this.habits.daily !== 'difference' || isToBlame(this, this.#nearby, time);
    if (!this.#open.isAny && blamed && !this.#open.isYoung()) {
      this.#open.raise(cause, time, reading, newestFigure(memory) - facts.openLimit, DAILY_HOURS);
    }
  }
}
