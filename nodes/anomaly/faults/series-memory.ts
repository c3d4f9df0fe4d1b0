import { pack, unpack } from '../packed-numbers.ts';
import { LocalProfile } from './local-profile.ts';
import { RareSizes } from './rare-sizes.ts';

/** Samples whose residuals are kept. */
export const RECENT = 64;
/** Days whose figure is kept. */
export const DAYS = 28;

/** All that is kept of a series beside its tables; times in ms since 1970 UTC, durations in hours. */
const NOTHING_YET = {
  samples: 0,
  /** When the series began. */
  began: 0,
  time: 0,
  /** Usual interval, and the two longest of lately. */
  interval: 0,
  longestGap: 0,
  secondGap: 0,
  /** Newest value as measured. */
  raw: 0,
  /** The reading before the newest, and when it was. */
  rawBefore: 0,
  timeBefore: 0,
  residual: 0,
  residualBefore: 0,
  hasResidual: 0,
  /** Mean of a week, and of the last day or two. */
  level: 0,
  lately: 0,
  /** Since when, and for how many samples, the reading has not changed; the longest such times, moving and at rest. */
  runSince: 0,
  runSamples: 0,
  longestRun: 0,
  longestRest: 0,
  /** Mean length of a run. */
  usualRun: 0,
  /** Unrest lately and in the long run. */
  unrestNow: 0,
  unrest: 0,
  unrestSamples: 0,
  /** Where the next residual and the next day go. */
  recentAt: 0,
  recentCount: 0,
  /** How many residuals can be compared with each other: nothing happened meanwhile. */
  comparable: 0,
  dayAt: 0,
  dayCount: 0,
  day: -1,
  daySum: 0,
  daySamples: 0,
  dayLowest: 0,
  hourSum: 0,
  hourHours: 0,
  meanFlow: 0,
  /** Departure from what is usual that is not judged yet: since when, from which residual, how far, samples. */
  departed: 0,
  departedSlowly: 0,
  /** The change with which it began, in usual ones, and when it was farthest. */
  jump: 0,
  peakAt: 0,
  base: 0,
  size: 0,
  peak: 0,
  steps: 0,
  sumX: 0,
  sumY: 0,
  sumXX: 0,
  sumXY: 0,
  sumYY: 0,
  lowest: 0,
  highest: 0,
  /** Number of the cause that is open, from 1, since when, and what it adds to and multiplies the value by. */
  open: 0,
  openSince: 0,
  offset: 0,
  factor: 1,
  /** What a daily figure must fall under for the leak, drift or weak battery to be over. */
  openLimit: 0,
  openSize: 0,
  /** When the last real event was told, and the quickest change of one so far, in usual changes. */
  eventAt: 0,
  fastest: 0,
  /** A false reading that is not told yet: when, how far off, its value, and samples until it is. */
  spikeSize: 0,
  spikeValue: 0,
  spikeWait: 0,
  /** Readings in a row that cannot be true. */
  failures: 0,
  /** A strong jump that is held in mind: since when, how far, the mean before it, and those after it. */
  heldSince: 0,
  heldJump: 0,
  heldBefore: 0,
  heldSum: 0,
  heldSamples: 0,
  /** Samples to wait until the series has settled after a fault. */
  settling: 0,
};

const HALF_LIFE = 60 * 24 * 3_600_000;
/** Samples that the usual interval remembers, and how many intervals a gap counts at most. */
const INTERVALS = 50;
const LONGEST_INTERVAL = 4;
/** No gap counts for longer than this, or so many usual intervals. */
const LONGEST_GAP = 12 * 3_600_000;
const LONGEST_GAP_INTERVALS = 6;

