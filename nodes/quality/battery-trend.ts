/** How long a battery lasts by its own trend: one figure a day, a line that outliers do not bend. */

/** Means of days, plain JSON; at most `MOST_DAYS` of them. Days since 1970 UTC, levels in percent. */
export interface BatteryTrend {
  days: number[];
  levels: number[];
  /** The day that is not over. */
  day: number;
  sum: number;
  count: number;
  /** Highest voltage seen, for devices that tell no percentage. */
  highest?: number;
  /** Whether it ever said more than 0: devices on the mains say 0 for ever. */
  known?: true;
  /** Days until it is empty, as it has fallen; none while it does not fall or too little is known. */
  left?: number | undefined;
}

const DAY = 86_400_000;
const MOST_DAYS = 90;
/** Days that a trend takes at least, and how many of them have a figure. */
const SHORTEST = 14;
const FEWEST = 7;
/** Percent at which a sensor is as good as dead. */
const EMPTY = 5;
/** A rise by so many percent is a new battery; sunshine and a warm day give less. */
const NEW_BATTERY = 20;
/** Falling more slowly than this (percent a day) lasts for more than five years. */
const STANDSTILL = 0.05;

/** Voltages (V) at which a fresh battery is told by its voltage, and when it is empty: lithium 3.6 V, two cells of 1.5 V. */
const KINDS: readonly [fresh: number, empty: number][] = [
  [3.4, 2.9],
  [2.7, 2.1],
];

export function newTrend(): BatteryTrend {
  return { days: [], levels: [], day: 0, sum: 0, count: 0, left: undefined };
}

/** Percent left at a voltage, seen the highest one so far; undefined for batteries of another kind. */
export function levelOf(trend: BatteryTrend, volts: number): number | undefined {
  trend.highest = Math.max(trend.highest ?? volts, volts);
  const { highest } = trend;
  const kind = KINDS.find(([fresh]) => highest >= fresh);
  if (!kind || highest > 2 * kind[0]) return undefined;
  const share = (volts - kind[1]) / (highest - kind[1]);
  return Math.min(100, Math.max(0, 100 * share));
}

/**
 * Adds a level (percent) at a time (ms since 1970 UTC). Whether a new battery was put in: then the trend begins again.
 */
export function addLevel(trend: BatteryTrend, time: number, level: number): boolean {
  const day = Math.floor(time / DAY);
  if (day < trend.day) return false;
  if (day > trend.day && trend.count > 0) closeDay(trend);
  const before = trend.levels.at(-1);
  const isNew = before !== undefined && level >= before + NEW_BATTERY;
  if (isNew) Object.assign(trend, newTrend());
  trend.day = day;
  trend.sum += level;
  trend.count++;
  return isNew;
}

function closeDay(trend: BatteryTrend): void {
  trend.days.push(trend.day);
  trend.levels.push(trend.sum / trend.count);
  trend.sum = 0;
  trend.count = 0;
  if (trend.days.length > MOST_DAYS) {
    trend.days.shift();
    trend.levels.shift();
  }
  trend.left = daysLeft(trend);
}

/** Change of the level in percent a day: the median of the slopes between all pairs of days (Theil-Sen). */
function slopeOf({ days, levels }: BatteryTrend): number | undefined {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || last - first < SHORTEST || days.length < FEWEST)
    return undefined;
  const slopes: number[] = [];
  for (let late = 1; late < days.length; late++)
    for (let early = 0; early < late; early++)
      slopes.push(
        ((levels[late] as number) - (levels[early] as number)) /
          ((days[late] as number) - (days[early] as number)),
      );
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1];
}

function daysLeft(trend: BatteryTrend): number | undefined {
  const slope = slopeOf(trend);
  const level = trend.levels.at(-1);
  if (slope === undefined || level === undefined || slope > -STANDSTILL) return undefined;
  return Math.max(0, (level - EMPTY) / -slope);
}
