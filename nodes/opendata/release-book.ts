import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { writeTextAtomically } from '../devices/atomic-file.ts';
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
  readonly #path: string | undefined;
  #rows: PublicRow[] = [];
  #until: number | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /** Without a path it is kept in memory only. */
  constructor(path?: string) {
    this.#path = path;
    if (path !== undefined) this.#read(path);
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
    if (this.#path !== undefined)
      appendDurably(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (const line of lines) this.#take(line);
  }

  /** Forgets all values, but not up to when they were decided. */
  erase(): void {
    if (this.#until !== undefined && this.#path !== undefined) {
      const line: Line = { start: this.#until, end: this.#until };
      writeTextAtomically(this.#path, `${JSON.stringify(line)}\n`);
    }
    this.#rows = [];
  }

  #read(path: string): void {
    const text = textOf(path);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) writeFileSync(path, whole);
    for (const line of whole.split('\n')) if (line) this.#take(JSON.parse(line) as Line);
  }

  #take({ start, end, place, values }: Line): void {
    this.#until = end;
    if (place !== undefined && values) this.#rows.push({ time: start, place, values });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function appendDurably(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, 'a', 0o600);
  try {
    appendFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
