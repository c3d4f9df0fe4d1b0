import type { Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { bucketRuns, bucketStarts } from '../timeseries/buckets.ts';
import { FAILED, flagFieldOf, withFlagFields } from '../timeseries/quality-fields.ts';
import type { Row, Store, StoreQuery } from '../timeseries/store.ts';
import type { Dataset, Release } from './dataset.ts';
import { FEWEST_HOMES, type PublicDevices, type PublicRow, valueGate } from './privacy.ts';
import { isCount, sensitivityOf, sourceOf } from './sensitivity.ts';

const HOUR = 3_600_000;
const WIDTHS: Readonly<Record<Release['every'], NonNullable<StoreQuery['every']>>> = {
  hour: HOUR,
  day: 24 * HOUR,
  week: 7 * 24 * HOUR,
  month: { months: 1 },
};
/** Of what homes use, one that has more than this part of the whole could be told from it. */
const LARGEST_PART = 0.75;
/** Significant digits; more would be a fingerprint of the readings behind a value. */
const DIGITS = 6;
const DIGITS_OF_HOMES = 3;

/** A finished period of a release; ms since 1970 UTC, `end` exclusive. */
export interface Period {
  start: number;
  end: number;
}

/** A period with the values that may be shown of it: a row per place, or one of all places together. */
export interface ReleasedPeriod extends Period {
  rows: PublicRow[];
}

/** The periods of a release from the one that `from` lies in, that end at `to` or before (ms since 1970 UTC), by the clock of a zone. */
export function periodsBetween({ every }: Release, from: number, to: number, timeZone: string): Period[] {
  if (from >= to) return [];
  const runs = bucketRuns({ from, to, every: WIDTHS[every], timeZone });
  const starts = [...bucketStarts(runs)];
  const last = runs.at(-1)?.end ?? 0;
  const periods = starts.map((start, index) => ({ start, end: starts[index + 1] ?? last }));
  return periods.filter(({ end }) => end <= to);
}

/** What a dataset releases of periods in a row, in their order. Only one period's readings are in memory at a time. */
export async function* releasedPeriods(
  dataset: Dataset,
  devices: PublicDevices,
  store: Store,
  periods: readonly Period[],
): AsyncGenerator<ReleasedPeriod> {
  const [first, last] = [periods[0], periods.at(-1)];
  if (!first || !last) return;
  const rows = store.stream({
    measurement: dataset.area,
    fields: withFlagFields(dataset.quantities.map(sourceOf)),
    where: { device: [...devices.places.keys()] },
    from: first.start,
    to: last.end,
    order: 'ascending',
  });
  const remaining = periods.values();
  let period = remaining.next().value ?? first;
  let gathered = new Gathered(dataset, devices);
  for await (const portion of rows) {
    for (const row of portion) {
      while (row.time >= period.end) {
        yield { ...period, rows: gathered.rows(period.start) };
        gathered = new Gathered(dataset, devices);
        period = remaining.next().value ?? last;
      }
      gathered.add(row);
    }
  }
  yield { ...period, rows: gathered.rows(period.start) };
  for (const empty of remaining) yield { ...empty, rows: [] };
}

/** What one device said of a quantity in a period. */
interface Tally {
  count: number;
  sum: number;
  min: number;
  max: number;
  last: Value;
  /** Of a state: at any time. */
  wasTrue: boolean;
}

type Tallies = Map<string, Tally>;

/** The readings of one period. */
class Gathered {
  readonly #dataset: Dataset;
  readonly #devices: PublicDevices;
  /** Place -> quantity -> device -> tally. */
  readonly #tallies = new Map<string, Map<QuantityId, Tallies>>();

  constructor(dataset: Dataset, devices: PublicDevices) {
    this.#dataset = dataset;
    this.#devices = devices;
  }

  add({ tags, values }: Row): void {
    const device = tags.device ?? '';
    const place = this.#devices.places.get(device);
    if (place === undefined) return;
    const quantities = this.#tallies.get(place) ?? new Map<QuantityId, Tallies>();
    this.#tallies.set(place, quantities);
    for (const quantity of this.#dataset.quantities) {
      const source = sourceOf(quantity);
      const value = values[source];
      if (value === undefined || values[flagFieldOf(source)] === FAILED) continue;
      const tallies = quantities.get(quantity) ?? new Map<string, Tally>();
      quantities.set(quantity, tallies);
      tallies.set(device, counted(tallies.get(device), value));
    }
  }

  /** Homes must be many even without the others: somebody may know what the others measure. */
  #isTooSmall(tallies: Tallies): boolean {
    const fewest = this.#dataset.privacy.release?.fewestDevices ?? Number.POSITIVE_INFINITY;
    const homes = [...tallies.keys()].filter((device) => this.#devices.homes.has(device)).length;
    return tallies.size < fewest || (homes > 0 && homes < Math.max(fewest, FEWEST_HOMES));
  }

  rows(time: number): PublicRow[] {
    const rows = [...this.#tallies].map(([place, quantities]) => {
      const values = [...quantities].flatMap(([quantity, tallies]) => {
        const value = this.#isTooSmall(tallies)
          ? undefined
          : releasedValue(this.#dataset, quantity, [...tallies.values()]);
        return value === undefined ? [] : [[quantity, value] as const];
      });
      return { time, place, values: Object.fromEntries(values) };
    });
    return rows
      .filter(({ values }) => Object.keys(values).length > 0)
      .sort((a, b) => a.place.localeCompare(b.place, 'nb', { numeric: true }));
  }
}

function counted(tally: Tally | undefined, value: Value): Tally {
  const number = typeof value === 'number' ? value : 0;
  return {
    count: (tally?.count ?? 0) + 1,
    sum: (tally?.sum ?? 0) + number,
    min: Math.min(tally?.min ?? number, number),
    max: Math.max(tally?.max ?? number, number),
    last: value,
    wasTrue: (tally?.wasTrue ?? false) || value === true,
  };
}

/** A quantity's value of several devices, undefined if it would tell of one of them. */
function releasedValue(dataset: Dataset, quantity: QuantityId, tallies: readonly Tally[]): Value | undefined {
  const { release } = dataset.privacy;
  if (sourceOf(quantity) !== quantity) return shareOf(tallies);
  const values = tallies.map((tally) => valueOfDevice(quantity, tally));
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length) return release?.by === 'place' ? tallies.at(-1)?.last : undefined;
  const sensitivity = sensitivityOf(quantity, dataset.area);
  if (sensitivity === 'meter' && isDominated(numbers)) return undefined;
  const sum = numbers.reduce((total, number) => total + number, 0);
  const value = QUANTITIES[quantity].aggregation === 'sum' ? sum : sum / numbers.length;
  const digits = sensitivity === undefined ? DIGITS : DIGITS_OF_HOMES;
  return valueGate(dataset, quantity)(isCount(sensitivity) ? value : Number(value.toPrecision(digits)));
}

function valueOfDevice(quantity: QuantityId, { last, sum, count, min, max }: Tally): Value {
  if (typeof last !== 'number') return last;
  const { aggregation } = QUANTITIES[quantity];
  return { mean: sum / count, sum, min, max, last }[aggregation];
}

/** Percent of the places that were in use at any time; where all agree, it would tell of each of them. */
function shareOf(tallies: readonly Tally[]): number | undefined {
  const used = tallies.filter(({ wasTrue }) => wasTrue).length;
  return used === 0 || used === tallies.length ? undefined : Math.round((100 * used) / tallies.length);
}

function isDominated(numbers: readonly number[]): boolean {
  const parts = numbers.map(Math.abs);
  return Math.max(...parts) > LARGEST_PART * parts.reduce((total, part) => total + part, 0);
}
