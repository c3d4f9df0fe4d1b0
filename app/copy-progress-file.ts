import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import type { CopyBookmarks } from '../nodes/timeseries/copy-store.ts';
import { seriesKey } from '../nodes/timeseries/series.ts';

/** A series, and ms since 1970 UTC from which on nothing of it is copied. */
type Line = [series: string, from: number];

/**
 * Bookmarks of a copy in a file of JSON lines: first the route of the copy, then a line whenever a series came further,
 * so that a kill at any moment costs one portion at most. A file of another route is begun anew.
 */
export class CopyProgressFile implements CopyBookmarks {
  readonly #path: string;
  readonly #bookmarks: Map<string, number>;

  /**
   * `route` says from where to where, without sign-in.
   * @throws ConfigurationError if the file cannot be read or written
   */
  constructor(path: string, route: string) {
    this.#path = path;
    const head = JSON.stringify({ route });
    this.#bookmarks = this.#access(() => {
      const known = new Map(linesOf(path, head));
      const lines = [...known].map((line) => JSON.stringify(line));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.tmp`, `${[head, ...lines].join('\n')}\n`, { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
      return known;
    });
  }

  /** Series of which an earlier run has copied something. */
  get size(): number {
    return this.#bookmarks.size;
  }

  get(measurement: string, tags: Record<string, string>): number | undefined {
    return this.#bookmarks.get(nameOf(measurement, tags));
  }

  set(measurement: string, tags: Record<string, string>, from: number): void {
    const line: Line = [nameOf(measurement, tags), from];
    this.#bookmarks.set(...line);
    this.#access(() => appendFileSync(this.#path, `${JSON.stringify(line)}\n`));
  }

  #access<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const parameters = { path: this.#path };
      throw new ConfigurationError({ key: 'app.error.file_unwritable', parameters }, { cause: error });
    }
  }
}

function nameOf(measurement: string, tags: Record<string, string>): string {
  return `${measurement} ${seriesKey(tags)}`;
}

function linesOf(path: string, head: string): Line[] {
  if (!existsSync(path)) return [];
  const [first, ...lines] = readFileSync(path, 'utf8').split('\n');
  return first === head ? lines.flatMap(parsed) : [];
}

/** A kill or a power cut may leave a line torn; its portion is copied again. */
function parsed(line: string): Line[] {
  try {
    const [series, from] = JSON.parse(line) as unknown[];
    return typeof series === 'string' && typeof from === 'number' ? [[series, from]] : [];
  } catch {
    return [];
  }
}
