import { holdInMind, judgeAftermath } from './aftermath.ts';
import { lowestFigure } from './daily-figures.ts';
import { depart, factorOf, follow, recentOffset } from './departures.ts';
import type { FaultHabits } from './habits.ts';
import { agree, type Nearby } from './nearby.ts';
import { type OpenFault, OVER } from './open-fault.ts';
import { meanResidual } from './recent-residuals.ts';
import { isResting } from './run-length.ts';
import type { SeriesMemory } from './series-memory.ts';
import { judgeUnrest } from './unrest.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Windows of the slow view: the newest samples against those before. */
const SLOW_NEW = 12;
const SLOW_OLD = 48;
/** Samples before one of these a slow departure may have begun. */
const BEGAN_BEFORE = [30, SLOW_NEW, 0];
/** Samples until a false reading is told: another one meanwhile is noise. */
const SPIKE_WAIT = 4;
/** What comes again within so many days is becoming usual, and is not told again. */
const EVENT_AGAIN_DAYS = 10;
/** A sudden fall of this share is a weak battery; a smaller one is a cold night. */
const LEAST_BATTERY_FALL = 0.02;
/** Readings lost in a row, in usual intervals, that make no difference. */
const FEW_LOST = 3.5;
/** Samples of a departure that must all be the same to be called stuck. */
const STILL_SAMPLES = 8;
/** Share of the lowest hour of a month that background air still has. */
const BACKGROUND = 0.97;

/** A sample beside what was usual. */
export interface Sample {
  /** ms since 1970 UTC. */
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

/** Usual intervals since the sample before, 1 if only few were lost: more may change in an outage. */
export function stepsOf({ facts }: SeriesMemory, time: number): number {
  const steps = (time - facts.time) / (facts.interval || 1);
  return steps > FEW_LOST ? steps : 1;
}

/** Watches how values change: false single ones, departures that turn out to be a shift or real, and noise. */
export class ChangeWatch {
  readonly #memory: SeriesMemory;
  readonly #habits: FaultHabits;
  readonly #open: OpenFault;
  #nearby: readonly Nearby[] = [];

  constructor(memory: SeriesMemory, habits: FaultHabits, open: OpenFault) {
    this.#memory = memory;
    this.#habits = habits;
    this.#open = open;
  }

