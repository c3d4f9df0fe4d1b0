import type { Value } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { latestUsable } from '../timeseries/latest-usable.ts';
import type { LatestRow, Row } from '../timeseries/store.ts';
import { type Checks, countChecks } from './checks.ts';
import { columnGate } from './column-gate.ts';
import type { Dataset } from './dataset.ts';
import { type PublicPlace, placeIds, placesOf } from './places.ts';
import {
  guardedQuantities,
  isTogether,
  type PublicRow,
  rowGate,
  valueGate,
  type Withheld,
} from './privacy.ts';
import { releasePages } from './release-pages.ts';
import type { Sources } from './sources.ts';
import { type Portion, publicColumns, publicPortion } from './table.ts';
import { devicesOf, isEmpty, type Range, selection, type Wanted, wantedOf } from './wanted.ts';

export type { PublicPlace, PublicRow, Range, Sources };

/** A place in the history: `skip` rows at `time` (ms since 1970 UTC) were already delivered. */
export interface Cursor {
  time: number;
  skip: number;
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
  /** Devices that are left out. */
  withheld: readonly Withheld[];
}

/** One page of a dataset's history. Errors of the store pass through. */
export async function readHistory(dataset: Dataset, sources: Sources, range: HistoryRange): Promise<History> {
  const { cursor, limit } = range;
  const wanted = wantedOf(dataset, sources, { ...range, ...remaining(cursor, range.order) });
  const { sandbox } = wanted.devices;
  if (isEmpty(wanted)) return { sandbox, rows: [] };
  const offset = cursor?.skip ?? 0;
  const shown = shownPages(wanted, offset + limit + 1);
  const found = shown
    ? await firstOf(shown, offset, limit + 1)
    : await wanted.store.query({ ...selection(wanted), limit: limit + 1, offset });
  const page = found.slice(0, limit);
  const rows = shown ? (page as PublicRow[]) : gated(page as Row[], wanted);
  const last = found.length > limit ? page.at(-1) : undefined;
  if (!last) return { sandbox, rows };
  const delivered = page.filter((row) => row.time === last.time).length;
  const skip = cursor?.time === last.time ? cursor.skip + delivered : delivered;
  return { sandbox, rows, next: { time: last.time, skip } };
}

/** Every row of a range in portions, so that memory stays bounded. */
export async function* readAll(
  dataset: Dataset,
  sources: Sources,
  range: Range,
): AsyncGenerator<PublicRow[]> {
  const wanted = wantedOf(dataset, sources, range);
  if (isEmpty(wanted)) return;
  const { release } = dataset.privacy;
  if (release) yield* releasePages(wanted, release);
  else {
    const gate = rowGate(visible(wanted), wanted.devices.places);
    for await (const rows of wanted.store.stream(selection(wanted)))
      yield rows.flatMap((row) => gate(row) ?? []);
  }
}

/** As `readAll`, in the columns of `publicColumns` of the wanted quantities: for files of millions of rows. */
export async function* readColumns(
  dataset: Dataset,
  sources: Sources,
  range: Range,
): AsyncGenerator<Portion> {
  const wanted = wantedOf(dataset, sources, range);
  const { store, devices } = wanted;
  if (isEmpty(wanted)) return;
  const shown = visible(wanted);
  if (dataset.privacy.release || !store.streamPacked) {
    const columns = publicColumns(shown);
    for await (const rows of readAll(dataset, sources, range)) yield publicPortion(columns, rows);
  } else {
    const gate = columnGate(shown, devices.places);
    for await (const rows of store.streamPacked(selection(wanted))) yield gate(rows);
  }
}

/**
 * How the automatic checks judged the readings of a range. None where single readings are not shown, or tell of people:
 * how many there were would tell of them, too.
 */
