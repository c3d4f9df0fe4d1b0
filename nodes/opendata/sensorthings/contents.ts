import type { QuantityId } from '../../observation/quantities.ts';
import {
  type Cursor,
  type History,
  type Latest,
  type LatestPlace,
  type Range,
  readHistory,
  readLatest,
  readPlaces,
} from '../reader.ts';
import type { Entry } from '../site.ts';
import type { Contents, Extent } from './directory.ts';

/** ms after which the beginning of a series is looked up again: it only moves when old data are brought in or removed. */
const BEGINNINGS_KEPT = 3_600_000;
/** Rows at the beginning of a dataset, and of a place, in which most of its series begin. */
const FIRST_ROWS = 1000;
const FIRST_ROWS_OF_PLACE = 50;
/** Places whose beginning is looked up at the same time. */
const AT_ONCE = 8;

interface Beginnings {
  /** Of made-up values: those of real ones begin anew. */
  sandbox: boolean;
  /** ms since 1970 UTC. */
  until: number;
  /** Place name and quantity -> ms since 1970 UTC. */
  times: Map<string, number>;
}

/** Per published dataset the beginnings of its series. */
const kept = new WeakMap<Entry, Beginnings>();

/** What a dataset has: its newest values, and from when to when each series reaches. Errors of the store pass through. */
export async function contentsOf(entry: Entry, now: number): Promise<Contents> {
  const { places, sandbox } = await readLatest(entry.dataset, entry.sources);
  const beginnings = await beginningsOf(entry, { places, sandbox }, now);
  const extents = new Map(places.map((place) => [place.place, extentsOf(place, beginnings)]));
  return { entry, sandbox, extents };
}

function extentsOf({ place, values }: LatestPlace, beginnings: Beginnings['times']): Map<QuantityId, Extent> {
  return new Map(
    quantitiesOf(values).map((quantity) => {
      const end = values[quantity]?.time ?? 0;
      return [quantity, { begin: Math.min(beginnings.get(keyOf(place, quantity)) ?? end, end), end }];
    }),
  );
}

async function beginningsOf(
  entry: Entry,
  { places, sandbox }: Pick<Latest, 'places' | 'sandbox'>,
  now: number,
): Promise<Map<string, number>> {
  let known = kept.get(entry);
  if (!known || known.until < now || known.sandbox !== sandbox) {
    known = { sandbox, until: now + BEGINNINGS_KEPT, times: await firstTimes(entry, {}, FIRST_ROWS) };
    kept.set(entry, known);
  }
  const { times } = known;
  const ids = new Map(readPlaces(entry.dataset, entry.sources).map(({ name, id }) => [name, id]));
  const missing = places.filter((place) => missingAt(place, times).length > 0);
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    await Promise.all(
      missing
        .slice(at, at + AT_ONCE)
        .map((place) => addTimes(entry, place, ids.get(place.place) ?? '', times)),
    );
  }
  return times;
}

/** Most quantities of a place begin together; those that came later are looked up one by one. */
async function addTimes(
  entry: Entry,
  place: LatestPlace,
  id: string,
  times: Map<string, number>,
): Promise<void> {
  addAll(times, await firstTimes(entry, { places: [id] }, FIRST_ROWS_OF_PLACE));
  for (const quantity of missingAt(place, times)) {
    addAll(times, await firstTimes(entry, { places: [id], quantities: [quantity] }, 1));
  }
}

function missingAt({ place, values }: LatestPlace, times: ReadonlyMap<string, number>): QuantityId[] {
  return quantitiesOf(values).filter((quantity) => !times.has(keyOf(place, quantity)));
}

function addAll(times: Map<string, number>, found: ReadonlyMap<string, number>): void {
  for (const [key, time] of found) if (!times.has(key)) times.set(key, time);
}

/**
 * First times of the series in the first rows of a range. Where a check has failed all of them, the first good ones may
 * be much later: so they are looked for in ever more rows.
 */
async function firstTimes(
  { dataset, sources }: Entry,
  range: Range,
  rows: number,
): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  let [limit, cursor]: [number, Cursor | undefined] = [rows, undefined];
  do {
    const page: History = await readHistory(dataset, sources, { ...range, limit, ...(cursor && { cursor }) });
    for (const { time, place, values } of page.rows) {
      for (const quantity of quantitiesOf(values)) {
        if (!times.has(keyOf(place, quantity))) times.set(keyOf(place, quantity), time);
      }
    }
    [limit, cursor] = [FIRST_ROWS, page.next];
  } while (times.size === 0 && cursor);
  return times;
}

function quantitiesOf(values: Partial<Record<QuantityId, unknown>>): QuantityId[] {
  return Object.keys(values) as QuantityId[];
}

function keyOf(place: string, quantity: QuantityId): string {
  return `${quantity} ${place}`;
}
