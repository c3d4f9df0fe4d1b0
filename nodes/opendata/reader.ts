import type { Device } from '../devices/device.ts';
import type { Value } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { latestUsable } from '../timeseries/latest-usable.ts';
import { withFlagFields } from '../timeseries/quality-fields.ts';
import type { LatestRow, Store, StoreQuery } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import { type PublicPlace, placeIds, placesOf } from './places.ts';
import { type PublicDevices, type PublicRow, publicDevices, publicRow } from './privacy.ts';

/** Where datasets are read from. */
export interface Sources {
  store(sandbox: boolean): Store;
  devices(): readonly Device[];
}

/** A place in the history: `skip` rows at `time` (ms since 1970 UTC) were already delivered. */
export interface Cursor {
  time: number;
  skip: number;
}

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

export interface HistoryRange extends Range {
  limit: number;
  /** Of a page before with the same order. */
  cursor?: Cursor;
}

export interface History {
  sandbox: boolean;
  /** May be fewer than asked for even if there is a next page: withheld rows leave gaps. */
  rows: PublicRow[];
  next?: Cursor;
}

/** The newest good value of a quantity at a place. */
export interface LatestValue {
  value: Value;
  /** ms since 1970 UTC. */
  time: number;
}

export interface LatestPlace {
  place: string;
  /** Newest time of any value, ms since 1970 UTC. */
  time: number | undefined;
  values: Partial<Record<QuantityId, LatestValue>>;
}

export interface Latest {
  sandbox: boolean;
  places: LatestPlace[];
  unnamed: readonly string[];
}

/** One page of a dataset's history. Errors of the store pass through. */
export async function readHistory(dataset: Dataset, sources: Sources, range: HistoryRange): Promise<History> {
  const wanted = chosen(dataset, sources, range);
  const { devices } = wanted;
  if (isEmpty(wanted)) return { sandbox: devices.sandbox, rows: [] };
  const { cursor, limit } = range;
  const found = await sources.store(devices.sandbox).query({
    ...selection(wanted, { ...range, ...remaining(cursor, range.order) }),
    limit: limit + 1,
    offset: cursor?.skip ?? 0,
  });
  const page = found.slice(0, limit);
  const rows = page.flatMap((row) => publicRow(row, wanted.dataset, devices.places) ?? []);
  const last = found.length > limit ? page.at(-1) : undefined;
  if (!last) return { sandbox: devices.sandbox, rows };
  const delivered = page.filter((row) => row.time === last.time).length;
  const skip = cursor?.time === last.time ? cursor.skip + delivered : delivered;
  return { sandbox: devices.sandbox, rows, next: { time: last.time, skip } };
}

/** Every row of a range in portions as the store gives them, so that memory stays bounded. */
export async function* readAll(
  dataset: Dataset,
  sources: Sources,
  range: Range,
): AsyncGenerator<PublicRow[]> {
  const wanted = chosen(dataset, sources, range);
  const { devices } = wanted;
  if (isEmpty(wanted)) return;
  const portions = sources.store(devices.sandbox).stream(selection(wanted, range));
  for await (const rows of portions)
    yield rows.flatMap((row) => publicRow(row, wanted.dataset, devices.places) ?? []);
}

/** The places of a dataset, by name. */
export function readPlaces(dataset: Dataset, sources: Sources): PublicPlace[] {
  const devices = sources.devices();
  return placesOf(publicDevices(dataset, devices).places, devices, dataset.privacy.location);
}

/**
 * Per place the newest good value of each quantity, with its own time: a quantity that stopped coming must not look
 * as fresh as the others of its device.
 */
export async function readLatest(dataset: Dataset, sources: Sources): Promise<Latest> {
  const devices = publicDevices(dataset, sources.devices());
  const newest = await newestByDevice(dataset, sources, devices);
  const places = new Map<string, LatestPlace>();
  for (const [device, place] of devices.places) {
    const entry = places.get(place) ?? { place, time: undefined, values: {} };
    places.set(place, entry);
    // A device that was moved has a series per site.
    for (const row of newest.get(device) ?? []) addNewer(entry, row, dataset.quantities);
  }
  const byName = [...places.values()].sort((a, b) => a.place.localeCompare(b.place, 'nb', { numeric: true }));
  return { sandbox: devices.sandbox, places: byName, unnamed: devices.unnamed };
}

/** Takes over what is newer in a row than what the place has. */
function addNewer(entry: LatestPlace, { values, times }: LatestRow, quantities: Dataset['quantities']): void {
  for (const quantity of quantities) {
    const [value, time] = [values[quantity], times[quantity]];
    if (value === undefined || time === undefined || time < (entry.values[quantity]?.time ?? 0)) continue;
    entry.values[quantity] = { value, time };
    entry.time = Math.max(entry.time ?? 0, time);
  }
}

/** First time of a dataset, ms since 1970 UTC; undefined while it is empty. */
export async function readBeginning(dataset: Dataset, sources: Sources): Promise<number | undefined> {
  const { rows } = await readHistory(dataset, sources, { limit: 1 });
  return rows[0]?.time;
}

/** The newest of every series, in one question to the store. */
async function newestByDevice(
  dataset: Dataset,
  sources: Sources,
  { sandbox, places }: PublicDevices,
): Promise<Map<string, LatestRow[]>> {
  if (places.size === 0) return new Map();
  const { area: measurement, quantities } = dataset;
  const where = { device: [...places.keys()] };
  const rows = await latestUsable(sources.store(sandbox), { measurement, quantities, where });
  return Map.groupBy(rows, ({ tags }) => tags.device ?? '');
}

/** The part of a dataset that a reader wants. */
interface Chosen {
  dataset: Dataset;
  devices: PublicDevices;
}

function chosen(dataset: Dataset, sources: Sources, { places, quantities }: Range): Chosen {
  const all = publicDevices(dataset, sources.devices());
  const devices = places ? { ...all, places: placesWithIds(all.places, places) } : all;
  if (!quantities) return { dataset, devices };
  const kept = dataset.quantities.filter((quantity) => quantities.includes(quantity));
  return { dataset: { ...dataset, quantities: kept }, devices };
}

function placesWithIds(places: PublicDevices['places'], ids: readonly string[]): PublicDevices['places'] {
  const idOf = placeIds(places.values());
  return new Map([...places].filter(([, name]) => ids.includes(idOf.get(name) ?? '')));
}

function isEmpty({ dataset, devices }: Chosen): boolean {
  return dataset.quantities.length === 0 || devices.places.size === 0;
}

/** What is left of a range behind a cursor. */
function remaining(cursor: Cursor | undefined, order: Range['order']): Pick<Range, 'from' | 'to'> {
  if (!cursor) return {};
  return order === 'descending' ? { to: cursor.time + 1 } : { from: cursor.time };
}

function selection({ dataset, devices }: Chosen, { from, to, order = 'ascending' }: Range): StoreQuery {
  return {
    measurement: dataset.area,
    fields: withFlagFields(dataset.quantities),
    where: { device: [...devices.places.keys()] },
    order,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}