  /** Takes the newest sample; `rare`: probability per sample of a false alarm. */
  judge(sample: Sample, nearby: readonly Nearby[], rare: number): void {
    this.#nearby = nearby;
    const memory = this.#memory;
    const { facts } = memory;
    const { scale, change } = sample;
    const size = Math.abs(change) / scale / stepsOf(this.#memory, sample.time);
    if (!this.#habits.battery) judgeUnrest(memory, this.#open, sample, rare);
    this.#judgeReturn(sample, rare);
    this.#judgeHeldJump(sample);
    const limit = memory.jumps.limit;
    // A jump counts more than a departure that is only seen in a mean.
    const jumped = facts.departedSlowly === 1 && size > limit;
    if (facts.departed > 0 && !jumped) {
      this.#followDeparture(sample);
      return;
    }
    if (!this.#open.mayDepart()) return;
    // That a bin is emptied says nothing of how its level jumps.
    if (!(this.#habits.emptied && change < 0)) memory.jumps.learn(size, rare);
    if (this.#open.isYoung()) return;
    if (size > limit) {
      if (facts.spikeWait > 0) this.#becomeNoise(sample);
      else this.#depart(sample, false);
      if (!this.#habits.counter) holdInMind(memory, sample, size, limit);
      facts.jump = size;
      return;
    }
    this.#tellSpike(sample);
    this.#judgeSlowly(sample, rare);
  }

  /** A shift that a tide or the course of a day had hidden. */
  #judgeHeldJump(sample: Sample): void {
    const departed = this.#memory.facts.heldSince;
    const offset = judgeAftermath(this.#memory, sample);
    if (offset === undefined || this.#open.isOpen('shift') || this.#open.isOpen('scale')) return;
    this.#memory.facts.departed = 0;
    this.#tellShift(
      sample,
      'shift',
      { departed, size: offset, offset },
      agree(this.#nearby, departed, offset),
    );
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
    const following = facts.departed > 0 && facts.departedSlowly === 0;
    if (this.#habits.counter || following || away * change >= 0 || !this.#open.mayDepart()) return;
    const size = Math.min(Math.abs(away), Math.abs(change)) / scale / stepsOf(this.#memory, time);
    const limit = memory.spikes.limit;
    memory.spikes.learn(size, rare);
    if (this.#open.isYoung() || size < limit || facts.spikeWait > 0) return;
    const height = Math.sign(away) * Math.min(Math.abs(away), Math.abs(change));
    if (agree(this.#nearby, facts.time, height) !== true) this.#noteSpike(height, facts.raw);
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

  #followDeparture(sample: Sample): void {
    const memory = this.#memory;
    const { facts } = memory;
    if (this.#isFaultOver(sample)) return;
    const verdict = follow(memory, this.#habits, sample);
    if (verdict === 'undecided') return;
    // A reading that stands still is not judged by how far it is off: it may be stuck.
    const stands = facts.runSamples >= 4 && !isResting(sample.reading, this.#habits, facts.runSamples);
    if (stands && verdict !== 'spike') return;
    const { departed, size, peak } = facts;
    facts.departed = 0;
    const still = facts.steps >= STILL_SAMPLES && facts.runSamples >= facts.steps;
    if (still && !this.#habits.counter && this.#open.learns()) {
      // Nothing moves where something should, even if it rests at times.
      this.#open.clear(sample.time, sample.reading);
      this.#open.raise('stuck', sample.time, sample.reading, 0, (sample.time - facts.runSince) / HOUR);
      return;
    }
    // What a meter counts may come in any amounts.
    if (this.#habits.counter && !(verdict === 'shift' && this.#habits.leaks && size > 0)) return;
    const moved = this.#movedNearby(departed, peak);
    if (verdict === 'spike' && moved !== true) this.#noteSpike(peak, facts.peak + sample.usual);
    else if (verdict === 'spike' || verdict === 'event') this.#tellEvent(sample, peak, departed, moved);
    else if (verdict === 'shift' || verdict === 'scale')
      this.#tellShift(sample, verdict, { departed, size, offset: recentOffset(memory, 6) }, moved);
    if (verdict !== 'spike') facts.comparable = 0;
  }

  /** Whether sensors nearby moved as well: what is only seen in a mean began before that showed it. */
  #movedNearby(departed: number, size: number): boolean | undefined {
    const { departedSlowly, interval } = this.#memory.facts;
    const told = (departedSlowly ? BEGAN_BEFORE : [0]).map((samples) =>
      agree(this.#nearby, departed - samples * interval, size),
    );
    return told.includes(true) || told.find((each) => each !== undefined);
  }

  #noteSpike(size: number, value: number): void {
    const { facts } = this.#memory;
    Object.assign(facts, { spikeSize: size, spikeValue: value, spikeWait: SPIKE_WAIT });
  }

  #tellSpike({ time }: Sample): void {
    const { facts } = this.#memory;
    if (facts.spikeWait === 0 || --facts.spikeWait > 0) return;
    if (!this.#open.isAny || this.#open.isDaily())
      this.#open.raise('spike', time, facts.spikeValue, facts.spikeSize);
  }

  /** One false reading after the other. */
  #becomeNoise({ time, reading, change }: Sample): void {
    this.#memory.facts.spikeWait = 0;
    if (!this.#open.isAny && !this.#habits.battery) this.#open.raise('noise', time, reading, change);
  }

  /** `departed`: when it began. */
  #tellEvent({ time, usual }: Sample, size: number, departed: number, moved: boolean | undefined): void {
    const { facts } = this.#memory;
    const again = time - facts.eventAt < EVENT_AGAIN_DAYS * DAY;
    const quickest = facts.jump > facts.fastest ? (time - facts.began) / HOUR : 0;
    facts.eventAt = time;
    facts.fastest = Math.max(facts.fastest, facts.jump);
    if (this.#open.isAny || again || this.#habits.battery) return;
    const hours = Math.max(facts.peakAt - departed + facts.interval, 0) / HOUR;
    this.#open.raise('event', time, usual + facts.base + size, size, hours, moved, quickest);
  }

  #tellShift(
    sample: Sample,
    cause: 'shift' | 'scale',
    { departed, size, offset }: { departed: number; size: number; offset: number },
    moved: boolean | undefined,
  ): void {
    if (!this.#open.learns() || !this.#canBeWrong(sample, size, offset)) return;
    if (moved) {
      this.#tellEvent(sample, offset, departed, moved);
      return;
    }
    const { facts } = this.#memory;
    const own = this.#ownName(offset);
    if (!this.#open.isAny || this.#open.isOpen('event')) {
      this.#open.clear(sample.time, sample.reading);
      const hours = (sample.time - departed) / HOUR;
      this.#open.raise(own ?? cause, sample.time, sample.reading, offset, hours, moved);
    }
    if (own) facts.openLimit = facts.meanFlow / 4;
    else if (cause === 'scale') facts.factor *= factorOf(this.#memory);
    else facts.offset += offset * facts.factor;
    // The next values are put right, and would look like a change back.
    this.#open.settle();
  }

  /** Bins are emptied, batteries recover, and the air in a room comes back to what it is outside. */
  #canBeWrong({ usual, reading }: Sample, size: number, offset: number): boolean {
    const { emptied, battery, daily } = this.#habits;
    if (daily === 'lowest' && size < 0 && reading >= BACKGROUND * lowestFigure(this.#memory)) return false;
    return !(emptied && size < 0) && !(battery && offset > -LEAST_BATTERY_FALL * Math.abs(usual));
  }

  /** What a shift of this quantity is called. */
  #ownName(offset: number): 'leak' | 'battery' | undefined {
    if (this.#habits.leaks && offset > 0) return 'leak';
    return this.#habits.battery ? 'battery' : undefined;
  }

  /** Whether the value is back where it was before the fault that is open. */
  #isFaultOver({ time, value, reading, usual }: Sample): boolean {
    const { facts } = this.#memory;
    if (!(this.#open.isOpen('shift') || this.#open.isOpen('scale')) || facts.steps < 3) return false;
    const measured = value * facts.factor + facts.offset;
    const wrong = Math.abs(usual * facts.factor + facts.offset - usual);
    if (Math.abs(measured - usual - facts.base) > OVER * wrong) return false;
    this.#open.clear(time, reading);
    this.#open.settle();
    return true;
  }
}
