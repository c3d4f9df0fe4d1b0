import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { ChartPoint, ChartSeries } from './chart.ts';
import type { Dataset } from './dataset.ts';
import type { PublicRow } from './privacy.ts';
import { readAll, type Sources } from './reader.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** More lines than this cannot be told apart; the page then shows the values as a table only. */
const MOST_LINES = 6;
/** Points per line: about one per two pixels of a wide drawing. */
const MOST_POINTS = 300;

/** One quantity's last two days. */
export interface RecentQuantity {
  quantity: QuantityId;
  /** One line per place. */
  series: ChartSeries[];
  /** Newest first: the last value that each place had in an hour (ms since 1970 UTC). */
  hours: { time: number; values: (number | undefined)[] }[];
}

export interface Recent {
  /** ms since 1970 UTC. */
  from: number;
  to: number;
  quantities: RecentQuantity[];
}

/** The last two days of the numeric quantities of a dataset; none if it has too many places for one drawing. */
export async function readRecent(
  dataset: Dataset,
  sources: Sources,
  places: readonly string[],
  now: number,
): Promise<Recent> {
  const from = now - 2 * DAY;
  if (places.length > MOST_LINES) return { from, to: now, quantities: [] };
  const rows: PublicRow[] = [];
  for await (const page of readAll(dataset, sources, { from, to: now + 1 })) rows.push(...page);
  const quantities = dataset.quantities
    .filter((quantity) => QUANTITIES[quantity].valueType === 'number')
    .map((quantity) => recentQuantity(quantity, rows, places));
  return { from, to: now, quantities: quantities.filter(({ hours }) => hours.length > 0) };
}

function recentQuantity(
  quantity: QuantityId,
  rows: readonly PublicRow[],
  places: readonly string[],
): RecentQuantity {
  const series = places.map((place) => ({ label: place, points: pointsOf(quantity, rows, place) }));
  return { quantity, series: series.map(thinned), hours: hourly(series) };
}

function pointsOf(quantity: QuantityId, rows: readonly PublicRow[], place: string): ChartPoint[] {
  return rows.flatMap((row) => {
    const value = row.values[quantity];
    return row.place === place && typeof value === 'number' ? [{ time: row.time, value }] : [];
  });
}

/** Keeps the last point of each of at most 300 equal parts of the two days. */
function thinned({ label, points }: ChartSeries): ChartSeries {
  if (points.length <= MOST_POINTS) return { label, points };
  const width = (2 * DAY) / MOST_POINTS;
  const kept = new Map(points.map((point) => [Math.floor(point.time / width), point]));
  return { label, points: [...kept.values()] };
}

function hourly(series: readonly ChartSeries[]): RecentQuantity['hours'] {
  const hours = new Map<number, (number | undefined)[]>();
  for (const [index, { points }] of series.entries()) {
    for (const { time, value } of points) {
      const hour = Math.floor(time / HOUR) * HOUR;
      const values = hours.get(hour) ?? series.map(() => undefined);
      values[index] = value;
      hours.set(hour, values);
    }
  }
  return [...hours].map(([time, values]) => ({ time, values })).sort((a, b) => b.time - a.time);
}
