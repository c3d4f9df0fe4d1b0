import { isArea } from '../nodes/observation/areas.ts';
import type { LedgerQuery } from '../nodes/persistence/ledger.ts';
import type { LedgerView, LoggedItem } from '../nodes/persistence/read-ledger.ts';
import { isSandboxOutbox, ownerOf } from '../nodes/timeseries/outbox-heirs.ts';
import { POINT_FORMAT } from '../nodes/timeseries/point-format.ts';
import { DEVICE_HEALTH } from '../nodes/timeseries/points.ts';
import type { Point, Store } from '../nodes/timeseries/store.ts';

/** A day of which the database lacks readings of a device that it has confirmed. */
export interface Difference {
  /** Of the readings' own times. */
  day: string;
  /** Area, or `device_health` for battery and radio. */
  area: string;
  device: string;
  /** Readings that the database has confirmed, each time once. */
  stored: number;
  /** How many of them it has. */
  found: number;
  missing: number;
}

export interface Verification {
  log: Pick<LedgerView, 'delivered' | 'refused'>;
  /** Days of the readings' own times. */
  query: LedgerQuery;
  /** The database of an outbox. */
  storeOf(outbox: string, sandbox: boolean): Store;
  /** `YYYY-MM-DD` of ms since 1970, in the town's time zone. */
  dayOf(time: number): string;
}

/** The readings of one device in one measurement. */
interface Series {
  outbox: string;
  measurement: string;
  device: string;
  /** ms since 1970 UTC, with the day. */
  times: Map<number, string>;
}

/**
 * Asks the databases for every reading that they have confirmed, as far back as the log goes. A reading that was sent
 * twice is one reading, and its day is that of its own time: so nothing may be missing at all.
 * Throws ByflytError if a database is away.
 */
export async function* differences(verification: Verification): AsyncGenerator<Difference> {
  const { storeOf } = verification;
  for (const series of confirmed(verification)) {
    const { outbox, measurement, device, times } = series;
    const stored = countByDay(times);
    for await (const time of timesIn(storeOf(outbox, isSandboxOutbox(outbox)), series)) times.delete(time);
    for (const [day, missing] of countByDay(times)) {
      const all = stored.get(day) ?? 0;
      yield { day, area: measurement, device, stored: all, found: all - missing, missing };
    }
  }
}

function confirmed({ log, query, dayOf }: Verification): Series[] {
  const all = new Map<string, Series>();
  const { from = '', to = '9999' } = query;
  for (const { outbox, point } of readingsOf(log.delivered(), query)) {
    const day = dayOf(point.time);
    if (day < from || day > to) continue;
    const key = keyOf(outbox, point);
    const { measurement, tags, time } = point;
    const series = all.get(key) ?? { outbox, measurement, device: tags.device ?? '', times: new Map() };
    series.times.set(time, day);
    all.set(key, series);
  }
  for (const { outbox, point } of readingsOf(log.refused(), query)) {
    all.get(keyOf(outbox, point))?.times.delete(point.time);
  }
  return [...all.values()].filter(({ times }) => times.size > 0);
}

function keyOf(outbox: string, { measurement, tags }: Point): string {
  return JSON.stringify([outbox, measurement, tags.device]);
}

function* readingsOf(items: Iterable<LoggedItem>, { area, device }: LedgerQuery) {
  for (const { outbox, text } of items) {
    if (ownerOf(outbox) === undefined) continue;
    for (const point of POINT_FORMAT.decode(text)) {
      const isReading = isArea(point.measurement) || point.measurement === DEVICE_HEALTH;
      const isAsked = area === undefined || area === point.measurement;
      if (isReading && isAsked && point.tags.device === (device ?? point.tags.device))
        yield { outbox, point };
    }
  }
}

/** Times at which the database has anything of the series, in the period of the times asked for. */
async function* timesIn(store: Store, { measurement, device, times }: Series): AsyncGenerator<number> {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times.keys()) [from, to] = [Math.min(from, time), Math.max(to, time + 1)];
  const fields = (await fieldsOf(store)).get(measurement) ?? [];
  for await (const rows of store.stream({ measurement, fields, where: { device }, from, to })) {
    for (const { time } of rows) yield time;
  }
}

function countByDay(times: Series['times']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const day of times.values()) counts.set(day, (counts.get(day) ?? 0) + 1);
  return counts;
}

/** Asked once per database, not per device. */
const asked = new WeakMap<Store, Promise<Map<string, string[]>>>();

function fieldsOf(store: Store): Promise<Map<string, string[]>> {
  const known = asked.get(store) ?? store.measurements();
  asked.set(store, known);
  return known;
}
