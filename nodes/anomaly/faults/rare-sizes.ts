/** Bins per doubling of size, and the smallest size that has one of its own. */
const PER_OCTAVE = 6;
const SMALLEST = 2 ** -4;
const BINS = 90;
/** Samples after which the oldest count half. */
const MEMORY = 30_000;
/** Fewer samples than this say nothing of what is rare. */
const ENOUGH = 150;
/** The limit is worked out again after so many samples. */
const REFRESH = 32;
/** Share of samples beyond the far and the near point that the tail is drawn through. */
const FAR = 0.002;
const NEAR = 10 * FAR;
/** A normal distribution's tail at those points; no tail is taken for thinner. */
const THINNEST = 0.12;
/** The tail is drawn on to so many times the far point at most: beyond that it is a guess. */
const FARTHEST = 2;

/** Where the numbers beside the bins are. */
const TOTAL = BINS;
const LIMIT = BINS + 1;
const WAITING = BINS + 2;

/**
 * How large a size is so rare that it is not to be expected: a histogram of the sizes so far, whose tail is drawn on as
 * a power law through two of its quantiles. What is beyond the limit is learned as if it were at it, so that one fault
 * does not teach that faults are usual, and many real events in the end do.
 */
export class RareSizes {
  static readonly LENGTH = BINS + 3;
  readonly #numbers: Float32Array;
  readonly #start: number;
  readonly #farthest: number;

  /** Has LENGTH of the numbers from `start`, zero for a new series. `farthest`: see there. */
  constructor(numbers: Float32Array, start = 0, farthest = FARTHEST) {
    this.#numbers = numbers;
    this.#start = start;
    this.#farthest = farthest;
  }

  /** The size that is exceeded with the probability given to `learn`; Infinity while too little is known. */
  get limit(): number {
    return this.#at(LIMIT) || Number.POSITIVE_INFINITY;
  }

  /** `size` in any unit in which 1 is ordinary; `probability` per sample of a size beyond the limit. */
  learn(size: number, probability: number): void {
    const bin = binOf(Math.min(size, this.limit));
    this.#put(bin, this.#at(bin) + 1);
    this.#put(TOTAL, this.#at(TOTAL) + 1);
    this.#put(WAITING, this.#at(WAITING) + 1);
    if (this.#at(WAITING) < REFRESH || this.#at(TOTAL) < ENOUGH) return;
    this.#put(WAITING, 0);
    if (this.#at(TOTAL) > MEMORY) for (let i = 0; i <= TOTAL; i++) this.#put(i, this.#at(i) / 2);
    this.#put(LIMIT, this.#extrapolate(probability));
  }

  #extrapolate(probability: number): number {
    const far = Math.max(FAR, 3 / this.#at(TOTAL));
    const near = Math.min(0.3, (NEAR / FAR) * far);
    const [high, low] = [this.#quantile(far), this.#quantile(near)];
    const slope = Math.max(THINNEST, Math.log(high / low) / Math.log(near / far));
    return high * Math.min(this.#farthest, Math.exp(slope * Math.log(Math.max(1, far / probability))));
  }

  /** The size that a share of the samples is beyond. */
  #quantile(share: number): number {
    let left = share * this.#at(TOTAL);
    for (let bin = BINS - 1; bin > 0; bin--) {
      const count = this.#at(bin);
      if (count >= left && count > 0) return SMALLEST * 2 ** ((bin - left / count) / PER_OCTAVE);
      left -= count;
    }
    return SMALLEST;
  }

  #at(index: number): number {
    return this.#numbers[this.#start + index] ?? 0;
  }

  #put(index: number, number: number): void {
    this.#numbers[this.#start + index] = number;
  }
}

/** Bin `b` has the sizes from SMALLEST * 2^((b-1)/PER_OCTAVE) to that of b. */
function binOf(size: number): number {
  const bin = Math.ceil(Math.log2(Math.max(size, SMALLEST) / SMALLEST) * PER_OCTAVE);
  return Math.min(Math.max(bin, 0), BINS - 1);
}
