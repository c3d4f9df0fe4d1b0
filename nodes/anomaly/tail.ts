import type { Memory } from './memory.ts';

/** Bins of the histogram, four per doubling; bin 24 begins at the mean, so that 2^-6 to 2^10 times the mean fits. */
const BINS = 64;
const BINS_PER_DOUBLING = 4;
const BIN_OF_MEAN = 24;
/** Samples over which mean and histogram forget: half a year of hourly readings. */
const MEAN_MEMORY = 5000;
const HISTOGRAM_MEMORY = 10_000;
/** Samples between two steps of forgetting: going through all bins for each one would cost more than all the rest. */
const FORGET_EVERY = 50;
const KEPT = (1 - 1 / HISTOGRAM_MEMORY) ** FORGET_EVERY;
/** Fewer samples say nothing about what is rare. */
const FEWEST = 20;
/** A value this many times the mean counts as this many, so that one wild sample does not make the next one ordinary. */
const CLIP = 8;
/** Surprise by rank alone at most: rarer than one in 10,000 cannot be known from the memory above. */
export const MOST_SURPRISE = 4;
/** Surprise more per doubling beyond everything in memory, and how much more at most. */
const PER_DOUBLING = 3;
const MOST_BEYOND = 3;
/** A bin with less weight than this is as good as forgotten. */
const FORGOTTEN = 0.5;

/**
 * How rare a magnitude is among those seen before: a forgetting histogram on a logarithmic scale relative to the
 * forgetting mean, so that neither a unit nor a shape of distribution has to be assumed.
 */
export class TailEstimator {
  static readonly SIZE = 3 + BINS;

  /** Samples learned, mean magnitude, weight of all bins. */
  readonly #facts: Float64Array;
  readonly #bins: Float64Array;

  constructor(memory: Memory) {
    this.#facts = memory.take(3);
    this.#bins = memory.take(BINS);
  }

  get #count(): number {
    return this.#facts[0] ?? 0;
  }

  get #weight(): number {
    return this.#facts[2] ?? 0;
  }

  /** Mean magnitude so far. */
  get mean(): number {
    return this.#facts[1] ?? 0;
  }

  /**
   * -log10 of the share of earlier samples at least this large, and more the further it is
   * beyond all of them; 0 while too little is known.
   */
  surprise(magnitude: number): number {
    const bins = this.#bins;
    if (this.#count < FEWEST) return 0;
    const bin = binOf(magnitude / this.mean);
    let beyond = 0.5 * (bins[bin] ?? 0);
    for (let i = BINS - 1; i > bin; i--) beyond += bins[i] ?? 0;
    const byRank = Math.min(MOST_SURPRISE, -Math.log10((beyond + 0.5) / (this.#weight + 1)));
    return beyond < FORGOTTEN ? byRank + this.#beyondMemory(bin) : byRank;
  }

  /** What a magnitude larger than all in memory adds, by how much larger it is. */
  #beyondMemory(bin: number): number {
    let largest = bin;
    while (largest > 0 && (this.#bins[largest] ?? 0) < FORGOTTEN) largest--;
    return Math.min(MOST_BEYOND, (PER_DOUBLING * (bin - largest)) / BINS_PER_DOUBLING);
  }

  /** The magnitude that all but `share` of the samples stay below (upper end of its bin). */
  quantile(share: number): number {
    const bins = this.#bins;
    const least = share * this.#weight;
    let beyond = 0;
    let bin = BINS;
    while (bin > 0 && beyond + (bins[bin - 1] ?? 0) <= least) beyond += bins[--bin] ?? 0;
    return this.mean * 2 ** ((bin - BIN_OF_MEAN) / BINS_PER_DOUBLING);
  }

  learn(magnitude: number): void {
    const bins = this.#bins;
    const before = this.#count;
    const meanBefore = this.mean;
    const count = before + 1;
    const clipped = before > FEWEST ? Math.min(magnitude, CLIP * meanBefore) : magnitude;
    const mean = Math.max(
      meanBefore + (clipped - meanBefore) / Math.min(count, MEAN_MEMORY),
      Number.MIN_VALUE,
    );
    if (count % FORGET_EVERY === 0) this.#forget();
    const bin = binOf(magnitude / mean);
    bins[bin] = (bins[bin] ?? 0) + 1;
    this.#facts[0] = count;
    this.#facts[1] = mean;
    this.#facts[2] = this.#weight + 1;
  }

  #forget(): void {
    const bins = this.#bins;
    for (let i = 0; i < BINS; i++) bins[i] = (bins[i] ?? 0) * KEPT;
    this.#facts[2] = this.#weight * KEPT;
  }
}

function binOf(ratio: number): number {
  const bin = Math.floor(BINS_PER_DOUBLING * Math.log2(ratio) + BIN_OF_MEAN);
  return Math.min(Math.max(bin, 0), BINS - 1) || 0;
}
