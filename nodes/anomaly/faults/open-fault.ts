import { FAULT_CAUSES, type FaultCause } from '../../observation/fault-cause.ts';
import { newestFigure } from './daily-figures.ts';
import type { Finding } from './fault.ts';
import type { SeriesMemory } from './series-memory.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Nothing is told before so many samples and days: what is usual is not known. */
export const YOUNG_SAMPLES = 200;
const YOUNG_DAYS = 7;
/** Hours after which an alarm without an end of its own is over. */
const SPIKE_HOURS = 1;
const EVENT_HOURS = 12;
/** After so many days a fault is how the series is now. */
export const ADOPTED_DAYS = 30;
/** A fault is over when this share of it is left. */
export const OVER = 0.4;
/** Samples until a series has settled after a fault or a gap. */
const SETTLING = 6;

/** The one fault that is open in a series: it is raised, ends by itself or is cleared, and what it told is collected. */
export class OpenFault {
  readonly #memory: SeriesMemory;
  #findings: Finding[] = [];

  constructor(memory: SeriesMemory) {
    this.#memory = memory;
  }

  /** What was found since the last call. */
  takeFindings(): readonly Finding[] {
    const findings = this.#findings;
    this.#findings = [];
    return findings;
  }

  /** Whether any fault is. */
  get isAny(): boolean {
    return this.#memory.facts.open !== 0;
  }

  get cause(): FaultCause | undefined {
    return FAULT_CAUSES[this.#memory.facts.open - 1];
  }

  isOpen(cause: FaultCause): boolean {
    return this.#memory.facts.open === FAULT_CAUSES.indexOf(cause) + 1;
  }

  /** Whether what is open shows from day to day only, and single values can still be judged. */
  isDaily(): boolean {
    return this.isOpen('drift') || this.isOpen('battery') || this.isOpen('leak');
  }

  /** Whether values are learned: nothing is open, or something for which they are put right. */
  learns(): boolean {
    return !this.isAny || this.isOpen('shift') || this.isOpen('scale') || this.isOpen('event');
  }

  /** Whether departures are judged: while nothing else is wrong, and while a shift is open that may end. */
  mayDepart(): boolean {
    return this.learns() || this.isOpen('spike') || this.isDaily();
  }

  isYoung(): boolean {
    const { samples, interval } = this.#memory.facts;
    return samples < YOUNG_SAMPLES || samples * interval < YOUNG_DAYS * DAY;
  }

  raise(
    cause: FaultCause,
    time: number,
    value: number,
    difference: number,
    hours = 0,
    neighbours?: boolean | undefined,
    usualHours = this.#memory.facts.usualRun,
  ): void {
    const { facts } = this.#memory;
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

  clear(time: number, value: number): void {
    const { facts } = this.#memory;
    const { cause } = this;
    if (cause === undefined) return;
    const hours = (time - facts.openSince) / HOUR;
    Object.assign(facts, { open: 0, offset: 0, factor: 1, departed: 0 });
    const nothing = { difference: 0, usualHours: 0, neighbours: undefined };
    this.#findings.push({ cause, state: 'cleared', time, value, hours, ...nothing });
  }

  /** Ends what has no end of its own. */
  expire(time: number, reading: number): void {
    const { facts } = this.#memory;
    if (facts.open === 0) return;
    const hours = (time - facts.openSince) / HOUR;
    const limit = this.isOpen('spike') ? SPIKE_HOURS : this.isOpen('event') ? EVENT_HOURS : ADOPTED_DAYS * 24;
    if (this.isDaily() && this.#isDailyOver()) this.clear(time, reading);
    else if (hours > limit) {
      if (this.isOpen('shift') || this.isOpen('scale')) this.#adopt();
      this.clear(time, reading);
    }
  }

  #isDailyOver(): boolean {
    const { facts } = this.#memory;
    if (facts.time - facts.openSince < 2 * DAY) return false;
    const newest = newestFigure(this.#memory);
    if (this.isOpen('leak')) return newest < facts.openLimit;
    return Math.abs(newest - facts.openLimit) < OVER * Math.abs(facts.openSize);
  }

  /** A shift that stays is the new level. */
  #adopt(): void {
    const { facts } = this.#memory;
    facts.level = facts.level * facts.factor + facts.offset;
  }

  /** Begins anew with what compares samples to those just before. */
  settle(): void {
    const { facts } = this.#memory;
    Object.assign(facts, {
      settling: SETTLING,
      departed: 0,
      comparable: 0,
      spikeWait: 0,
      unrestNow: facts.unrest,
    });
  }
}
