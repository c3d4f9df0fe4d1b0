/** A detector that others have published figures of, to check a scorer and to compare with. */

const WINDOW = 6400;
/** Samples between two looks at a full window. */
const STEP = 100;
const NO_DEVIATION = 1e-6;

/** How unlikely a value is under a normal distribution with mean and deviation of the last 6400 (Numenta's own baseline). */
export class WindowedGaussian {
  readonly #window: number[] = [];
  /** Values that came since the window was full, and are in it with the next step. */
  #waiting: number[] = [];
  #next = 0;
  #mean = 0;
  #squares = 0;
  #deviation = 1;

  /** 0 to 1; the value is learned then. */
  score(value: number): number {
    const score = this.#window.length > 0 ? 1 - tail(Math.abs(value - this.#mean) / this.#deviation) : 0;
    if (this.#window.length < WINDOW) {
      this.#append(value);
    } else if (this.#waiting.push(value) === STEP) {
      for (const each of this.#waiting) this.#replace(each);
      this.#waiting = [];
      this.#measure();
    }
    return score;
  }

  /** Welford's way: what a full window takes for each value would take minutes. */
  #append(value: number): void {
    const count = this.#window.push(value);
    const before = value - this.#mean;
    this.#mean = count === 1 ? value : this.#mean + before / count;
    this.#squares += count === 1 ? 0 : before * (value - this.#mean);
    this.#deviation = Math.sqrt(this.#squares / count) || NO_DEVIATION;
  }

  #replace(value: number): void {
    this.#window[this.#next] = value;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** Goes through the whole window twice: running sums would lose small deviations. */
  #measure(): void {
    const count = this.#window.length;
    let sum = 0;
    for (const value of this.#window) sum += value;
    this.#mean = sum / count;
    let squares = 0;
    for (const value of this.#window) squares += (value - this.#mean) ** 2;
    this.#deviation = Math.sqrt(squares / count) || NO_DEVIATION;
  }
}

/** Coefficients of the complementary error function (Numerical Recipes, 3rd edition, 6.2.2), of 1.2e-7 relative error. */
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
] as const;

/** Share of a normal distribution that is more than `deviations` above its mean. */
function tail(deviations: number): number {
  const z = deviations / Math.SQRT2;
  const t = 1 / (1 + z / 2);
  const exponent = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  return (t * Math.exp(-z * z + exponent)) / 2;
}
