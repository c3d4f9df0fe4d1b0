import { type Forecast, Forecasters } from './forecasters.ts';
import type { LocalClock } from './local-clock.ts';
import { Memory } from './memory.ts';
import { Recent } from './recent.ts';
import { MOST_SURPRISE, TailEstimator } from './tail.ts';

const HOUR = 3_600_000;
/** Samples before the first score: until then nothing is known to be unusual. */
const WARM_UP = 60;
/** A score comes out only if it is above all of the last so many: one alarm per episode, not one per sample. */
const QUIET_SAMPLES = 120;
/** Windows (samples) of the mean deviation from the rhythm. */
const SHORT = 6;
const LONG = 24;
/** Windows of the level shift: the newest against those before. */
const SHIFT_NEW = 12;
const SHIFT_OLD = 48;
/** A gap of this many usual intervals empties the windows. */
const GAP = 12;
/** Memory of the usual interval, samples. */
const INTERVAL_MEMORY = 50;
/** A new extreme counts if it is beyond the old one by this share of the mean error. */
const EXTREME_MARGIN = 0.5;
/** Share of earlier samples outside the band. */
const OUTSIDE_BAND = 0.005;
/** Differences of one step of the sensor's resolution, in steps, rounding included. */
const ONE_STEP = 1.5;
/** Surprise (sum of -log10 probabilities) at which the score is 0.9. */
const SCALE = 6.66;

/** What made a value unusual. */
export type Cause = 'residual' | 'shortMean' | 'longMean' | 'extreme' | 'shift';

const WEIGHTS: Readonly<Record<Cause, number>> = {
  residual: 1,
  shortMean: 0.5,
  longMean: 1,
  extreme: 1,
  shift: 0.5,
};
const CAUSES = Object.keys(WEIGHTS) as Cause[];
const MAGNITUDES = ['residual', 'shortMean', 'longMean', 'shift'] as const;

export interface Judgement {
  /** 0 (ordinary) to 1, by how rare such a sample was so far. 0 while an episode lasts that was let out before. */
  score: number;
  /** Value expected now, and what is normal around it; the series' own unit. */
  expected: number;
  band: [number, number];
}

/** What an explanation is made of. */
export interface Reason {
  /** The view that was surprised most. */
  cause: Cause;
  /** What is usual at this time by the rhythm, and what is known of the rhythm here. */
  usual: number;
  rhythm: 'nothing' | 'day' | 'week';
  /** Mean level lately. */
  level: number;
  /** Value before, and hours since then. */
  last: number;
  hoursSinceLast: number;
  /** Mean deviation from the rhythm and the hours it covers, for the cause that is such a mean. */
  meanDeviation: number;
  meanHours: number;
}

/** A detector as it is saved. */
export interface SavedDetector {
  version: number;
  numbers: string;
}

const VERSION = 1;
const SIZE =
  6 +
  Forecasters.SIZE +
  4 * TailEstimator.SIZE +
  Recent.sizeOf(SHIFT_NEW + SHIFT_OLD) +
  Recent.sizeOf(QUIET_SAMPLES);

interface Evaluation {
  time: number;
  value: number;
  hourOfWeek: number;
  forecast: Forecast;
  magnitudes: Record<Exclude<Cause, 'extreme'>, number | undefined>;
  surprises: Record<Cause, number>;
  /** Weighted sum of the surprises. */
  surprise: number;
}

/**
 * Scores one series, sample by sample, without look-ahead or training run: the surprises of several views of a sample
 * (error of a mixture of forecasters, lasting deviation from the local daily and weekly rhythm, new extreme, level
 * shift) are -log10 of their empirical tail probabilities, capped and summed. Deterministic, fixed memory (below 10 kB
 * saved), restored exactly. The idea of empirical residual tails follows the entries of the Numenta Anomaly Benchmark.
 */
