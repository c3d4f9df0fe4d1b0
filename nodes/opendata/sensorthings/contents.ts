import type { QuantityId } from '../../observation/quantities.ts';
import { type Cursor, type LatestPlace, readHistory, readLatest, readPlaces } from '../reader.ts';
import type { Entry } from '../site.ts';
import type { Contents, Extent } from './directory.ts';

/** ms after which the beginning of a series is looked up again: it only moves when old data are brought in or removed. */
const BEGINNINGS_KEPT = 3_600_000;
/** Rows at the beginning of a dataset, in which most of its series begin. */
const FIRST_ROWS = 1000;
/** Series whose beginning is looked up at the same time. */
const AT_ONCE = 8;

interface Beginnings {
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
  const beginnings = await beginningsOf(entry, places, now);
  const extents = new Map(places.map((place) => [place.place, extentsOf(place, beginnings)]));
  return { entry, sandbox, latest: places, extents };
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
  places: readonly LatestPlace[],
  now: number,
): Promise<Map<string, number>> {
  let known = kept.get(entry);
  if (!known || known.until < now) {
    known = { until: now + BEGINNINGS_KEPT, times: await firstRows(entry) };
    kept.set(entry, known);
  }
  const { times } = known;
  const missing = places.flatMap(({ place, values }) =>
    quantitiesOf(values).flatMap((quantity) =>
      times.has(keyOf(place, quantity)) ? [] : [{ place, quantity }],
    ),
  );
  const ids = new Map(readPlaces(entry.dataset, entry.sources).map(({ name, id }) => [name, id]));
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    await Promise.all(
      missing.slice(at, at + AT_ONCE).map(async ({ place, quantity }) => {
        const first = await beginning(entry, ids.get(place) ?? '', quantity);
        if (first !== undefined) times.set(keyOf(place, quantity), first);
      }),
    );
  }
  return times;
}

async function firstRows({ dataset, sources }: Entry): Promise<Map<string, number>> {
  const { rows } = await readHistory(dataset, sources, { limit: FIRST_ROWS });
  const times = new Map<string, number>();
  for (const { time, place, values } of rows) {
    for (const quantity of quantitiesOf(values)) {
      if (!times.has(keyOf(place, quantity))) times.set(keyOf(place, quantity), time);
    }
  }
  return times;
}

/** Of values that a check has failed the first good one may be some rows later. */
async function beginning(
  { dataset, sources }: Entry,
  place: string,
  quantity: QuantityId,
): Promise<number | undefined> {
  const range = { places: [place], quantities: [quantity] };
  for (let limit = 1, cursor: Cursor | undefined; ; limit = FIRST_ROWS) {
    const page = await readHistory(dataset, sources, { ...range, limit, ...(cursor && { cursor }) });
    const [first] = page.rows;
    cursor = page.next;
    if (first || !cursor) return first?.time;
  }
}

function quantitiesOf(values: Partial<Record<QuantityId, unknown>>): QuantityId[] {
  return Object.keys(values) as QuantityId[];
}

function keyOf(place: string, quantity: QuantityId): string {
  return `${quantity} ${place}`;
}
