import type { LocalClock } from '../local-clock.ts';
import { learnDaily, newestFigure } from './daily-figures.ts';
import { depart, factorOf, follow, recentOffset } from './departures.ts';
import { FAULT_CAUSES, type FaultCause, type Finding } from './fault.ts';
import type { FaultHabits } from './habits.ts';
import { meanResidual, moveSince, pushResidual } from './recent-residuals.ts';
import { extendRun, isPlateau, isResting, stuckLimit } from './run-length.ts';
import { SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
/** Alarms that nothing is the matter with, per month, view and series, at the slider's middle. */
const FALSE_ALARMS = 0.01;
/** Nothing but a stuck value is told before so many samples and days. */
const YOUNG_SAMPLES = 200;
const YOUNG_DAYS = 7;
/** A longer gap, in usual intervals, cuts a series in two. */
const GAP = 12;
/** Days that the level remembers. */
const LEVEL_DAYS = 7;
/** Hours that tell where the series has been lately. */
const LATELY_HOURS = 24;
/** Windows of the slow view: the newest samples against those before. */
const SLOW_NEW = 12;
const SLOW_OLD = 48;
/** Samples of unrest lately, the most that one of them counts, and how much more is too much. */
const UNREST_NOW = 24;
const UNREST_MOST = 5;
const UNREST_LEAST = 1.8;
const UNREST_OVER = 1.35;
/** Samples until a false reading is told: another one meanwhile is noise. */
const SPIKE_WAIT = 4;
/** Hours after which an alarm without an end of its own is over. */
const SPIKE_HOURS = 1;
const EVENT_HOURS = 12;
/** What comes again within so many days is becoming usual, and is not told again. */
const EVENT_AGAIN_DAYS = 10;
/** After so many days a fault is how the series is now. */
const ADOPTED_DAYS = 30;
/** A sensor nearby agrees if it moved by this share. */
const AGREES = 0.5;
/** A fault is over when this share of it is left. */
const OVER = 0.4;
const SETTLING = 6;
/** A sudden fall of this share is a weak battery; a smaller one is a cold night. */
const LEAST_BATTERY_FALL = 0.02;
/** So many impossible readings in a row are no single false ones. */
const MOST_FAILURES = 4;

/** A sensor of the same quantity nearby. */
export interface Nearby {
  /** Farthest move from its usual course since a time (ms since 1970 UTC); NaN if unknown. */
  moveSince(time: number): number;
  /** Its newest reading if it is of the last hours before `time`, else NaN. */
  readingAt(time: number): number;
  /** How far it has been from its level lately. */
  strayed(): number;
}

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
  readonly #clock: LocalClock;
  readonly #memory: SeriesMemory;
  readonly #falseAlarms: number;
  #nearby: readonly Nearby[] = [];
  #findings: Finding[] = [];

  /** `sensitivity`: 0 (few alarms) to 100 (many). */
  constructor(clock: LocalClock, habits: FaultHabits, sensitivity: number, saved?: Uint8Array) {
    this.#clock = clock;
    this.habits = habits;
    this.#memory = new SeriesMemory(saved);
    this.#falseAlarms = FALSE_ALARMS * 10 ** ((sensitivity - 50) / 25);
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

  moveSince(time: number): number {
    return moveSince(this.#memory, time);
  }

  readingAt(time: number): number {
    const { facts } = this.#memory;
    return facts.samples > 0 && time - facts.time < Math.max(2 * facts.interval, HOUR) && facts.open === 0
      ? facts.raw
      : Number.NaN;
  }

  strayed(): number {
    return Math.abs(this.#memory.facts.lately - this.#memory.facts.level);
  }

  /** What a newer sample tells; older ones tell nothing. */
  watch(sample: FaultSample, nearby: readonly Nearby[]): readonly Finding[] {
    const { facts } = this.#memory;
    this.#findings = [];
    this.#nearby = nearby;
    if (facts.samples > 0 && sample.time <= facts.time) return this.#findings;
    if (sample.failed) this.#judgeFailed(sample);
    else {
      if (facts.failures > 0) this.#endFailures(sample);
      this.#judge(sample);
    }
    return this.#findings;
  }

  /** Readings that cannot be true: a few are false ones, told when they are over; more of them are a shift. */
  #judgeFailed({ time, reading }: FaultSample): void {
    const { facts } = this.#memory;
    facts.failures++;
    if (facts.failures === 1) Object.assign(facts, { spikeValue: reading, spikeSize: reading - facts.raw });
    if (facts.failures === MOST_FAILURES && facts.open === 0) {
      this.#raise('shift', time, reading, facts.spikeSize);
      Object.assign(facts, { offset: facts.spikeSize });
    }
  }

  #endFailures({ time, reading }: FaultSample): void {
    const { facts } = this.#memory;
    const many = facts.failures >= MOST_FAILURES;
    facts.failures = 0;
    if (many && this.#isOpen('shift')) this.#clear(time, reading);
    else if (!many && facts.open === 0) this.#raise('spike', time, facts.spikeValue, facts.spikeSize);
    this.#settle();
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
    this.#expire(time, reading);
    if (!stuck && !Number.isNaN(value)) this.#judgeValue(time, value, reading, cut);
    this.#learnInterval(elapsed);
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
    if (facts.open === 0 && !this.#isYoung())
      this.#raise('spike', time, facts.raw, facts.raw - facts.rawBefore);
    Object.assign(facts, { raw: facts.rawBefore, departed: 0 });
    return true;
  }

  #learnInterval(elapsed: number): void {
    const { facts } = this.#memory;
    if (facts.samples === 0) return;
    const usual = facts.interval;
    facts.interval =
      facts.samples < 4
        ? usual === 0
          ? elapsed
          : Math.min(usual, elapsed)
        : usual + (Math.min(elapsed, 4 * usual) - usual) / 50;
    // A gap is forgotten by half in two months.
    const kept = 0.5 ** (elapsed / (2 * MONTH));
    facts.longestGap *= kept;
    facts.secondGap *= kept;
    if (elapsed > facts.longestGap) {
      facts.secondGap = facts.longestGap;
      facts.longestGap = elapsed;
    } else facts.secondGap = Math.max(facts.secondGap, elapsed);
  }

  /** Whether the series stands still for longer than it should. */
  #judgeRun(time: number, reading: number, hours: number): boolean {
    const memory = this.#memory;
    const { facts } = memory;
    if (this.#isOpen('stuck')) {
      if (hours > 0) return true;
      this.#clear(time, reading);
      this.#settle();
      return false;
    }
    if (hours === 0 || isPlateau(reading, this.habits)) return false;
    const resting = isResting(reading, this.habits, facts.runSamples);
    if (facts.samples < YOUNG_SAMPLES) return false;
    if (hours < stuckLimit(memory, this.habits, resting)) return false;
    // Whatever was wrong before, nothing is measured now.
    this.#clear(time, reading);
    this.#raise('stuck', time, reading, 0, hours);
    this.#settle();
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
    if (cut || still) this.#settle();
    this.#judgeDay(time, reading, value, hour);
    const settled = facts.settling === 0 && facts.hasResidual === 1;
    const change = settled ? residual - facts.residual : 0;
    const before = facts.departed;
    pushResidual(memory, time, residual);
    if (settled) this.#judgeChange({ time, value: corrected, reading, residual, usual, scale, change });
    if (facts.settling > 0) facts.settling--;
    if (facts.departed === 0 && before === 0 && this.#learns())
      this.#learn(hour, corrected, settled ? change : Number.NaN);
    facts.residualBefore = facts.residual;
    facts.residual = residual;
    facts.hasResidual = 1;
    facts.value = corrected;
  }

  /** While a fault is open whose values are not put right, nothing is learned of them. */
  #learns(): boolean {
    const { open } = this.#memory.facts;
    return open === 0 || this.#isOpen('shift') || this.#isOpen('scale') || this.#isOpen('event');
  }

  #learn(hour: number, value: number, change: number): void {
    const { facts, profile } = this.#memory;
    const perHour = HOUR / (facts.interval || HOUR);
    const memory = Math.min(facts.samples + 1, LEVEL_DAYS * 24 * perHour);
    facts.lately += (value - facts.lately) / Math.min(facts.samples + 1, Math.max(1, LATELY_HOURS * perHour));
    facts.level += (value - facts.level) / Math.max(memory, 1);
    profile.learn(hour, value - facts.level, Math.abs(change), perHour);
  }

  #judgeChange(sample: Sample): void {
    const memory = this.#memory;
    const { facts } = memory;
    const { scale, change } = sample;
    const size = Math.abs(change) / scale;
    const rare = this.#falseAlarms * (facts.interval / MONTH);
    this.#judgeUnrest(sample, rare);
    this.#judgeReturn(sample, rare);
    const limit = memory.jumps.limit;
    // A jump counts more than a departure that is only seen in a mean.
    const jumped = facts.departedSlowly === 1 && size > limit;
    if (facts.departed > 0 && !jumped) {
      this.#followDeparture(sample);
      return;
    }
    if (!this.#mayDepart()) return;
    memory.jumps.learn(size, rare);
    if (this.#isYoung()) return;
    if (size > limit) {
      if (facts.spikeWait > 0) this.#becomeNoise(sample);
      else this.#depart(sample, false);
      return;
    }
    this.#tellSpike(sample);
    this.#judgeSlowly(sample, rare);
  }

  /** Departures are judged while nothing else is wrong, and while a shift is open that may end. */
  #mayDepart(): boolean {
    return this.#learns() || this.#isOpen('spike') || this.#isDaily();
  }

  /** Whether what is open shows from day to day only, and single values can still be judged. */
  #isDaily(): boolean {
    return this.#isOpen('drift') || this.#isOpen('battery') || this.#isOpen('leak');
  }

  #depart(sample: Sample, slowly: boolean): void {
    const memory = this.#memory;
    const known = slowly ? meanResidual(memory, SLOW_OLD, SLOW_NEW) : meanResidual(memory, 3, 1);
    const base = Number.isNaN(known) ? memory.facts.residual : known;
    const size = (slowly ? meanResidual(memory, SLOW_NEW) : sample.residual) - base;
    depart(memory, sample.time, base, size, slowly);
    this.#followDeparture(sample);
  }

  /** A value that stood out from the one before it and the one after it. */
  #judgeReturn({ time, scale, change }: Sample, rare: number): void {
    const memory = this.#memory;
    const { facts } = memory;
    const away = facts.residual - facts.residualBefore;
    if (
      this.habits.counter ||
      away * change >= 0 ||
      !this.#mayDepart() ||
      (facts.departed > 0 && facts.departedSlowly === 0)
    )
      return;
    const size = Math.min(Math.abs(away), Math.abs(change)) / scale;
    const limit = memory.spikes.limit;
    memory.spikes.learn(size, rare);
    if (this.#isYoung() || size < limit || facts.spikeWait > 0) return;
    const height = Math.sign(away) * size * scale;
    if (this.#agree(facts.time, height) !== true) this.#noteSpike(time, height, facts.raw);
  }

  #judgeSlowly(sample: Sample, rare: number): void {
    const memory = this.#memory;
    const move = meanResidual(memory, SLOW_NEW) - meanResidual(memory, SLOW_OLD, SLOW_NEW);
    if (Number.isNaN(move)) return;
    const size = Math.abs(move) / sample.scale;
    const limit = memory.shifts.limit;
    memory.shifts.learn(size, SLOW_NEW * rare);
    if (size > limit) this.#depart(sample, true);
  }

  #judgeUnrest({ time, reading, residual, scale }: Sample, rare: number): void {
    const memory = this.#memory;
    const { facts } = memory;
    const bend = Math.abs(residual - 2 * facts.residual + facts.residualBefore) / scale;
    const counted = Math.min(bend, UNREST_MOST);
    facts.unrestSamples++;
    facts.unrestNow += (counted - facts.unrestNow) / Math.min(facts.unrestSamples, UNREST_NOW);
    const ratio = facts.unrestNow / (facts.unrest || 1);
    if (this.#isOpen('noise')) {
      if (ratio < UNREST_OVER) this.#clear(time, reading);
      return;
    }
    const limit = memory.unrests.limit;
    if (facts.open !== 0 || facts.departed > 0) return;
    if (facts.unrestSamples > 2 * UNREST_NOW) memory.unrests.learn(ratio, UNREST_NOW * rare);
    facts.unrest += (counted - facts.unrest) / Math.min(facts.unrestSamples, 3000);
    if (this.#isYoung()) return;
    if (ratio > Math.max(limit, UNREST_LEAST)) this.#raise('noise', time, reading, facts.unrestNow * scale);
  }

  #followDeparture(sample: Sample): void {
    const memory = this.#memory;
    const { facts } = memory;
    if (this.#isFaultOver(sample)) return;
    const verdict = follow(memory, this.habits, sample);
    if (verdict === 'undecided') return;
    // A reading that stands still is not judged by how far it is off: it may be stuck.
    const still = facts.runSamples >= 4 && !isResting(sample.reading, this.habits, facts.runSamples);
    if (still && verdict !== 'spike') return;
    const { departed, size, peak } = facts;
    facts.departed = 0;
    // What a meter counts may come in any amounts.
    if (this.habits.counter && !(verdict === 'shift' && this.habits.leaks && size > 0)) return;
    const moved = this.#agree(departed, peak);
    if (verdict === 'spike' && moved !== true) this.#noteSpike(departed, peak, facts.peak + sample.usual);
    else if (verdict === 'spike' || verdict === 'event') this.#tellEvent(sample, peak, moved);
    else if (verdict === 'shift' || verdict === 'scale')
      this.#tellShift(sample, verdict, departed, size, moved);
    if (verdict !== 'spike') facts.recentCount = Math.min(facts.recentCount, 6);
  }

  /** Whether sensors nearby moved the same way; undefined without any that tell. */
  #agree(since: number, size: number): boolean | undefined {
    let told: boolean | undefined;
    for (const one of this.#nearby) {
      const move = one.moveSince(since);
      if (Number.isNaN(move)) continue;
      if (Math.sign(size) * move > AGREES * Math.abs(size)) return true;
      told = false;
    }
    return told;
  }

  #noteSpike(time: number, size: number, value: number): void {
    const { facts } = this.#memory;
    Object.assign(facts, { spikeAt: time, spikeSize: size, spikeValue: value, spikeWait: SPIKE_WAIT });
  }

  #tellSpike({ time }: Sample): void {
    const { facts } = this.#memory;
    if (facts.spikeWait === 0 || --facts.spikeWait > 0) return;
    if (facts.open === 0 || this.#isDaily()) this.#raise('spike', time, facts.spikeValue, facts.spikeSize);
  }

  /** One false reading after the other. */
  #becomeNoise({ time, reading, change }: Sample): void {
    this.#memory.facts.spikeWait = 0;
    if (this.#memory.facts.open === 0) this.#raise('noise', time, reading, change);
  }

  #tellEvent({ time, reading }: Sample, size: number, moved: boolean | undefined): void {
    const { facts } = this.#memory;
    const again = time - facts.eventAt < EVENT_AGAIN_DAYS * DAY;
    facts.eventAt = time;
    if (facts.open === 0 && !again) this.#raise('event', time, reading, size, 0, moved);
  }

  #tellShift(
    sample: Sample,
    cause: 'shift' | 'scale',
    departed: number,
    size: number,
    moved: boolean | undefined,
  ): void {
    const { facts } = this.#memory;
    const offset = recentOffset(this.#memory, 6);
    if (!this.#learns()) return;
    if (this.habits.emptied && size < 0) return;
    if (this.habits.battery && offset > -LEAST_BATTERY_FALL * Math.abs(sample.usual)) return;
    if (moved) {
      this.#tellEvent(sample, offset, moved);
      return;
    }
    const hours = (sample.time - departed) / HOUR;
    if (facts.open === 0 || this.#isOpen('event')) {
      if (facts.open !== 0) this.#clear(sample.time, sample.reading);
      const { leaks, battery } = this.habits;
      const own = leaks && offset > 0 ? 'leak' : battery ? 'battery' : undefined;
      this.#raise(own ?? cause, sample.time, sample.reading, offset, hours, moved);
      if (own) {
        facts.openLimit = facts.meanFlow / 4;
        return;
      }
    }
    if (cause === 'scale') facts.factor *= factorOf(this.#memory);
    else facts.offset += offset * facts.factor;
  }

  /** Whether the value is back where it was before the fault that is open. */
  #isFaultOver({ time, value, reading, usual }: Sample): boolean {
    const { facts } = this.#memory;
    if (!(this.#isOpen('shift') || this.#isOpen('scale')) || facts.steps < 3) return false;
    const measured = value * facts.factor + facts.offset;
    const wrong = Math.abs(usual * facts.factor + facts.offset - usual);
    if (Math.abs(measured - usual - facts.base) > OVER * wrong) return false;
    this.#clear(time, reading);
    this.#settle();
    return true;
  }

  #judgeDay(time: number, reading: number, value: number, hour: number): void {
    const memory = this.#memory;
    const { facts } = memory;
    const figure = this.habits.daily === 'difference' ? reading - this.#nearbyReading(time, reading) : value;
    // Local days, numbered so that two in a row differ.
    const cause = learnDaily(memory, this.habits, { time, day: Math.floor(hour / 24), figure });
    if (cause === undefined) return;
    const blamed = this.habits.daily !== 'difference' || this.#isTheOne(time);
    if (facts.open === 0 && blamed && !this.#isYoung()) {
      this.#raise(cause, time, reading, newestFigure(memory) - facts.openLimit);
    }
  }

  /** Of two sensors that differ, the one that went farther from where it used to be is the one to blame. */
  #isTheOne(time: number): boolean {
    const others = this.#nearby.filter((one) => !Number.isNaN(one.readingAt(time)));
    return others.length !== 1 || this.strayed() >= (others[0]?.strayed() ?? 0);
  }

  /** The reading nearby that is most like this one: who is away from all of them is wrong. */
  #nearbyReading(time: number, reading: number): number {
    let nearest = Number.NaN;
    for (const one of this.#nearby) {
      const other = one.readingAt(time);
      if (!(Math.abs(other - reading) >= Math.abs(nearest - reading))) nearest = other;
    }
    return nearest;
  }

  #isYoung(): boolean {
    const { samples, interval } = this.#memory.facts;
    return samples < YOUNG_SAMPLES || samples * interval < YOUNG_DAYS * DAY;
  }

  #isOpen(cause: FaultCause): boolean {
    return this.#memory.facts.open === FAULT_CAUSES.indexOf(cause) + 1;
  }

  /** Ends what has no end of its own. */
  #expire(time: number, reading: number): void {
    const { facts } = this.#memory;
    if (facts.open === 0) return;
    const hours = (time - facts.openSince) / HOUR;
    const limit = this.#isOpen('spike')
      ? SPIKE_HOURS
      : this.#isOpen('event')
        ? EVENT_HOURS
        : ADOPTED_DAYS * 24;
    if (this.#isDaily() && this.#isDailyOver()) this.#clear(time, reading);
    else if (hours > limit) {
      if (this.#isOpen('shift') || this.#isOpen('scale')) this.#adopt();
      this.#clear(time, reading);
    }
  }

  #isDailyOver(): boolean {
    const { facts } = this.#memory;
    if (facts.time - facts.openSince < 2 * DAY) return false;
    const newest = newestFigure(this.#memory);
    if (this.#isOpen('leak')) return newest < facts.openLimit;
    return Math.abs(newest - facts.openLimit) < OVER * Math.abs(facts.openSize);
  }

  /** A shift that stays is the new level. */
  #adopt(): void {
    const { facts } = this.#memory;
    facts.level = facts.level * facts.factor + facts.offset;
  }

  #settle(): void {
    const { facts } = this.#memory;
    Object.assign(facts, {
      settling: SETTLING,
      departed: 0,
      recentCount: 0,
      spikeWait: 0,
      unrestNow: facts.unrest,
    });
  }

  #raise(
    cause: FaultCause,
    time: number,
    value: number,
    difference: number,
    hours = 0,
    neighbours?: boolean | undefined,
  ): void {
    const { facts } = this.#memory;
    const usualHours = facts.usualRun;
    this.#findings.push({ cause, state: 'raised', time, value, difference, hours, usualHours, neighbours });
    if (facts.open !== 0) {
      // Beside what is open it is told, and over at once.
      this.#findings.push({
        cause,
        state: 'cleared',
        time,
        value,
        difference,
        hours,
        usualHours,
        neighbours,
      });
      return;
    }
    facts.openSize = difference;
    facts.open = FAULT_CAUSES.indexOf(cause) + 1;
    facts.openSince = time;
  }

  #clear(time: number, value: number): void {
    const { facts } = this.#memory;
    const cause = FAULT_CAUSES[facts.open - 1];
    if (cause === undefined) return;
    const hours = (time - facts.openSince) / HOUR;
    Object.assign(facts, { open: 0, offset: 0, factor: 1, departed: 0 });
    const nothing = { difference: 0, usualHours: 0, neighbours: undefined };
    this.#findings.push({ cause, state: 'cleared', time, value, hours, ...nothing });
  }
}

interface Sample {
  time: number;
  /** As it is watched: a rate for a meter, put right for a shift that is open. */
  value: number;
  reading: number;
  residual: number;
  usual: number;
  /** Usual change between two samples now, and the present one. */
  scale: number;
  change: number;
}
