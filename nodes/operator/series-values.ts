import type { QuantityId } from '../observation/quantities.ts';
import type { ChartPoint } from '../opendata/chart.ts';
import { FAILED, flagFieldOf } from '../timeseries/quality-fields.ts';
import type { Row } from '../timeseries/store.ts';

const SUSPECT = 3;

/** A series for drawing: means of what may be trusted, and each value that a check did not let pass. */
export interface SeriesValues {
  /** Means per bucket of all values that no check rejected, in order of time. */
  line: ChartPoint[];
  suspect: ChartPoint[];
  failed: ChartPoint[];
}

/** Sorts readings (ascending) by their quality flags; `every` is the width of a bucket in ms. */
export function seriesValues(rows: readonly Row[], quantity: QuantityId, every: number): SeriesValues {
  const flagged = rows.flatMap(({ time, values }) => {
    const value = values[quantity];
    return typeof value === 'number' ? [{ time, value, flag: values[flagFieldOf(quantity)] }] : [];
  });
  const withFlag = (wanted: number) => flagged.filter(({ flag }) => flag === wanted).map(plain);
  return {
    line: means(flagged.filter(({ flag }) => flag !== FAILED).map(plain), every),
    suspect: withFlag(SUSPECT),
    failed: withFlag(FAILED),
  };
}

function plain({ time, value }: ChartPoint): ChartPoint {
  return { time, value };
}

/** Each mean stands at the newest time in its bucket. */
function means(points: readonly ChartPoint[], every: number): ChartPoint[] {
  const buckets = Map.groupBy(points, ({ time }) => Math.floor(time / every));
  return [...buckets.values()].map((bucket) => ({
    time: Math.max(...bucket.map(({ time }) => time)),
    value: bucket.reduce((sum, { value }) => sum + value, 0) / bucket.length,
  }));
}
