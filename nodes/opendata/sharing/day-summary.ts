import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { FAILED } from '../../timeseries/quality-fields.ts';
import { readAll } from '../reader.ts';
import type { Entry } from '../site.ts';
import type { LocalPeriod } from './local-periods.ts';

/** Lowest and highest of a quantity at a place on a day. */
export interface DayRange {
  place: string;
  quantity: QuantityId;
  lowest: number;
  highest: number;
}

/** What was measured on a day, by place and in the dataset's order of quantities. Errors of the store pass through. */
export async function daySummary(
  { dataset, sources }: Entry,
  { from, to }: LocalPeriod,
): Promise<DayRange[]> {
  const ranges = new Map<string, DayRange>();
  const quantities = dataset.quantities.filter((id) => QUANTITIES[id].valueType === 'number');
  for await (const rows of readAll(dataset, sources, { from, to })) {
    for (const { place, values, quality } of rows) {
      for (const quantity of quantities) {
        const value = values[quantity];
        if (typeof value !== 'number' || quality?.[quantity] === FAILED) continue;
        const key = JSON.stringify([place, quantities.indexOf(quantity)]);
        const { lowest = value, highest = value } = ranges.get(key) ?? {};
        ranges.set(key, {
          place,
          quantity,
          lowest: Math.min(lowest, value),
          highest: Math.max(highest, value),
        });
      }
    }
  }
  return [...ranges.values()].sort(
    (a, b) =>
      a.place.localeCompare(b.place, 'nb', { numeric: true }) ||
      quantities.indexOf(a.quantity) - quantities.indexOf(b.quantity),
  );
}
