import type { Quality, QualityFlag, QualityReason } from '../observation/observation.ts';
import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import { COMPARED } from './companions.ts';
import { counterStep } from './counter.ts';
import { extendRun, flatLine, newRun, skipInRun } from './flat-run.ts';
import type { QualityLimits } from './limits.ts';
import {
  climateAt,
  climatology,
  gap,
  grossRange,
  HOUR,
  hourlyRate,
  rateOfChange,
  type Span,
  spike,
  worse,
} from './qartod.ts';
import { PASSED, reasonOf, withReason } from './reasons.ts';
import { hasProbe, isProbeSentinel, isSentinel } from './sentinels.ts';
import type { Sample, SeriesState } from './series-state.ts';
import { attenuatedSignal, rangeOf, slide } from './signal-window.ts';

/** The tests by the QARTOD manuals' names, and what sensors do besides. */
export const QUALITY_TESTS = [
  'gap',
  'gross_range',
  'climatology',
  'spike',
  'rate_of_change',
  'flat_line',
  'attenuated_signal',
  'multi_variate',
  'neighbour',
  'counter',
  'clock',
  'battery',
] as const;
export type QualityTest = (typeof QUALITY_TESTS)[number];

/** A verdict on the sample before, which the newest one made clear. `time` in ms since 1970 UTC. */
export interface Revision {
  time: number;
  quality: Quality;
}

/** Local month (1 to 12) and hour (0 to 23) of a moment. */
export type LocalParts = (time: number) => { month: number; hour: number };

/** What a test that is switched off, or has nothing to go by, says. */
const SILENT = 2;
/** A sample this much further from its neighbours in time is no spike but another day. */
const SPIKE_WITHIN = 3 * HOUR;
/** Usual intervals without a sample after which there is a gap, and hours below which there is none. */
const GAP_INTERVALS = 4;
const GAP_LEAST = 0.5;

/** The tests of one quantity, with the limits that they hold its values against. */
export class SeriesCheck {
  readonly limits: QualityLimits;
  /** Whether it is held against other values of its device. */
  readonly isCompared: boolean;
  /** Whether it is a meter, and to be looked at as one. */
  readonly isCounter: boolean;
  readonly #tests: ReadonlySet<QualityTest>;
  readonly #unit: string;
  readonly #hasProbe: boolean;
  readonly #localParts: LocalParts;
  /** Found out about the sample that is being judged. */
  #reasons: QualityReason[] = [];
  #revision: Revision | undefined;

  constructor(
    id: QuantityId,
    limits: QualityLimits,
    tests: ReadonlySet<QualityTest>,
    localParts: LocalParts,
  ) {
    const { unit, kind }: Quantity = QUANTITIES[id];
    this.#unit = unit;
    this.isCompared = COMPARED.has(id);
    this.isCounter = kind === 'counter' && tests.has('counter');
    this.#hasProbe = hasProbe(id) && tests.has('gross_range');
    this.#tests = tests;
    this.#localParts = localParts;
    this.limits = {
      ...(tests.has('gross_range') && { fail: limits.fail, suspect: limits.suspect }),
      ...(tests.has('climatology') && { climate: limits.climate }),
      ...(tests.has('rate_of_change') && { ratePerHour: limits.ratePerHour }),
      ...(tests.has('spike') && { spike: limits.spike }),
      ...(tests.has('flat_line') && { flat: limits.flat }),
      ...(tests.has('attenuated_signal') && { attenuation: limits.attenuation }),
      ...(tests.has('neighbour') && { neighbours: limits.neighbours }),
      gapHours: limits.gapHours,
    };
  }

