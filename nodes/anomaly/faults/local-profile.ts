const HOURS = 24;
/** Working days and the weekend each have their 24 hours. */
const BINS = 2 * HOURS;
const FRIDAY_ENDS = 5 * HOURS;
/** Hours that a bin remembers, of workdays and of weekends: eight days and four weekends. */
const VISITS = 8;
/** Share of the series' own unrest in that of an hour, which may have been quiet by chance. */
const COMMON = 0.35;

const SCALES = BINS;
const SEEN = 2 * BINS;
const COMMON_SCALE = 3 * BINS;
const COMMON_SEEN = COMMON_SCALE + 1;

/** What is usual at an hour of the day, on working days and at weekends: the level, and the change from sample to sample. */
export class LocalProfile {
  static readonly LENGTH = 3 * BINS + 2;
  readonly #numbers: Float32Array;
  readonly #start: number;

  /** Has LENGTH of the numbers from `start`, zero for a new series. */
  constructor(numbers: Float32Array, start: number) {
    this.#numbers = numbers;
    this.#start = start;
  }

  /** The usual value; between the middles of two hours, between theirs. `hourOfWeek`: local, from Monday 00:00. */
  at(hourOfWeek: number): number {
    const before = hourOfWeek - 0.5;
    const share = before - Math.floor(before);
    const [first, second] = [binOf(before), binOf(before + 1)];
    return (1 - share) * this.#number(first) + share * this.#number(second);
  }

  /** The usual size of a change between two samples, not zero. */
  scale(hourOfWeek: number): number {
    const common = this.#number(COMMON_SCALE);
    const own = this.#number(SCALES + binOf(hourOfWeek));
    return COMMON * common + (1 - COMMON) * own || Number.MIN_VALUE;
  }

  /** `change`: size of that from the sample before; NaN if that is unknown. */
  learn(hourOfWeek: number, value: number, change: number, samplesPerHour: number): void {
    const bin = binOf(hourOfWeek);
    const longest = Math.max(4, VISITS * samplesPerHour);
    const seen = Math.min(this.#number(SEEN + bin) + 1, longest);
    this.#put(SEEN + bin, seen);
    this.#put(bin, this.#number(bin) + (value - this.#number(bin)) / seen);
    if (Number.isNaN(change)) return;
    this.#put(SCALES + bin, this.#number(SCALES + bin) + (change - this.#number(SCALES + bin)) / seen);
    const all = Math.min(this.#number(COMMON_SEEN) + 1, 10 * HOURS * Math.max(1, samplesPerHour));
    this.#put(COMMON_SEEN, all);
    this.#put(COMMON_SCALE, this.#number(COMMON_SCALE) + (change - this.#number(COMMON_SCALE)) / all);
  }

  #number(index: number): number {
    return this.#numbers[this.#start + index] ?? 0;
  }

  #put(index: number, number: number): void {
    this.#numbers[this.#start + index] = number;
  }
}

function binOf(hourOfWeek: number): number {
  const hour = (hourOfWeek + 7 * HOURS) % (7 * HOURS);
  return (Math.floor(hour) % HOURS) + (hour >= FRIDAY_ENDS ? HOURS : 0);
}
