import type { QuantityId } from '../observation/quantities.ts';
import { withFlagFields } from '../timeseries/quality-fields.ts';
import type { Store, StoreQuery } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import { placeIds } from './places.ts';
import { type PublicDevices, publicDevices } from './privacy.ts';
import { sourceOf } from './sensitivity.ts';
import type { Sources } from './sources.ts';

/** What of a dataset is wanted. Empty lists want nothing. */
export interface Range {
  /** ms since 1970 UTC, inclusive. */
  from?: number;
  /** ms since 1970 UTC, exclusive. */
  to?: number;
  /** Ids of places; absent: all. */
  places?: readonly string[];
  /** Those of the dataset's; absent: all. */
  quantities?: readonly QuantityId[];
  /** Of time; default: ascending. */
  order?: 'ascending' | 'descending';
}

/** The part of a dataset that somebody wants and may have. */
export interface Wanted extends Required<Pick<Range, 'order'>>, Pick<Range, 'from'> {
  dataset: Dataset;
  /** Those of `dataset` in its order that are wanted. */
  quantities: readonly QuantityId[];
  devices: PublicDevices;
  /** ms since 1970 UTC, exclusive. */
  to: number | undefined;
  /** Later values are not shown yet, ms since 1970 UTC; undefined if all are. */
  horizon: number | undefined;
  store: Store;
  sources: Sources;
}

/** What the gate leaves of a wish. */
export function wantedOf(dataset: Dataset, sources: Sources, range: Range): Wanted {
  const { places, quantities, order = 'ascending', from, to } = range;
  const all = devicesOf(dataset, sources);
  const devices = places ? { ...all, places: placesWithIds(all.places, places) } : all;
  return {
    dataset,
    quantities: dataset.quantities.filter((quantity) => quantities?.includes(quantity) ?? true),
    devices,
    order,
    ...(from !== undefined && { from }),
    to,
    horizon: horizonOf(dataset, sources),
    store: sources.store(devices.sandbox),
    sources,
  };
}

/** The devices that the gate lets through. */
export function devicesOf(dataset: Dataset, sources: Sources): PublicDevices {
  return publicDevices(dataset, sources.devices(), sources.publications?.approvedDevices(dataset));
}

export function isEmpty({ quantities, devices }: Wanted): boolean {
  return quantities.length === 0 || devices.places.size === 0;
}

/** The question to the store for the readings. */
export function selection({ dataset, quantities, devices, from, to, horizon, order }: Wanted): StoreQuery {
  const end = earlier(to, horizon);
  return {
    measurement: dataset.area,
    fields: withFlagFields(quantities.map(sourceOf)),
    where: { device: [...devices.places.keys()] },
    order,
    ...(from !== undefined && { from }),
    ...(end !== undefined && { to: end }),
  };
}

/** Values from then on are not shown yet, ms since 1970 UTC; undefined if all are. */
export function horizonOf({ privacy }: Dataset, sources: Sources): number | undefined {
  const { delayMinutes, release } = privacy;
  if (delayMinutes === 0 && !release) return undefined;
  return (sources.now?.() ?? Date.now()) - delayMinutes * 60_000;
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function placesWithIds(places: PublicDevices['places'], ids: readonly string[]): PublicDevices['places'] {
  const idOf = placeIds(places.values());
  return new Map([...places].filter(([, name]) => ids.includes(idOf.get(name) ?? '')));
}