export class StreamingDetector {
  readonly #clock: LocalClock;
  /** Smaller differences are never unusual. */
  readonly #smallest: number;
  readonly #memory: Memory;
  /** Samples, time of the newest, usual interval (ms), lowest and highest value. */
  readonly #facts: Float64Array;
  readonly #forecasters: Forecasters;
  readonly #tails: Record<Exclude<Cause, 'extreme'>, TailEstimator>;
  readonly #deviations: Recent;
  readonly #surprises: Recent;
  #evaluation: Evaluation | undefined;

  /**
   * `resolution`: smallest step of the sensor; a difference of one step is never unusual (unit of the series).
   * A `saved` state of another version is not used: the detector then begins anew.
   */
  constructor(clock: LocalClock, resolution = 0, saved?: SavedDetector) {
    this.#clock = clock;
    this.#smallest = ONE_STEP * resolution;
    const memory = new Memory(SIZE, saved?.version === VERSION ? saved.numbers : undefined);
    this.#memory = memory;
    this.#facts = memory.take(6);
    this.#forecasters = new Forecasters(memory);
    this.#tails = {
      residual: new TailEstimator(memory),
      shortMean: new TailEstimator(memory),
      longMean: new TailEstimator(memory),
      shift: new TailEstimator(memory),
    };
    this.#deviations = new Recent(memory, SHIFT_NEW + SHIFT_OLD);
    this.#surprises = new Recent(memory, QUIET_SAMPLES);
  }

  /** Time of the newest sample learned, ms since 1970 UTC; undefined before the first. */
  get newest(): number | undefined {
    return this.#facts[0] ? this.#facts[1] : undefined;
  }

  /** Judges a sample that is newer than all learned; changes nothing. `time` in ms since 1970 UTC. */
  scoreOne(time: number, value: number): Judgement {
    const { forecast, surprise } = this.#evaluate(time, value);
    const reach = Math.max(this.#tails.residual.quantile(OUTSIDE_BAND), this.#smallest);
    return {
      score: surprise > 0 && surprise > this.#surprises.max() ? 1 - 10 ** (-surprise / SCALE) : 0,
      expected: forecast.value,
      band: [forecast.value - reach, forecast.value + reach],
    };
  }

  /** Why the sample has its score; to be asked before it is learned. Changes nothing. */
  explainOne(time: number, value: number): Reason {
    const { hourOfWeek, forecast, surprises } = this.#evaluate(time, value);
    const cause = CAUSES.reduce((best, each) =>
      WEIGHTS[each] * surprises[each] > WEIGHTS[best] * surprises[best] ? each : best,
    );
    const [, newest = time, interval = 0] = this.#facts;
    const length = cause === 'shortMean' ? SHORT : cause === 'shift' ? SHIFT_NEW : LONG;
    const window = Math.min(length - 1, this.#deviations.count);
    return {
      cause,
      usual: forecast.week,
      rhythm: this.#forecasters.rhythm.knows(hourOfWeek),
      level: this.#forecasters.level,
      last: this.#forecasters.last,
      hoursSinceLast: (time - newest) / HOUR,
      meanDeviation: (this.#deviations.sum(window) + value - forecast.week) / (window + 1),
      meanHours: (window * interval) / HOUR,
    };
  }

  /** Takes a sample into account. One that is not newer than the newest, or no number, is ignored. */
  learnOne(time: number, value: number): void {
    const facts = this.#facts;
    const count = facts[0] ?? 0;
    const last = facts[1] ?? 0;
    const interval = facts[2] ?? 0;
    if (!Number.isFinite(value) || (count > 0 && time <= last)) return;
    const evaluation = this.#evaluate(time, value);
    this.#evaluation = undefined;
    const { hourOfWeek, forecast, magnitudes } = evaluation;
    for (const cause of MAGNITUDES) {
      const magnitude = magnitudes[cause];
      if (magnitude !== undefined) this.#tails[cause].learn(magnitude);
    }
    if (this.#steps(time) > GAP) this.#deviations.clear();
    this.#deviations.push(value - forecast.week);
    this.#surprises.push(evaluation.surprise);
    const usual = nextInterval(interval, count, time - last);
    this.#forecasters.learn(forecast, hourOfWeek, value, Math.max(1, HOUR / (usual || HOUR)));
    facts[0] = count + 1;
    facts[1] = time;
    facts[2] = usual;
    facts[3] = count === 0 ? value : Math.min(facts[3] ?? value, value);
    facts[4] = count === 0 ? value : Math.max(facts[4] ?? value, value);
  }

  toJSON(): SavedDetector {
    return { version: VERSION, numbers: this.#memory.toBase64() };
  }

  /** Time since the newest sample in usual intervals. */
  #steps(time: number): number {
    const count = this.#facts[0] ?? 0;
    const last = this.#facts[1] ?? 0;
    const interval = this.#facts[2] ?? 0;
    return count > 1 ? (time - last) / interval : 1;
  }

  #evaluate(time: number, value: number): Evaluation {
    const known = this.#evaluation;
    if (known && known.time === time && known.value === value) return known;
    const hourOfWeek = this.#clock.hourOfWeek(time);
    const steps = this.#steps(time);
    const forecast = this.#forecasters.forecast(hourOfWeek, steps);
    const magnitudes = this.#magnitudes(value, forecast, steps > GAP);
    const surprises = this.#surprisesOf(value, magnitudes);
    const surprise = CAUSES.reduce((sum, cause) => sum + WEIGHTS[cause] * surprises[cause], 0);
    this.#evaluation = { time, value, hourOfWeek, forecast, magnitudes, surprises, surprise };
    return this.#evaluation;
  }

  /** How far the sample is off in each view; undefined while a window is not full. */
  #magnitudes(value: number, forecast: Forecast, afterGap: boolean): Evaluation['magnitudes'] {
    const deviation = value - forecast.week;
    const window = this.#deviations;
    const full = (length: number): boolean => !afterGap && window.count >= length - 1;
    const mean = (length: number): number => (window.sum(length - 1) + deviation) / length;
    return {
      residual: this.#facts[0] ? Math.abs(value - forecast.value) : undefined,
      shortMean: full(SHORT) ? Math.abs(mean(SHORT)) : undefined,
      longMean: full(LONG) ? Math.abs(mean(LONG)) : undefined,
      shift: full(SHIFT_NEW + SHIFT_OLD)
        ? Math.abs(mean(SHIFT_NEW) - window.sum(SHIFT_OLD, SHIFT_NEW - 1) / SHIFT_OLD)
        : undefined,
    };
  }

  #surprisesOf(value: number, magnitudes: Evaluation['magnitudes']): Record<Cause, number> {
    const count = this.#facts[0] ?? 0;
    const lowest = this.#facts[3] ?? 0;
    const highest = this.#facts[4] ?? 0;
    if (count < WARM_UP) return { residual: 0, shortMean: 0, longMean: 0, extreme: 0, shift: 0 };
    const surprise = (cause: Exclude<Cause, 'extreme'>): number => {
      const magnitude = magnitudes[cause] ?? 0;
      return magnitude <= this.#smallest ? 0 : this.#tails[cause].surprise(magnitude);
    };
    const beyond = Math.max(value - highest, lowest - value);
    const margin = Math.max(EXTREME_MARGIN * this.#tails.residual.mean, this.#smallest);
    return {
      residual: surprise('residual'),
      shortMean: surprise('shortMean'),
      longMean: surprise('longMean'),
      extreme: beyond > margin ? Math.min(MOST_SURPRISE, Math.log10(count)) : 0,
      shift: surprise('shift'),
    };
  }
}

/** Usual interval in ms after one more; an outage counts as four intervals at most. */
function nextInterval(interval: number, count: number, latest: number): number {
  if (count === 0) return 0;
  if (count < 3) return count === 1 ? latest : Math.min(interval, latest);
  return interval + (Math.min(latest, 4 * interval) - interval) / INTERVAL_MEMORY;
}
