import type { QuantityId } from '../../observation/quantities.ts';
import { guardedQuantities } from '../privacy.ts';
import {
  type Cursor,
  type History,
  type Latest,
  type PublicPlace,
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

/** A place, and when each of its quantities was measured last, ms since 1970 UTC. */
interface Ends {
  place: string;
  times: Partial<Record<QuantityId, number>>;
}

/** What a dataset has: its newest values, and from when to when each series reaches. Errors of the store pass through. */
export async function contentsOf(entry: Entry, now: number): Promise<Contents> {
  const latest = await readLatest(entry.dataset, entry.sources);
  const { sandbox } = latest;
  const places = await endsOf(entry, latest, now);
  const beginnings = await beginningsOf(entry, places, sandbox, now);
  const extents = new Map(places.map((place) => [place.place, extentsOf(place, beginnings)]));
  return { entry, sandbox, extents };
}

function extentsOf({ place, times }: Ends, beginnings: Beginnings['times']): Map<QuantityId, Extent> {
  return new Map(
    quantitiesOf(times).map((quantity) => {
      const end = times[quantity] ?? 0;
      return [quantity, { begin: Math.min(beginnings.get(keyOf(place, quantity)) ?? end, end), end }];
    }),
  );
}

/** ms that the end of a series is kept whose newest value is withheld; a newer one that is shown counts at once. */
const ENDS_KEPT = 600_000;

/** The end of a series, undefined if nothing of it is shown, and until when that is kept; ms since 1970 UTC. */
interface KeptEnd {
  end: number | undefined;
  until: number;
}

/** Per published dataset, by place and quantity. */
const keptEnds = new WeakMap<Entry, Map<string, KeptEnd>>();

/**
 * When each series ends. Where the newest count of people is withheld, it is the newest that is shown: a series must not
 * be gone whenever few people pass.
 */
async function endsOf(entry: Entry, { places }: Latest, now: number): Promise<Ends[]> {
  const { dataset, sources } = entry;
  const ids = new Map(readPlaces(dataset, sources).map(({ name, id }) => [name, id]));
  const counted = dataset.privacy.release ? [] : guardedQuantities(dataset).map(({ quantity }) => quantity);
  const ends: Ends[] = [];
  for (const { place, values } of places) {
    const times: Ends['times'] = {};
    for (const quantity of dataset.quantities) {
      const isWithheld = !values[quantity] && counted.includes(quantity);
      const end = isWithheld
        ? await lastShown(entry, { name: place, id: ids.get(place) ?? '' }, quantity, now)
        : values[quantity]?.time;
      if (end !== undefined) times[quantity] = end;
    }
    ends.push({ place, times });
  }
  return ends;
}

async function lastShown(
  entry: Entry,
  place: Pick<PublicPlace, 'id' | 'name'>,
  quantity: QuantityId,
  now: number,
): Promise<number | undefined> {
  const known = keptEnds.get(entry) ?? new Map<string, KeptEnd>();
  keptEnds.set(entry, known);
  const key = keyOf(place.name, quantity);
  const before = known.get(key);
  if (before && now < before.until) return before.end;
  const range = { places: [place.id], quantities: [quantity], order: 'descending', limit: 1 } as const;
  const { rows } = await readHistory(entry.dataset, entry.sources, range);
  const end = rows[0]?.time;
  known.set(key, { end, until: now + ENDS_KEPT });
  return end;
}

async function beginningsOf(
  entry: Entry,
  places: readonly Ends[],
  sandbox: boolean,
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
async function addTimes(entry: Entry, place: Ends, id: string, times: Map<string, number>): Promise<void> {
  addAll(times, await firstTimes(entry, { places: [id] }, FIRST_ROWS_OF_PLACE));
  for (const quantity of missingAt(place, times)) {
    addAll(times, await firstTimes(entry, { places: [id], quantities: [quantity] }, 1));
  }
}

function missingAt({ place, times }: Ends, begun: ReadonlyMap<string, number>): QuantityId[] {
  return quantitiesOf(times).filter((quantity) => !begun.has(keyOf(place, quantity)));
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