export async function readChecks(dataset: Dataset, sources: Sources, range: Range): Promise<Checks[]> {
  const wanted = wantedOf(dataset, sources, range);
  if (isEmpty(wanted) || dataset.privacy.release || guardedQuantities(dataset).length > 0) return [];
  return countChecks(wanted.quantities, wanted.store.stream(selection(wanted)));
}

/** The places of a dataset, by name. */
export function readPlaces(dataset: Dataset, sources: Sources): PublicPlace[] {
  const { places } = devicesOf(dataset, sources);
  return placesOf(places, sources.devices(), isTogether(dataset) ? 'none' : dataset.privacy.location);
}

/**
 * Changes with the devices of a dataset, their names and positions: what was made of others must not be shown any more.
 * For comparison only.
 */
export function devicesMark(dataset: Dataset, sources: Sources): string {
  return JSON.stringify([[...devicesOf(dataset, sources).places], readPlaces(dataset, sources)]);
}

/** Id of a place -> models of its devices; none of places that are shown together only. */
export function readModels(dataset: Dataset, sources: Sources): ReadonlyMap<string, string[]> {
  if (isTogether(dataset)) return new Map();
  const { places } = devicesOf(dataset, sources);
  const idOf = placeIds(places.values());
  const models = new Map<string, string[]>();
  for (const { id, model } of sources.devices()) {
    const place = idOf.get(places.get(id) ?? '');
    if (place !== undefined) models.set(place, [...new Set([...(models.get(place) ?? []), model])]);
  }
  return models;
}

/**
 * Per place the newest good value of each quantity, with its own time: a quantity that stopped coming must not look
 * as fresh as the others of its device.
 */
export async function readLatest(dataset: Dataset, sources: Sources): Promise<Latest> {
  const wanted = wantedOf(dataset, sources, { order: 'descending' });
  const { devices } = wanted;
  const places = new Map<string, LatestPlace>();
  for (const place of devices.places.values()) places.set(place, { place, time: undefined, values: {} });
  if (!isEmpty(wanted)) {
    for (const { place, values } of await newestValues(wanted)) addNewer(places.get(place), values);
  }
  const byName = [...places.values()].sort((a, b) => a.place.localeCompare(b.place, 'nb', { numeric: true }));
  return { sandbox: devices.sandbox, places: byName, withheld: devices.withheld };
}

/** First time of a dataset, ms since 1970 UTC; undefined while it is empty. */
export async function readBeginning(dataset: Dataset, sources: Sources): Promise<number | undefined> {
  const { rows, next } = await readHistory(dataset, sources, { limit: 1 });
  if (rows[0] || !next) return rows[0]?.time;
  // The first ones are withheld.
  for await (const [first] of readAll(dataset, sources, { from: next.time })) if (first) return first.time;
  return undefined;
}

/** Values of a place, each with its time. */
type TimedValues = Pick<LatestPlace, 'place' | 'values'>;

function newestValues(wanted: Wanted): Promise<TimedValues[]> {
  const { release } = wanted.dataset.privacy;
  if (release) return newestReleased(releasePages(wanted, release));
  return wanted.horizon === undefined ? newestStored(wanted) : newestShown(wanted, wanted.horizon);
}

/** The newest of every series, in one question to the store; a device that was moved has a series per site. */
async function newestStored({ dataset, devices, store }: Wanted): Promise<TimedValues[]> {
  const { area: measurement, quantities } = dataset;
  const where = { device: [...devices.places.keys()] };
  const rows = await latestUsable(store, { measurement, quantities, where });
  return rows.map((row) => ({
    place: devices.places.get(row.tags.device ?? '') ?? '',
    values: timedValues(dataset, row),
  }));
}

function timedValues(dataset: Dataset, { values, times }: LatestRow): LatestPlace['values'] {
  const found = dataset.quantities.flatMap((quantity) => {
    const [value, time] = [valueGate(dataset, quantity)(values[quantity]), times[quantity]];
    return value === undefined || time === undefined ? [] : [[quantity, { value, time }]];
  });
  return Object.fromEntries(found);
}

