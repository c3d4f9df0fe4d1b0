import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { bucketRuns, bucketStarts } from '../timeseries/buckets.ts';
import { FAILED } from '../timeseries/quality-fields.ts';
import type { ChartBand, ChartPoint, ChartSeries } from './chart.ts';
import type { Dataset } from './dataset.ts';
import type { PublicPlace } from './places.ts';
import type { PublicRow } from './privacy.ts';
import { readAll, type Sources } from './reader.ts';
import { SlowAnswers } from './sharing/slow-answers.ts';
import type { Entry } from './site.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a chart reaches back, the width of what one point of it stands for, and of a row of its table. */
export const PERIODS = {
  two_days: { length: 2 * DAY, point: undefined, row: HOUR },
  month: { length: 30 * DAY, point: 3 * HOUR, row: DAY },
  year: { length: 365 * DAY, point: DAY, row: { months: 1 } },
} as const;
export type PeriodId = keyof typeof PERIODS;

/** Points per line of single values: about one per two pixels of a wide drawing. */
const MOST_POINTS = 300;

/** What was measured in a part of the period. */
export interface Part {
  lowest: number;
  highest: number;
  sum: number;
  count: number;
  last: number;
  /** ms since 1970 UTC: of the first value and of the last. */
  first: number;
  time: number;
}

/** One quantity at some places over a period. */
export interface QuantityHistory {
  quantity: QuantityId;
  /** One line per place, in their order. Parts of the period are points in their middle. */
  series: ChartSeries[];
  /** Lowest and highest of each point; only for one place, and if a point is more than one value. */
  band: readonly ChartBand[];
  /** Values that failed a quality check, if the dataset shows them: in no line and no mean. */
  failed: ChartPoint[];
  /** Newest first; ms since 1970 UTC of its beginning, and a part per place. */
  rows: { start: number; parts: (Part | undefined)[] }[];
}

export interface History {
  /** ms since 1970 UTC. */
  from: number;
  to: number;
  period: PeriodId;
  /** Those that were measured in the period. */
  quantities: QuantityHistory[];
}

/** What of a history is wanted. */
interface Asked {
  period: PeriodId;
  quantities: readonly QuantityId[];
  /** ms since 1970 UTC. */
  now: number;
  /** IANA name of the clock that days and months follow. */
  timeZone: string;
}

/** ms that a long history stays as it is: a point of it stands for hours or a day. */
const LIFETIMES: Readonly<Record<PeriodId, number>> = { two_days: 0, month: 5 * MINUTE, year: 30 * MINUTE };
/** Histories per dataset. */
const MOST_KEPT = 100;
const kept = new SlowAnswers(MOST_KEPT);

/** As `readPeriod`; a month or a year is read once for all who look at it within a while. */
export function readKeptPeriod(entry: Entry, places: readonly PublicPlace[], asked: Asked): Promise<History> {
  const { period, quantities, now, timeZone } = asked;
  const make = () => readPeriod(entry.dataset, entry.sources, places, asked);
  const lifetime = LIFETIMES[period];
  if (lifetime === 0) return make();
  const name = JSON.stringify([period, timeZone, quantities, places.map(({ id }) => id)]);
  return kept.get(entry, name, { now, lifetime }, make);
}

/**
 * The numeric quantities of a dataset at some places over a period that ends `now` (ms since 1970 UTC), by the clock of
 * `timeZone`. Quantities without a value in it are left out.
 */
export async function readPeriod(
  dataset: Dataset,
  sources: Sources,
  places: readonly PublicPlace[],
  asked: Asked,
): Promise<History> {
  const { period, now } = asked;
  const range = { from: now - PERIODS[period].length, to: now + 1 };
  const quantities = asked.quantities.filter((id) => QUANTITIES[id].valueType === 'number');
  const parts = partsOf(period, range, asked.timeZone);
  const collected = quantities.map((quantity) => new Collected(quantity, places, parts));
  const wanted = { ...range, quantities, places: places.map(({ id }) => id) };
  for await (const rows of readAll(dataset, sources, wanted)) {
    for (const each of collected) each.add(rows);
  }
  const found = collected.map((each) => each.history()).filter(({ rows }) => rows.length > 0);
  return { from: range.from, to: now, period, quantities: found };
}

