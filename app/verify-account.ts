import type { LedgerRow } from '../nodes/persistence/ledger.ts';
import { DEVICE_HEALTH } from '../nodes/timeseries/points.ts';
import type { Store } from '../nodes/timeseries/store.ts';

/** A day on which the database has fewer readings of a device than messages were stored. */
export interface Difference {
  day: string;
  area: string;
  device: string;
  /** Messages whose readings are stored, as the ledger says. */
  stored: number;
  /** Readings that the database has: different times. */
  found: number;
  /** How many of the stored ones are not among the readings of the day, nor among those of the days beside it. */
  missing: number;
}

const DAY = 86_400_000;

export interface Verification {
  /** Of the days asked for and the two beside them. */
  rows: readonly LedgerRow[];
  isAsked(day: string): boolean;
  storeOf(device: string): Store;
  /** `YYYY-MM-DD` of ms since 1970, in the town's time zone. */
  dayOf(time: number): string;
}

/**
 * Compares what the ledger calls stored with what the database has. The ledger counts by arrival, the database by the
 * time of the reading: shortly after midnight a reading is of the day before, and a surplus there makes up for it.
 * Throws ByflytError if the database is away.
 */
export async function* differences(verification: Verification): AsyncGenerator<Difference> {
  const { rows, isAsked, storeOf, dayOf } = verification;
  const devices = Map.groupBy(
    rows.filter(({ area, device }) => area !== '' && device !== ''),
    ({ area, device }) => `${area} ${device}`,
  );
  for (const own of devices.values()) {
    const [first] = own;
    const last = own.at(-1);
    if (!first || !last) continue;
    const { area, device } = first;
    const period = { from: Date.parse(first.day) - 2 * DAY, to: Date.parse(last.day) + 3 * DAY };
    const found = await readingsByDay(storeOf(device), { area, device, ...period }, dayOf);
    const stored = new Map(own.map((row) => [row.day, row.stored]));
    const surplus = (day: string) => Math.max(0, (found.get(day) ?? 0) - (stored.get(day) ?? 0));
    for (const [day, count] of stored) {
      const there = found.get(day) ?? 0;
      const missing = count - there - surplus(neighbour(day, -1)) - surplus(neighbour(day, 1));
      if (missing > 0 && isAsked(day)) yield { day, area, device, stored: count, found: there, missing };
    }
  }
}

/** The day before or after another one. */
export function neighbour(day: string, days: -1 | 1): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** Different times per day; a reading of the battery alone is in the measurement of the devices' health. */
async function readingsByDay(
  store: Store,
  { area, device, from, to }: { area: string; device: string; from: number; to: number },
  dayOf: (time: number) => string,
): Promise<Map<string, number>> {
  const times = new Set<number>();
  const known = await store.measurements();
  for (const measurement of [area, DEVICE_HEALTH]) {
    const fields = known.get(measurement) ?? [];
    for await (const rows of store.stream({ measurement, fields, where: { device }, from, to })) {
      for (const { time } of rows) times.add(time);
    }
  }
  const days = new Map<string, number>();
  for (const time of times) days.set(dayOf(time), (days.get(dayOf(time)) ?? 0) + 1);
  return days;
}
