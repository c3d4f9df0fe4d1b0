import { fromEarlierVersion, type Moved, type SavedByFirstVersion } from './earlier-versions.ts';
import { Extremes } from './extremes.ts';
import { emptyForecast, Forecasters } from './forecasters.ts';
import type { LocalClock } from './local-clock.ts';
import { Layout, Memory } from './memory.ts';
import { Peaks } from './peaks.ts';
import { Recent } from './recent.ts';
import { MOST_SURPRISE, TailEstimator } from './tail.ts';

const HOUR = 3_600_000;
/** Samples before the first score: until then nothing is known to be unusual. */
const WARM_UP = 60;
/** A score comes out only if it is above all of the last so many: one alarm per episode, not one per sample. */
const QUIET_SAMPLES = 120;
/** Windows (samples) of the mean deviation from the rhythm. */
const SHORT = 24;
const LONG = 96;
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

/** A value beyond this is no measurement, and its square would not fit into single precision. */
const LARGEST = 1e18;

/** What made a value unusual, and how much it counts. */
const WEIGHTS = { residual: 1, shortMean: 1, longMean: 0.5, extreme: 1.5 } as const;

export type Cause = keyof typeof WEIGHTS;

const CAUSES = Object.keys(WEIGHTS) as Cause[];
/** The causes that are a size, of which the rarest are unusual. */
const SIZES = ['residual', 'shortMean', 'longMean'] as const;

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

/** A detector as it was saved. */
export type SavedDetector = Uint8Array | SavedByFirstVersion;

/** Where the parts of a detector have their numbers, the same for all series. */
const LAYOUT = new Layout();
/** What tells the format: no number of samples, which earlier ones had there. */
const FORMAT = LAYOUT.exact(1);
const THIRD = -3;
/** Samples, time of the newest, usual interval (ms). */
const FACTS = LAYOUT.exact(3);
const EXTREMES = new Extremes(LAYOUT);
const { exact: FORECASTS, rounded: RHYTHM } = LAYOUT.size;
const FORECASTERS = new Forecasters(LAYOUT);
const { exact: TAIL_FACTS, rounded: TAIL_BINS } = LAYOUT.size;
const TAILS: Readonly<Record<(typeof SIZES)[number], TailEstimator>> = {
  residual: new TailEstimator(LAYOUT),
  shortMean: new TailEstimator(LAYOUT),
  longMean: new TailEstimator(LAYOUT),
};
const DEVIATIONS = new Recent(LAYOUT, LONG);
const { rounded: PEAKS } = LAYOUT.size;
const SURPRISES = new Peaks(LAYOUT, QUIET_SAMPLES);

/** What the second version knew that is of use: its windows were others. */
const MOVED: readonly Moved[] = [
  ['exact', 0, FACTS, 5],
  ['exact', 5, FORECASTS, 14],
  ['exact', 19, TAIL_FACTS, 3],
  ['exact', 25, TAIL_FACTS + 3, 3],
  ['rounded', 0, RHYTHM, 384],
  ['rounded', 384, TAIL_BINS, 64],
  ['rounded', 512, TAIL_BINS + 64, 64],
  ['rounded', 700, PEAKS, QUIET_SAMPLES],
];

/**
 * What is known of a sample before it is learned. One for all detectors, which are asked of one sample after the other:
 * thousands a second would otherwise be garbage.
 */
const evaluation = {
  of: undefined as StreamingDetector | undefined,
  time: 0,
  value: 0,
  hourOfWeek: 0,
  forecast: emptyForecast(),
  /** NaN while a window is not full. */
  sizes: { residual: 0, shortMean: 0, longMean: 0 },
  surprises: { residual: 0, shortMean: 0, longMean: 0, extreme: 0 },
  /** Weighted sum of the surprises, of single precision, as it is compared with those kept. */
  surprise: 0,
};

