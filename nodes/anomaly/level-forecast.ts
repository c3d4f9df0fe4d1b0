/** When a level that grows by and by, such as that of a waste bin, reaches a target: pure arithmetic on one series. */

const DAY = 86_400_000;
/** Points kept since the last reset; when they are full, every second one goes. */
const MOST_POINTS = 32;
/** Points and time that a growth needs by itself. */
const FEWEST_POINTS = 4;
const SHORTEST_SPAN = DAY / 2;
/** Growth of this filling counts in full against the mean of earlier ones once it spans so long. */
const OWN_SPAN = 2 * DAY;
/** Share of a finished filling in the mean growth of earlier ones. */
const FILLING_SHARE = 0.3;
/** Further ahead than this nothing is said. */
const FARTHEST = 365 * DAY;
/** Newest samples whose median is the level now. */
const RECENT = 3;
/** Samples in a row that must be low before it is a reset and no wrong reading. */
const LOW_SAMPLES = 2;

/** [time in ms since 1970 UTC, level]. */
type LevelPoint = [time: number, level: number];

/** Bounded state of one series; plain JSON. */
export interface LevelState {
  /** Since the last reset, oldest first. */
  points: LevelPoint[];
  /** The newest samples, one of which may be wrong. */
  recent: LevelPoint[];
  /** Low samples that may be a reset. */
  low: LevelPoint[];
  /** Only every so many samples are kept; samples since the last kept one. */
  every: number;
  skipped: number;
  newest: number;
  /** Growth since the last reset, and mean growth of earlier fillings, level per ms; absent while not known. */
  own?: number;
  growth?: number;
}

export interface LevelGoal {
  /** Level to reach. */
  target: number;
  /** A drop of more than this is a reset (the bin was emptied). */
  resetDrop: number;
}

/** The state after one more sample; the same object if the sample is late or repeated. */
export function learnLevel(
  state: LevelState | undefined,
  time: number,
  level: number,
  { resetDrop }: LevelGoal,
): LevelState {
  if (!state) return startAt([[time, level]], time);
  if (time <= state.newest) return state;
  if (level < currentLevel(state, time) - resetDrop) return afterLow(state, [time, level]);
  const recent: LevelPoint[] = [...state.recent.slice(1 - RECENT), [time, level]];
  return keep({ ...state, recent, low: [], newest: time }, [time, level]);
}

function startAt(points: LevelPoint[], newest: number, growth?: number): LevelState {
  return {
    points,
    recent: points,
    low: [],
    every: 1,
    skipped: 0,
    newest,
    ...(growth !== undefined && { growth }),
  };
}

function afterLow(state: LevelState, point: LevelPoint): LevelState {
  const low = [...state.low, point];
  return low.length < LOW_SAMPLES
    ? { ...state, low, newest: point[0] }
    : startAt(low, point[0], meanGrowth(state));
}

function keep(state: LevelState, point: LevelPoint): LevelState {
  if (state.skipped + 1 < state.every) return { ...state, skipped: state.skipped + 1 };
  const all = [...state.points, point];
  const full = all.length > MOST_POINTS;
  const points = full ? all.filter((_, at) => at % 2 === 0) : all;
  const own = ownGrowth(points);
  const every = full ? state.every * 2 : state.every;
  return { ...state, points, every, skipped: 0, ...(own !== undefined && { own }) };
}

/** Growth over this and earlier fillings, level per ms; undefined while too little is known. */
function meanGrowth({ own, growth }: LevelState): number | undefined {
  if (own === undefined || growth === undefined) return own ?? growth;
  return growth + FILLING_SHARE * (own - growth);
}

/** Theil-Sen estimator: the median slope of all pairs of points, which single wrong readings do not move. */
function ownGrowth(points: readonly LevelPoint[]): number | undefined {
  if (points.length < FEWEST_POINTS || spanOf(points) < SHORTEST_SPAN) return undefined;
  const slopes: number[] = [];
  for (const [at, [time, level]] of points.entries()) {
    for (let later = at + 1; later < points.length; later++) {
      const [laterTime = time, laterLevel = level] = points[later] ?? [];
      slopes.push((laterLevel - level) / (laterTime - time));
    }
  }
  return median(slopes);
}

function spanOf(points: readonly LevelPoint[]): number {
  return (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
}

/** Growth that the forecast uses: this filling's own, leaning on earlier ones while it is young. */
function growthNow({ points, own, growth }: LevelState): number | undefined {
  if (own === undefined || growth === undefined) return own ?? growth;
  const share = Math.min(1, spanOf(points) / OWN_SPAN);
  return share * own + (1 - share) * growth;
}

/** Median of the newest samples, carried on to `time`. */
function currentLevel(state: LevelState, time: number): number {
  const growth = Math.max(growthNow(state) ?? 0, 0);
  return median(state.recent.map(([at, level]) => level + growth * (time - at)));
}

/** Days from the newest sample until the level is reached; 0 if it is; undefined if it does not grow. */
export function daysUntil(state: LevelState, { target }: LevelGoal): number | undefined {
  const missing = target - currentLevel(state, state.newest);
  if (missing <= 0) return 0;
  const growth = growthNow(state);
  if (growth === undefined || growth <= 0 || missing / growth > FARTHEST) return undefined;
  return missing / growth / DAY;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