/** Rows of a device in which its newest values are looked for, where what is newer is not shown yet. */
const LOOK_BACK = 50;

async function newestShown(wanted: Wanted, to: number): Promise<TimedValues[]> {
  const { dataset, devices, store } = wanted;
  const withoutFailed: Dataset = { ...dataset, failed: 'withhold' };
  const gate = rowGate(withoutFailed, devices.places);
  const rows = await Promise.all(
    [...devices.places.keys()].map((device) =>
      store.query({ ...selection(wanted), where: { device }, to, limit: LOOK_BACK }),
    ),
  );
  return rows.flat().flatMap((row) => timed(gate(row)));
}

/** Of the newest portions that have anything; a place that was silent in all their periods has no newest value. */
async function newestReleased(pages: AsyncIterable<PublicRow[]>): Promise<TimedValues[]> {
  for await (const rows of pages) if (rows.length > 0) return rows.flatMap(timed);
  return [];
}

function timed(row: PublicRow | undefined): TimedValues[] {
  if (!row) return [];
  const values = Object.entries(row.values).map(([quantity, value]) => [quantity, { value, time: row.time }]);
  return [{ place: row.place, values: Object.fromEntries(values) }];
}

/** Takes over what is newer than what the place has. */
function addNewer(entry: LatestPlace | undefined, values: LatestPlace['values']): void {
  if (!entry) return;
  for (const [quantity, latest] of Object.entries(values) as [QuantityId, LatestValue][]) {
    if (latest.time < (entry.values[quantity]?.time ?? Number.NEGATIVE_INFINITY)) continue;
    entry.values[quantity] = latest;
    entry.time = Math.max(entry.time ?? latest.time, latest.time);
  }
}

/** Rows of the store behind the gate. */
function gated(rows: readonly Row[], wanted: Wanted): PublicRow[] {
  const gate = rowGate(visible(wanted), wanted.devices.places);
  return rows.flatMap((row) => gate(row) ?? []);
}

/** The dataset with the wanted quantities only. */
function visible({ dataset, quantities }: Wanted): Dataset {
  return { ...dataset, quantities };
}

/** Rows that are asked of the store at once, where many of them may be withheld. */
const LONGEST_PAGE = 20_000;

/**
 * Pages without what is withheld, of datasets whose pages must not end among it: the address of the next page would
 * tell when it was measured, and so when few people passed. Undefined for others.
 */
function shownPages(wanted: Wanted, most: number): AsyncIterable<PublicRow[]> | undefined {
  const { dataset } = wanted;
  const { release } = dataset.privacy;
  if (release) return releasePages(wanted, release);
  return guardedQuantities(dataset).length > 0 ? gatedPages(wanted, most) : undefined;
}

/** Ever longer ones, so that few rows and many are both read quickly. */
async function* gatedPages(wanted: Wanted, most: number): AsyncGenerator<PublicRow[]> {
  let limit = most;
  for (let offset = 0; ; offset += limit, limit = Math.max(limit, Math.min(2 * limit, LONGEST_PAGE))) {
    const rows = await wanted.store.query({ ...selection(wanted), limit, offset });
    yield gated(rows, wanted);
    if (rows.length < limit) return;
  }
}

async function firstOf(pages: AsyncIterable<PublicRow[]>, skip: number, most: number): Promise<PublicRow[]> {
  const rows: PublicRow[] = [];
  for await (const page of pages) {
    rows.push(...page);
    if (rows.length >= skip + most) break;
  }
  return rows.slice(skip, skip + most);
}

/** What is left of a range behind a cursor. */
function remaining(cursor: Cursor | undefined, order: Range['order']): Pick<Range, 'from' | 'to'> {
  if (!cursor) return {};
  return order === 'descending' ? { to: cursor.time + 1 } : { from: cursor.time };
}