  /** The verdict on what is no number. It ends no run of equal values. `time` in ms since 1970 UTC. */
  missing(state: SeriesState | undefined, time: number): Quality {
    if (state?.run && time > state.time) skipInRun(state.run, time);
    return { flag: 9, reasons: [reasonOf('gross_range', 9, 'missing', this.#unit)] };
  }

  /** The verdict on a sample that is older than the newest: only its range and season count. */
  late(time: number, value: number): Quality {
    const flag = worse(SILENT, this.#bounds(time, value, undefined));
    this.#note('late', SILENT, 'late');
    return this.#verdict(flag);
  }

  /** The verdict on a sample whose time cannot be right: as `late`, and suspect. */
  mistimed(time: number, value: number, key: 'clock_ahead' | 'clock_stuck', minutes: number): Quality {
    const flag = worse(3, this.#bounds(time, value, undefined));
    this.#note('clock', 3, key, { minutes });
    return this.#verdict(flag);
  }

  /** The verdict on a sample that is newer than all before; `state` then tells of it. `time` in ms since 1970 UTC. */
  advance(state: SeriesState, time: number, value: number): Quality {
    const bounds = this.#bounds(time, value, state.good?.value);
    let flag = bounds;
    if (state.good) flag = worse(flag, this.#changes(state, state.good, time, value));
    else if (this.limits.ratePerHour !== undefined) flag = worse(flag, PASSED.flag);
    if (bounds !== 4) flag = worse(flag, this.#movement(state, time, value));
    this.#pace(state, time);
    remember(state, time, value, bounds !== 4);
    const verdict = this.#verdict(flag);
    state.verdict = verdict === PASSED ? undefined : verdict;
    return verdict;
  }

  /** What the sample told last made clear about the one before it, if anything. */
  takeRevision(): Revision | undefined {
    const revision = this.#revision;
    this.#revision = undefined;
    return revision;
  }

  /** Sentinel, gross range and climatology. */
  #bounds(time: number, value: number, previous: number | undefined): QualityFlag {
    const { fail, suspect, climate } = this.limits;
    if (this.#hasProbe && isProbeSentinel(value, previous)) {
      this.#note('gross_range', 4, 'sentinel', { value });
      return 4;
    }
    const range = grossRange(value, fail, suspect);
    if (range === 4 && fail) this.#noteSpan('gross_range', 4, 'impossible', value, fail);
    else if (range === 3 && suspect) this.#noteSpan('gross_range', 3, 'unusual', value, suspect);
    if (!climate) return range;
    const { month, hour } = this.#localParts(time);
    const period = climateAt(climate, month, hour);
    const season = climatology(value, period);
    if (period && season > SILENT) this.#noteSpan('climatology', season, 'season', value, period.suspect);
    return worse(range, season);
  }

  /** Spike of the sample before, rate of change, counter. What failed is no reference: a spike makes no suspect after it. */
  #changes(state: SeriesState, good: Sample, time: number, value: number): QualityFlag {
    const { ratePerHour } = this.limits;
    const { before } = state;
    const reference = before && this.#wasSpike(state, before, good, time, value) ? before : good;
    let flag: QualityFlag = SILENT;
    if (ratePerHour !== undefined) {
      const rate = hourlyRate(reference, time, value);
      flag = rateOfChange(rate, ratePerHour);
      if (flag !== 1) this.#note('rate_of_change', flag, 'rate', { rate, limit: ratePerHour });
    }
    return this.isCounter ? worse(flag, this.#count(state, good, value)) : flag;
  }

  /** Whether the good sample before the present one fails as a spike. */
  #wasSpike(state: SeriesState, before: Sample, good: Sample, time: number, value: number): boolean {
    const limit = this.limits.spike;
    if (!limit || time - before.time > SPIKE_WITHIN) return false;
    const flag = spike(before.value, good.value, value, limit, 'differential');
    if (flag > SILENT && flag !== 9) this.#revise(state, good, flag, 'spike', 'spike');
    return flag === 4;
  }

  #count(state: SeriesState, good: Sample, value: number): QualityFlag {
    const { kind } = counterStep(state.before?.value, good.value, value);
    if (kind === 'grew') return 1;
    const facts = { value, previous: good.value };
    if (kind === 'back') this.#revise(state, good, 4, 'counter', 'counter_jump');
    else this.#note('counter', kind === 'reset' ? 3 : 1, `counter_${kind}`, facts);
    return kind === 'reset' ? 3 : 1;
  }

  /** Flat line and attenuated signal. */
  #movement(state: SeriesState, time: number, value: number): QualityFlag {
    const { flat, attenuation } = this.limits;
    let flag: QualityFlag = SILENT;
    if (flat) {
      // A run of an earlier version has no tail.
      if (state.run?.tail) extendRun(state.run, time, value, flat.tolerance);
      else state.run = newRun(time, value);
      flag = flatLine(state.run, time, flat);
      if (flag !== 1) this.#note('flat_line', flag, 'flat', { hours: spokenHours(time - state.run.since) });
    }
    if (attenuation) {
      state.window ??= [];
      slide(state.window, time, value, attenuation.hours);
      const attenuated = attenuatedSignal(state.window, attenuation);
      // What stands still has been said to be stuck.
      if (attenuated > SILENT && flag <= SILENT)
        this.#note('attenuated_signal', attenuated, 'attenuated', {
          range: rangeOf(state.window),
          hours: attenuation.hours,
        });
      flag = worse(flag, attenuated);
    }
    return flag;
  }

  /** Gap test: that nothing came for long is a remark on the sample after it, and no fault of that one. */
  #pace(state: SeriesState, time: number): void {
    const interval = time - state.time;
    if (interval <= 0) return;
    const { step = interval } = state;
    const { gapHours } = this.limits;
    if (interval > (gapHours ?? GAP_LEAST) * HOUR && this.#tests.has('gap')) {
      const limit = gapHours ?? (GAP_INTERVALS * step) / HOUR;
      if (gap(state.time, time, limit) === 4)
        this.#note('gap', SILENT, 'gap', { hours: spokenHours(interval) });
    }
    state.step = interval < step ? Math.max(interval, step * 0.8) : Math.min(interval, step * 2);
  }

