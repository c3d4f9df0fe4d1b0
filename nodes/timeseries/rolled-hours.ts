import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Bucket, BucketFinder, Period } from './bucket-finder.ts';
import { DAY, dayOf, HOUR, type HourEntry, hoursOf } from './summary.ts';

/** Takes the values of one hour; `time`: when it begins, ms since 1970. */
type Take = (bucket: Bucket, time: number, entry: HourEntry) => void;

/** Reads the hours that `SqliteRollups` has summed up. */
export class RolledHours {
  readonly #days: StatementSync;
  readonly #unrolled: StatementSync;
  readonly #rolledBefore: StatementSync;
  readonly #pointsFrom: StatementSync;

  constructor(database: DatabaseSync) {
    this.#days = database.prepare(`
      SELECT day, hours FROM rollup WHERE series = ? AND field = ? AND day >= ? AND day <= ?`);
    this.#unrolled = database.prepare('SELECT day FROM unrolled WHERE series = ? AND day >= ? AND day <= ?');
    this.#rolledBefore = database.prepare('SELECT rolled_before FROM series WHERE id = ?');
    this.#pointsFrom = database.prepare(`SELECT value FROM property WHERE name = 'points_from'`);
  }

  /**
   * Hands on the hours of a series in a window that lie in one bucket as a whole. Gives the rest of the window, in
   * order of time: what has to be read from the points. `takes` has a receiver for each field, by the field's id.
   */
  read(series: number, takes: ReadonlyMap<number, Take>, window: Period, buckets: BucketFinder): Period[] {
    const missing = this.#missing(series, window);
    const rest = missing.periods();
    const pointsFrom = Number(this.#pointsFrom.get()?.value ?? Number.NEGATIVE_INFINITY);
    for (const [field, take] of takes) {
      for (const row of this.#days.iterate(series, field, dayOf(window.from), dayOf(window.to - 1))) {
        const day = Number(row.day);
        if (missing.has(day)) continue;
        const leftOver = (time: number) => rest.push({ from: time, to: time + HOUR });
        addDay(day, hoursOf(row.hours), window, buckets, take, day < pointsFrom ? undefined : leftOver);
      }
    }
    return merged(rest, window);
  }

  #missing(series: number, { from, to }: Period): MissingDays {
    const days = this.#unrolled.all(series, dayOf(from), dayOf(to - 1)).map(({ day }) => Number(day));
    const rolledBefore = this.#rolledBefore.get(series)?.rolled_before ?? Number.POSITIVE_INFINITY;
    return new MissingDays(days, Number(rolledBefore));
  }
}

/** An hour that is in several buckets is left over; where its points are gone, it goes where it begins. */
function addDay(
  day: number,
  entries: readonly HourEntry[],
  { from, to }: Period,
  buckets: BucketFinder,
  take: Take,
  leftOver: ((time: number) => void) | undefined,
): void {
  for (const entry of entries) {
    const time = day * DAY + entry[0] * HOUR;
    if (time + HOUR <= from || time >= to) continue;
    const isWhole = time >= from && time + HOUR <= to && time + HOUR <= buckets.at(time).end;
    if (isWhole || (!leftOver && time >= from)) take(buckets.at(time), time, entry);
    else leftOver?.(time);
  }
}

/** Days whose roll-ups are not there or not up to date. */
class MissingDays {
  readonly #days: ReadonlySet<number>;
  readonly #rolledBefore: number;

  constructor(days: readonly number[], rolledBefore: number) {
    this.#days = new Set(days);
    this.#rolledBefore = rolledBefore;
  }

  has(day: number): boolean {
    return day >= this.#rolledBefore || this.#days.has(day);
  }

  periods(): Period[] {
    const days = [...this.#days].filter((day) => day < this.#rolledBefore);
    const periods = days.map((day) => ({ from: day * DAY, to: (day + 1) * DAY }));
    if (this.#rolledBefore < Number.POSITIVE_INFINITY) {
      periods.push({ from: this.#rolledBefore * DAY, to: Number.MAX_SAFE_INTEGER });
    }
    return periods;
  }
}

/** The parts of some periods that lie in a window, those that touch or overlap as one. */
function merged(periods: readonly Period[], window: Period): Period[] {
  const result: Period[] = [];
  for (const { from, to } of periods.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    const part = { from: Math.max(from, window.from), to: Math.min(to, window.to) };
    if (part.from >= part.to) continue;
    if (last && part.from <= last.to) last.to = Math.max(last.to, part.to);
    else result.push(part);
  }
  return result;
}