/**
 * Scores one series, sample by sample, without look-ahead or training run: the surprises of several views of a sample
 * (error of a mixture of forecasters, lasting deviations from the local daily and weekly rhythm, new extreme) are -log10
 * of their empirical tail probabilities, capped and summed. Deterministic, fixed memory (4 kB, of which 2 kB are saved
 * after months), restored exactly. Method and figures: docs/anomaly-detector.md.
 */
export class StreamingDetector {
  readonly #clock: LocalClock;
  /** Smaller differences are never unusual. */
  readonly #smallest: number;
  readonly #memory = new Memory(LAYOUT);

  /**
   * `resolution`: smallest step of the sensor; a difference of one step is never unusual (unit of the series).
   * A `saved` state that cannot be read is not used: the detector then begins anew.
   */
  constructor(clock: LocalClock, resolution = 0, saved?: SavedDetector) {
    this.#clock = clock;
    this.#smallest = ONE_STEP * resolution;
    if (saved) this.#restore(saved);
    this.#memory.exact[FORMAT] = THIRD;
  }

  #restore(saved: SavedDetector): void {
    const memory = this.#memory;
    if (saved instanceof Uint8Array && memory.restore(saved) && memory.exact[FORMAT] === THIRD) return;
    memory.clear();
    fromEarlierVersion(saved, memory, MOVED);
  }

  /** Time of the newest sample learned, ms since 1970 UTC; undefined before the first. */
  get newest(): number | undefined {
    const { exact } = this.#memory;
    return exact[FACTS] ? exact[FACTS + 1] : undefined;
  }

  /** Bytes of memory that it takes. */
  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /** Judges a sample that is newer than all learned; changes nothing. `time` in ms since 1970 UTC. */
  scoreOne(time: number, value: number): Judgement {
    this.#evaluate(time, value);
    const { forecast, surprise } = evaluation;
    const reach = Math.max(TAILS.residual.quantile(this.#memory, OUTSIDE_BAND), this.#smallest);
    return {
      score: SURPRISES.isBeyond(this.#memory, surprise) ? 1 - 10 ** (-surprise / SCALE) : 0,
      expected: forecast.value,
      band: [forecast.value - reach, forecast.value + reach],
    };
  }

  /** Why the sample has its score; to be asked before it is learned. Changes nothing. */
  explainOne(time: number, value: number): Reason {
    this.#evaluate(time, value);
    const { hourOfWeek, forecast, surprises } = evaluation;
    const cause = CAUSES.reduce((best, each) =>
      WEIGHTS[each] * surprises[each] > WEIGHTS[best] * surprises[best] ? each : best,
    );
    const memory = this.#memory;
    const length = cause === 'longMean' ? LONG : SHORT;
    const window = Math.min(length - 1, DEVIATIONS.count(memory));
    return {
      cause,
      usual: forecast.week,
      rhythm: FORECASTERS.rhythm.knows(memory, hourOfWeek),
      level: FORECASTERS.level(memory),
      last: FORECASTERS.last(memory),
      hoursSinceLast: (time - (this.newest ?? time)) / HOUR,
      meanDeviation: (DEVIATIONS.sum(memory, window) + value - forecast.week) / (window + 1),
      meanHours: (window * (memory.exact[FACTS + 2] ?? 0)) / HOUR,
    };
  }

  /** Takes a sample into account. One that is not newer than the newest, or no measurement, is ignored. */
  learnOne(time: number, value: number): void {
    const { newest } = this;
    if (!(Math.abs(value) < LARGEST) || (newest !== undefined && time <= newest)) return;
    this.#evaluate(time, value);
    evaluation.of = undefined;
    const { hourOfWeek, forecast, sizes, surprises, surprise } = evaluation;
    const memory = this.#memory;
    for (const cause of SIZES) {
      if (!Number.isNaN(sizes[cause])) TAILS[cause].learn(memory, sizes[cause], surprises[cause]);
    }
    if (this.#steps(time) > GAP) DEVIATIONS.clear(memory);
    DEVIATIONS.push(memory, value - forecast.week);
    SURPRISES.push(memory, surprise);
    const usual = this.#learnFacts(time, value);
    FORECASTERS.learn(memory, forecast, hourOfWeek, value, Math.max(1, HOUR / (usual || HOUR)));
  }

  /** The whole memory, for the constructor of another detector. */
  toBytes(): Uint8Array {
    return this.#memory.toBytes();
  }

  /** The usual interval in ms with this sample. */
  #learnFacts(time: number, value: number): number {
    const { exact } = this.#memory;
    const count = exact[FACTS] ?? 0;
    const usual = nextInterval(exact[FACTS + 2] ?? 0, count, time - (exact[FACTS + 1] ?? 0));
    exact[FACTS] = count + 1;
    exact[FACTS + 1] = time;
    exact[FACTS + 2] = usual;
    EXTREMES.learn(this.#memory, value, count);
    return usual;
  }

  /** Time since the newest sample in usual intervals. */
  #steps(time: number): number {
    const { exact } = this.#memory;
    const count = exact[FACTS] ?? 0;
    return count > 1 ? (time - (exact[FACTS + 1] ?? 0)) / (exact[FACTS + 2] ?? 0) : 1;
  }

  #evaluate(time: number, value: number): void {
    if (evaluation.of === this && evaluation.time === time && evaluation.value === value) return;
    evaluation.of = this;
    evaluation.time = time;
    evaluation.value = value;
    evaluation.hourOfWeek = this.#clock.hourOfWeek(time);
    const steps = this.#steps(time);
    FORECASTERS.forecast(this.#memory, evaluation.hourOfWeek, steps, evaluation.forecast);
    this.#measure(value, steps > GAP);
    this.#surprise(value);
    const { residual, shortMean, longMean, extreme } = evaluation.surprises;
    evaluation.surprise = Math.fround(
      WEIGHTS.residual * residual +
        WEIGHTS.shortMean * shortMean +
        WEIGHTS.longMean * longMean +
        WEIGHTS.extreme * extreme,
    );
  }

  /** How far the sample is off in each view. */
  #measure(value: number, afterGap: boolean): void {
    const { forecast, sizes } = evaluation;
    const memory = this.#memory;
    const deviation = value - forecast.week;
    const others = afterGap ? 0 : DEVIATIONS.count(memory);
    const mean = (length: number): number => (DEVIATIONS.sum(memory, length - 1) + deviation) / length;
    sizes.residual = memory.exact[FACTS] ? Math.abs(value - forecast.value) : Number.NaN;
    sizes.shortMean = others >= SHORT - 1 ? Math.abs(mean(SHORT)) : Number.NaN;
    sizes.longMean = others >= LONG - 1 ? Math.abs(mean(LONG)) : Number.NaN;
  }

  /** How rare that is; nothing is while the series is young. */
  #surprise(value: number): void {
    const { sizes, surprises } = evaluation;
    const memory = this.#memory;
    const count = memory.exact[FACTS] ?? 0;
    surprises.extreme = 0;
    for (const cause of SIZES) {
      const size = sizes[cause];
      // Not so for NaN either.
      const counts = count >= WARM_UP && size > this.#smallest;
      surprises[cause] = counts ? TAILS[cause].surprise(memory, size) : 0;
    }
    if (count < WARM_UP) return;
    const margin = Math.max(EXTREME_MARGIN * TAILS.residual.mean(memory), this.#smallest);
    surprises.extreme = Math.min(MOST_SURPRISE, EXTREMES.surprise(memory, value, count, margin));
  }
}

/** Usual interval in ms after one more; an outage counts as four intervals at most. */
function nextInterval(interval: number, count: number, latest: number): number {
  if (count === 0) return 0;
  if (count < 3) return count === 1 ? latest : Math.min(interval, latest);
  return interval + (Math.min(latest, 4 * interval) - interval) / INTERVAL_MEMORY;
}