  #note(test: string, flag: QualityFlag, key: string, facts?: Record<string, number>): void {
    this.#reasons.push(reasonOf(test, flag, key, this.#unit, facts));
  }

  #noteSpan(test: string, flag: QualityFlag, key: string, value: number, [low, high]: Span): void {
    const known = flag === 4 && test === 'gross_range' && isSentinel(value);
    this.#note(test, flag, known ? 'sentinel' : key, { value, low, high });
  }

  /** Adds to what was said of the good sample before the present one. */
  #revise(
    state: SeriesState,
    { time, value }: Sample,
    flag: QualityFlag,
    test: QualityTest,
    key: string,
  ): void {
    const said = state.time === time ? (state.verdict ?? PASSED) : PASSED;
    this.#revision = {
      time,
      quality: withReason(said, reasonOf(test, flag, key, this.#unit, { value })),
    };
  }

  #verdict(flag: QualityFlag): Quality {
    if (this.#reasons.length === 0) return flag === 1 ? PASSED : { flag, reasons: [] };
    const reasons = this.#reasons;
    this.#reasons = [];
    return { flag, reasons };
  }
}

/** Makes a sample the newest of its series; a good one is what the next is compared with. */
function remember(state: SeriesState, time: number, value: number, good: boolean): void {
  state.time = time;
  state.value = value;
  if (!good) return;
  const { before, good: last } = state;
  if (!last) state.good = { time, value };
  else if (!before) {
    state.before = last;
    state.good = { time, value };
  } else {
    state.before = last;
    before.time = time;
    before.value = value;
    state.good = before;
  }
}

/** ms as hours that can be read aloud: whole ones from ten on, else with one decimal. */
function spokenHours(span: number): number {
  const hours = span / HOUR;
  return hours < 10 ? Math.round(hours * 10) / 10 : Math.round(hours);
}
