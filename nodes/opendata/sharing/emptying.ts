import type { Dataset } from '../dataset.ts';
import { readAll, readLatest } from '../reader.ts';
import type { Entry } from '../site.ts';

/** A container that was emptied, or is expected to be full. */
export interface Emptying {
  place: string;
  /** ms since 1970 UTC. */
  time: number;
  kind: 'done' | 'expected';
}

const DAY = 86_400_000;
/** Days of the past that are looked through. */
const PAST = 30;
/** A fall of the filling level by more than this many percentage points is an emptying; waste settles by less. */
const FALL = 20;
/** Days ahead that a forecast is worth a place in a calendar. */
const AHEAD = 60;

/** Whether a dataset says when containers are emptied. */
export function hasEmptying({ quantities }: Dataset): boolean {
  return quantities.includes('fill_level') || quantities.includes('time_until_full');
}

/**
 * Emptyings of the last 30 days, by falls of the filling level, and the day on which each container is expected to be
 * full, by the forecast that is published with it. `now` in ms since 1970 UTC. Errors of the store pass through.
 */
export async function emptyingsOf(entry: Entry, now: number): Promise<Emptying[]> {
  const { quantities } = entry.dataset;
  return [
    ...(quantities.includes('fill_level') ? await past(entry, now) : []),
    ...(quantities.includes('time_until_full') ? await ahead(entry, now) : []),
  ];
}

async function past({ dataset, sources }: Entry, now: number): Promise<Emptying[]> {
  const levels = new Map<string, { high: number; low?: number }>();
  const found: Emptying[] = [];
  const range = { from: now - PAST * DAY, to: now + 1, quantities: ['fill_level'] } as const;
  for await (const rows of readAll(dataset, sources, range)) {
    for (const { place, time, values } of rows) {
      const level = values.fill_level;
      if (typeof level !== 'number') continue;
      const before = levels.get(place);
      if (!before || level >= before.high - FALL) levels.set(place, { high: level });
      // One low value may be wrong; the second makes it an emptying at the time of the first.
      else if (before.low === undefined) levels.set(place, { high: before.high, low: time });
      else {
        found.push({ place, time: before.low, kind: 'done' });
        levels.set(place, { high: level });
      }
    }
  }
  return found;
}

async function ahead({ dataset, sources }: Entry, now: number): Promise<Emptying[]> {
  const { places } = await readLatest(dataset, sources);
  return places.flatMap(({ place, values }): Emptying[] => {
    const forecast = values.time_until_full;
    if (!forecast || typeof forecast.value !== 'number') return [];
    const time = forecast.time + forecast.value * DAY;
    return time >= now - DAY && time <= now + AHEAD * DAY ? [{ place, time, kind: 'expected' }] : [];
  });
}
