import { writeTextAtomically } from '../devices/atomic-file.ts';
import { appendLines, readLines } from './lines-file.ts';
import type { PublicRow } from './privacy.ts';
import type { ReleasedPeriod } from './released.ts';

/** A line of the file: a period that is decided, for good. `place` is absent where nothing of it may be shown. */
interface Line {
  start: number;
  end: number;
  place?: string;
  values?: PublicRow['values'];
}

/**
 * What a dataset released of all its places together, once and for good: values are never made anew, because two
 * values of one period, with and without a reading that came late or a device that was taken away, would give that one
 * away by subtraction. One JSON line per period; a last line that a crash cut off is made again.
 */
export class ReleaseBook {
  readonly isReadOnly: boolean;
  readonly #path: string | undefined;
  #rows: PublicRow[] = [];
  #until: number | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /** `isReadOnly`: for another process than the one that decides. Without a path it is kept in memory only. */
  constructor(path?: string, isReadOnly = false) {
    this.isReadOnly = isReadOnly;
    this.#path = path;
    for (const line of path === undefined ? [] : readLines<Line>(path)) this.#take(line);
  }

  /** Oldest first. */
  get rows(): readonly PublicRow[] {
    return this.#rows;
  }

  /** End of the last period that is decided, ms since 1970 UTC; undefined if none is. */
  get until(): number | undefined {
    return this.#until;
  }

  /** Lets one after the other work on the book, so that no period is decided twice. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** On disk when this returns. */
  append(periods: readonly ReleasedPeriod[]): void {
    const lines = periods.map(({ start, end, rows: [row] }): Line => {
      return row ? { start, end, place: row.place, values: row.values } : { start, end };
    });
    if (lines.length === 0) return;
    if (this.#path !== undefined) appendLines(this.#path, lines);
    for (const line of lines) this.#take(line);
  }

  /** Leaves what is before a time (ms since 1970 UTC) undecided for good: another dataset has told of it. */
  beginAt(time: number): void {
    this.#mark(time);
    this.#until = time;
  }

  /** Forgets all values, but not up to when they were decided. */
  erase(): void {
    if (this.#until !== undefined) this.#mark(this.#until);
    this.#rows = [];
  }

  /** Makes the file say no more than how far it is decided. */
  #mark(until: number): void {
    if (this.#path === undefined || this.isReadOnly) return;
    const line: Line = { start: until, end: until };
    writeTextAtomically(this.#path, `${JSON.stringify(line)}\n`);
  }

  #take({ start, end, place, values }: Line): void {
    this.#until = end;
    if (place !== undefined && values) this.#rows.push({ time: start, place, values });
  }
}
