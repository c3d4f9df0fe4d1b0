/**
 * The score of the Numenta Anomaly Benchmark, from its published definition (Lavin and Ahmad 2015, "Evaluating
 * Real-time Anomaly Detection Algorithms", and the rules of the repository numenta/NAB, version 1.1).
 */
import type { LabelledSeries, Window } from './nab-files.ts';

export interface Profile {
  falsePositive: number;
  missed: number;
}

export const PROFILES = {
  standard: { falsePositive: 0.11, missed: 1 },
  'low FP': { falsePositive: 0.22, missed: 1 },
  'low FN': { falsePositive: 0.11, missed: 2 },
} as const satisfies Record<string, Profile>;

/** Rows at the beginning of a file that are not scored. */
const PROBATION = { share: 0.15, most: 750 } as const;
/** Windows behind a window from which a false positive costs all. */
const FAR = 3;
const LEFT_END = -1;

/** A row with a score, and what it is worth as a detection. */
interface Detection {
  score: number;
  file: number;
  /** Undefined outside of all windows. */
  window: number | undefined;
  /** As a detection of its window 0 to 1, outside 0 to -1. */
  worth: number;
}

/** The rows of some files that may be detections, rarest first; what a threshold on them gives. */
export class NabScore {
  readonly #rows: readonly Detection[];
  readonly #windows: number;

  /** `scores`: one number per row of each file; higher is more unusual. */
  constructor(series: readonly LabelledSeries[], scores: readonly ArrayLike<number>[]) {
    this.#rows = series
      .flatMap((each, file) => detections(each, file, scores[file] ?? []))
      .sort((a, b) => b.score - a.score);
    this.#windows = series.reduce((sum, { windows }) => sum + windows.length, 0);
  }

  /** The threshold that gives the highest score, and that score. */
  best(profile: Profile = PROFILES.standard): { threshold: number; score: number } {
    let best = { threshold: Number.POSITIVE_INFINITY, raw: 0 };
    this.#sweep(profile, Number.NEGATIVE_INFINITY, (threshold, raw) => {
      if (raw > best.raw) best = { threshold, raw };
    });
    return { threshold: best.threshold, score: this.#normalised(best.raw, profile) };
  }

  /** Score of the rows at or above a threshold: 0 for silence, 100 for perfection. */
  at(threshold: number, profile: Profile = PROFILES.standard): number {
    let last = 0;
    this.#sweep(profile, threshold, (_, raw) => {
      last = raw;
    });
    return this.#normalised(last, profile);
  }

  /** Goes down to `lowest`; `raw` is what is gained over silence. */
  #sweep(profile: Profile, lowest: number, visit: (threshold: number, raw: number) => void): void {
    const found = new Map<string, number>();
    let raw = 0;
    for (const [at, { score, file, window, worth }] of this.#rows.entries()) {
      if (score < lowest) return;
      const key = `${file} ${window}`;
      const known = found.get(key);
      if (window === undefined) raw += profile.falsePositive * worth;
      else if (known === undefined) raw += profile.missed + worth;
      else raw += Math.max(worth - known, 0);
      if (window !== undefined) found.set(key, Math.max(worth, known ?? worth));
      if (this.#rows[at + 1]?.score !== score) visit(score, raw);
    }
  }

  #normalised(raw: number, { missed }: Profile): number {
    return (100 * raw) / (this.#windows * (1 + missed));
  }
}

function detections({ windows }: LabelledSeries, file: number, scores: ArrayLike<number>): Detection[] {
  const probation = Math.min(Math.floor(PROBATION.share * scores.length), PROBATION.most);
  return Array.from(scores, (score, row) => {
    const inside = windows.findIndex(([first, last]) => row >= first && row <= last);
    const window = windows[inside];
    return window
      ? { score, file, window: inside, worth: worthInside(window, row) }
      : { score, file, window: undefined, worth: worthOutside(windows, row) };
  }).slice(probation);
}

function worthInside([first, last]: Window, row: number): number {
  return sigmoid(-(last - row + 1) / (last - first + 1)) / sigmoid(LEFT_END);
}

function worthOutside(windows: readonly Window[], row: number): number {
  const before = windows.findLast(([, last]) => last < row);
  return before ? sigmoid((row - before[1]) / (before[1] - before[0])) : -1;
}

/** Nearly 1 at the left end of a window (-1), 0 at its right end (0), nearly -1 one window later (1). */
function sigmoid(position: number): number {
  return position >= FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