/** Learns the usual interval and the longest gaps, which are forgotten by half in two months; `elapsed` in ms. */
export function learnInterval(facts: SeriesMemory['facts'], elapsed: number): void {
  if (facts.samples === 0) return;
  const usual = facts.interval;
  if (facts.samples < 4) facts.interval = usual === 0 ? elapsed : Math.min(usual, elapsed);
  else facts.interval += (Math.min(elapsed, LONGEST_INTERVAL * usual) - usual) / INTERVALS;
  const kept = 0.5 ** (elapsed / HALF_LIFE);
  const [longest, second] = [facts.longestGap * kept, facts.secondGap * kept];
  // A sensor that fell silent before is not to be waited for longer.
  const gap = Math.min(elapsed, Math.max(LONGEST_GAP, LONGEST_GAP_INTERVALS * facts.interval));
  facts.longestGap = Math.max(longest, gap);
  facts.secondGap = Math.max(second, Math.min(longest, gap));
}

/** How far the tail of what comes back at once is drawn on: not far, real things last. */
const THIN_TAIL = 1.8;

const PROFILE = 2 * RECENT + DAYS;
const SIZES = PROFILE + LocalProfile.LENGTH;
const TABLES = SIZES + 4 * RareSizes.LENGTH;

type Facts = typeof NOTHING_YET;

const NAMES = Object.keys(NOTHING_YET) as (keyof Facts)[];
const FACTS_BYTES = NAMES.length * Float64Array.BYTES_PER_ELEMENT;
/** Bytes that the objects around the block take. */
const OBJECTS = 1500;

/** Facts by name over numbers in the order of `NOTHING_YET`: as properties they would take three times the memory. */
class FactNumbers {
  readonly numbers: Float64Array;

  constructor(numbers: Float64Array) {
    this.numbers = numbers;
  }
}
for (const [index, name] of NAMES.entries()) {
  Object.defineProperty(FactNumbers.prototype, name, {
    get(this: FactNumbers) {
      return this.numbers[index];
    },
    set(this: FactNumbers, number: number) {
      this.numbers[index] = number;
    },
  });
}

/** What is known of one series: 3 kB, saved and restored exactly. */
export class SeriesMemory {
  readonly facts: Facts;
  readonly #facts: Float64Array;
  readonly #tables: Float32Array;
  /** Residuals of the newest samples, and their times in minutes since 2020. */
  readonly residuals: Float32Array;
  readonly minutes: Float32Array;
  /** One figure per day. */
  readonly days: Float32Array;
  readonly profile: LocalProfile;
  readonly jumps: RareSizes;
  readonly shifts: RareSizes;
  readonly unrests: RareSizes;
  readonly spikes: RareSizes;

  /** `saved`: what `toBytes` gave; if it does not fit, the series begins anew. */
  constructor(saved?: Uint8Array) {
    const block = new ArrayBuffer(FACTS_BYTES + TABLES * Float32Array.BYTES_PER_ELEMENT);
    this.#facts = new Float64Array(block, 0, NAMES.length);
    const tables = new Float32Array(block, FACTS_BYTES);
    this.#tables = tables;
    this.facts = new FactNumbers(this.#facts) as unknown as Facts;
    if (!(saved && unpack(saved, this.#facts, tables))) {
      tables.fill(0);
      Object.assign(this.facts, NOTHING_YET);
    }
    this.residuals = tables.subarray(0, RECENT);
    this.minutes = tables.subarray(RECENT, 2 * RECENT);
    this.days = tables.subarray(2 * RECENT, PROFILE);
    this.profile = new LocalProfile(tables, PROFILE);
    this.jumps = new RareSizes(tables, SIZES);
    this.shifts = new RareSizes(tables, SIZES + RareSizes.LENGTH);
    this.unrests = new RareSizes(tables, SIZES + 2 * RareSizes.LENGTH);
    this.spikes = new RareSizes(tables, SIZES + 3 * RareSizes.LENGTH, THIN_TAIL);
  }

  /** Bytes of memory that it takes. */
  get byteLength(): number {
    return OBJECTS + FACTS_BYTES + this.#tables.byteLength;
  }

  toBytes(): Uint8Array {
    return pack(this.#facts, this.#tables);
  }
}
