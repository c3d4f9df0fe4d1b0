import type { Layout, Memory } from './memory.ts';

/** Bins of the histogram, four per doubling; bin 24 begins at the mean, so that 2^-6 to 2^10 times the mean fits. */
const BINS = 64;
const BINS_PER_DOUBLING = 4;
const BIN_OF_MEAN = 24;
/** Samples over which mean and histogram forget: a year of hourly readings. */
const MEAN_MEMORY = 10_000;
const HISTOGRAM_MEMORY = 10_000;
/** Samples between two steps of forgetting: going through all bins for each one would cost more than all the rest. */
const FORGET_EVERY = 50;
const KEPT = (1 - 1 / HISTOGRAM_MEMORY) ** FORGET_EVERY;
/** Fewer samples say nothing about what is rare. */
const FEWEST = 20;
/** A value this many times the mean counts as this many, so that one wild sample does not make the next one ordinary. */
const CLIP = 8;
/** Surprise by rank alone at most: what is rarer than one in 3000 is not known well from the memory above. */
export const MOST_SURPRISE = 3.5;
/** Surprise more per doubling beyond everything in memory, and how much more at most. */
const PER_DOUBLING = 3;
const MOST_BEYOND = 3;
/** A bin with less weight than this is as good as forgotten. */
const FORGOTTEN = 0.5;
/** A sample counts 10 times less for each `HARDLY_LEARNED` of surprise above `ORDINARY`, but this much at least. */
const ORDINARY = 0.5;
const HARDLY_LEARNED = 2;
const LEAST_WEIGHT = 0.2;

/**
 * How rare a magnitude is among those seen before: a forgetting histogram on a logarithmic scale relative to the
 * forgetting mean, so that neither a unit nor a shape of distribution has to be assumed.
 */
export class TailEstimator {
  /** Samples learned, mean magnitude, weight of all bins. */
  readonly #count: number;
  readonly #mean: number;
  readonly #weight: number;
  readonly #bins: number;

  constructor(layout: Layout) {
    this.#count = layout.exact(1);
    this.#mean = layout.exact(1);
    this.#weight = layout.exact(1);
    this.#bins = layout.rounded(BINS);
  }

  /** Mean magnitude so far. */
  mean({ exact }: Memory): number {
    return exact[this.#mean] ?? 0;
  }

  /**
   * -log10 of the share of earlier samples at least this large, and more the further it is
   * beyond all of them; 0 while too little is known.
   */
  surprise({ exact, rounded }: Memory, magnitude: number): number {
    if ((exact[this.#count] ?? 0) < FEWEST) return 0;
    const bins = this.#bins;
    const bin = binOf(magnitude / (exact[this.#mean] ?? 0));
    let beyond = 0.5 * (rounded[bins + bin] ?? 0);
    for (let i = BINS - 1; i > bin; i--) beyond += rounded[bins + i] ?? 0;
    const share = (beyond + 0.5) / ((exact[this.#weight] ?? 0) + 1);
    const byRank = Math.min(MOST_SURPRISE, -Math.log10(share));
    return beyond < FORGOTTEN ? byRank + this.#beyondMemory(rounded, bin) : byRank;
  }

  /** What a magnitude larger than all in memory adds, by how much larger it is. */
  #beyondMemory(rounded: Float32Array, bin: number): number {
    let largest = bin;
    while (largest > 0 && (rounded[this.#bins + largest] ?? 0) < FORGOTTEN) largest--;
    return Math.min(MOST_BEYOND, (PER_DOUBLING * (bin - largest)) / BINS_PER_DOUBLING);
  }

  /** The magnitude that all but `share` of the samples stay below (upper end of its bin). */
  quantile({ exact, rounded }: Memory, share: number): number {
    const bins = this.#bins;
    const least = share * (exact[this.#weight] ?? 0);
    let beyond = 0;
    let bin = BINS;
    while (bin > 0 && beyond + (rounded[bins + bin - 1] ?? 0) <= least) beyond += rounded[bins + --bin] ?? 0;
    return (exact[this.#mean] ?? 0) * 2 ** ((bin - BIN_OF_MEAN) / BINS_PER_DOUBLING);
  }

  /**
   * `surprise`: what was said of it. What was unusual counts less, so that the second spike is unusual too, and the
   * hours of an episode do not make the next one ordinary.
   */
  learn({ exact, rounded }: Memory, magnitude: number, surprise: number): void {
    const before = exact[this.#count] ?? 0;
    const meanBefore = exact[this.#mean] ?? 0;
    const count = before + 1;
    // A series that has only been constant so far has no scale yet.
    const clipped = before > FEWEST && meanBefore > 0 ? Math.min(magnitude, CLIP * meanBefore) : magnitude;
    const mean = meanBefore + (clipped - meanBefore) / Math.min(count, MEAN_MEMORY);
    let weight = exact[this.#weight] ?? 0;
    if (count % FORGET_EVERY === 0) {
      weight *= KEPT;
      for (let i = this.#bins; i < this.#bins + BINS; i++) rounded[i] = (rounded[i] ?? 0) * KEPT;
    }
    const bin = this.#bins + binOf(magnitude / mean);
    const learned = weightOf(surprise);
    rounded[bin] = (rounded[bin] ?? 0) + learned;
    exact[this.#count] = count;
    exact[this.#mean] = mean;
    exact[this.#weight] = weight + learned;
  }
}

function weightOf(surprise: number): number {
  if (surprise <= ORDINARY) return 1;
  return Math.max(LEAST_WEIGHT, 10 ** ((ORDINARY - surprise) / HARDLY_LEARNED));
}

function binOf(ratio: number): number {
  const bin = Math.floor(BINS_PER_DOUBLING * Math.log2(ratio) + BIN_OF_MEAN);
  return Math.min(Math.max(bin, 0), BINS - 1) || 0;
}