/** Beginnings of the parts of a period, ascending. */
interface Parts {
  points: readonly number[];
  rows: readonly number[];
  /** A point is the last value of its part, where parts only thin out single values. */
  thins: boolean;
}

function partsOf(period: PeriodId, range: { from: number; to: number }, timeZone: string): Parts {
  const { length, point, row } = PERIODS[period];
  const starts = (every: number | { months: number }) => [
    ...bucketStarts(bucketRuns({ ...range, every, timeZone })),
  ];
  const thinned = Array.from(
    { length: MOST_POINTS },
    (_, index) => range.from + (index * length) / MOST_POINTS,
  );
  return { points: point ? starts(point) : thinned, rows: starts(row), thins: point === undefined };
}

/** Values of a quantity as they are read, folded into parts so that a year of them takes little room. */
class Collected {
  readonly #quantity: QuantityId;
  readonly #names: readonly string[];
  readonly #parts: Parts;
  readonly #points: Map<number, Part>[];
  readonly #rows: Map<number, Part>[];
  readonly #failed: ChartPoint[] = [];

  constructor(quantity: QuantityId, places: readonly PublicPlace[], parts: Parts) {
    this.#quantity = quantity;
    this.#names = places.map(({ name }) => name);
    this.#parts = parts;
    this.#points = places.map(() => new Map());
    this.#rows = places.map(() => new Map());
  }

  add(rows: readonly PublicRow[]): void {
    for (const { time, place, values, quality } of rows) {
      const [index, value] = [this.#names.indexOf(place), values[this.#quantity]];
      if (index < 0 || typeof value !== 'number') continue;
      if (quality?.[this.#quantity] === FAILED) this.#failed.push({ time, value });
      else {
        fold(this.#points[index], startOf(this.#parts.points, time), time, value);
        fold(this.#rows[index], startOf(this.#parts.rows, time), time, value);
      }
    }
  }

  history(): QuantityHistory {
    const quantity = this.#quantity;
    const starts = [...new Set(this.#rows.flatMap((parts) => [...parts.keys()]))].sort((a, b) => b - a);
    return {
      quantity,
      series: this.#names.map((label, index) => ({ label, points: this.#line(this.#points[index]) })),
      band: this.#names.length === 1 && !this.#parts.thins ? bandOf(this.#points[0], quantity) : [],
      failed: this.#failed,
      rows: starts.map((start) => ({ start, parts: this.#rows.map((parts) => parts.get(start)) })),
    };
  }

  #line(parts: ReadonlyMap<number, Part> | undefined): ChartPoint[] {
    const points = [...(parts?.values() ?? [])].map((part) =>
      this.#parts.thins
        ? { time: part.time, value: part.last }
        : { time: middleOf(part), value: amountOf(part, this.#quantity) },
    );
    return points.sort((a, b) => a.time - b.time);
  }
}

function middleOf({ first, time }: Part): number {
  return Math.round((first + time) / 2);
}

/** What a part amounts to: the mean of temperatures, the sum of rain, the last reading of a meter. */
export function amountOf(part: Part, quantity: QuantityId): number {
  const { lowest, highest, sum, count, last } = part;
  return { mean: sum / count, sum, min: lowest, max: highest, last }[QUANTITIES[quantity].aggregation];
}

function bandOf(parts: ReadonlyMap<number, Part> | undefined, quantity: QuantityId): ChartBand[] {
  if (QUANTITIES[quantity].aggregation !== 'mean') return [];
  const band = [...(parts?.values() ?? [])].map((part) => ({
    time: middleOf(part),
    lowest: part.lowest,
    highest: part.highest,
  }));
  return band.sort((a, b) => a.time - b.time);
}

function fold(parts: Map<number, Part> | undefined, start: number, time: number, value: number): void {
  const part = parts?.get(start);
  if (!part) {
    parts?.set(start, {
      lowest: value,
      highest: value,
      sum: value,
      count: 1,
      last: value,
      first: time,
      time,
    });
    return;
  }
  part.lowest = Math.min(part.lowest, value);
  part.highest = Math.max(part.highest, value);
  part.sum += value;
  part.count += 1;
  // Rows come in order of time.
  part.last = value;
  part.time = time;
}

/** The last of ascending `starts` that is not after `time`. */
function startOf(starts: readonly number[], time: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return starts[low] ?? time;
}
