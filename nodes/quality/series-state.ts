import type { Quality } from '../observation/observation.ts';
import type { FlatRun } from './flat-run.ts';
import type { UsualDifference } from './neighbours.ts';
import type { SignalWindow } from './signal-window.ts';

export interface Sample {
  /** ms since 1970 UTC. */
  time: number;
  value: number;
}

/** The newest sample of a series and what the next one is compared with; its size does not grow. */
export interface SeriesState extends Sample {
  /** Newest sample that did not fail: a sentinel must not make the good value after it suspect. */
  good?: Sample;
  /** The good one before that. */
  before?: Sample;
  /** Usual time between samples, ms; an upper quantile, because lost uplinks are usual. */
  step?: number;
  run?: FlatRun;
  window?: SignalWindow;
  /** Of a battery: the level or voltage at which it usually is. */
  usual?: number;
  /** What it usually differs by from the same quantity nearby. */
  apart?: UsualDifference;
  /** For duplicates of the newest sample; none: it passed without a remark. */
  verdict?: Quality | undefined;
}
