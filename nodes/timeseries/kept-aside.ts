import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Problem } from '../observation/errors.ts';
import type { DeadLetter, Outbox } from '../persistence/outbox.ts';
import type { Point } from './store.ts';

/** Values that were put aside for one reason, of one device. */
export interface AsideGroup {
  /** Names the group for `retry` and `discard`. */
  key: string;
  /** Why, with the newest value as its example. */
  problem: Problem;
  /** Dead letters. */
  count: number;
  /** ISO 8601 UTC: when the newest was put aside. */
  time: string;
}

/** What a database, or the schema guard before it, did not take. */
export interface KeptAside {
  /** How many dead letters there are in all. */
  readonly count: number;
  /** The newest ones, in groups, newest group first. */
  groups(): AsideGroup[];
  /** Sends a group on its way again; gives how many letters went. Those that would be refused as before stay. */
  retry(key: string): Promise<number>;
  /** Throws a group away; gives how many letters that were. */
  discard(key: string): number;
}

/** An outbox with dead letters, and how points get on their way again. */
export interface AsideSource {
  name: string;
  outbox: Pick<Outbox<Point[]>, 'deadLetters' | 'deadLetterCount' | 'discard'>;
  /** True if the points, or some of them, are on their way. */
  again(points: readonly Point[]): boolean;
}

type Letter = DeadLetter<Point[]> & { source: AsideSource; problem: Problem; key: string };

/** Letters that are looked through for the list of groups; a group is emptied as a whole. */
const NEWEST = 1000;
const ALL = Number.MAX_SAFE_INTEGER;

/** A problem as an outbox keeps it with a dead letter. */
export function wordsOf({ key, parameters, device }: Problem): string {
  return JSON.stringify({ key, parameters, device });
}

/** Dead letters of several outboxes as people work through them. `sources` is asked anew each time. */
export class DeadLetterShelf implements KeptAside {
  readonly #sources: () => readonly AsideSource[];
  readonly #placeOf: (device: string) => string | undefined;

  /** `placeOf`: where a device is now, by its id; readings that were put aside for their tags go there. */
  constructor(sources: () => readonly AsideSource[], placeOf: (device: string) => string | undefined) {
    this.#sources = sources;
    this.#placeOf = placeOf;
  }

  get count(): number {
    return this.#sources().reduce((sum, { outbox }) => sum + outbox.deadLetterCount, 0);
  }

  groups(): AsideGroup[] {
    const groups = new Map<string, AsideGroup>();
    for (const { key, problem, time } of this.#letters(NEWEST)) {
      const group = groups.get(key);
      if (group) group.count++;
      else groups.set(key, { key, problem, time, count: 1 });
    }
    return [...groups.values()];
  }

  async retry(key: string): Promise<number> {
    const gone = this.#group(key).filter(({ source, item, problem }) => {
      const isTag = /\.guard\.tag_/.test(problem.key);
      return source.again(isTag ? item.map((point) => this.#replaced(point)) : item);
    });
    // The outbox has them on disk then: whatever happens, they are in one place at least.
    await nextTurn();
    return discarded(gone);
  }

  discard(key: string): number {
    return discarded(this.#group(key));
  }

  /** Oldest first. */
  #group(key: string): Letter[] {
    const letters = this.#letters(ALL).filter((letter) => letter.key === key);
    return letters.reverse();
  }

  /** Newest first. */
  #letters(limit: number): Letter[] {
    const letters = this.#sources().flatMap((source) =>
      source.outbox.deadLetters(limit).map((letter) => {
        const problem = problemOfLetter(letter);
        return { ...letter, source, problem, key: groupKey(source.name, problem) };
      }),
    );
    return letters.sort((a, b) => b.time.localeCompare(a.time) || b.id - a.id);
  }

  #replaced({ line: _line, ...point }: Point): Point {
    const { device = '', site: _site, ...tags } = point.tags;
    const site = this.#placeOf(device);
    return { ...point, tags: { device, ...(site !== undefined && { site }), ...tags } };
  }
}

/** Removes letters; gives how many they were. */
function discarded(letters: readonly Letter[]): number {
  for (const [{ outbox }, taken] of Map.groupBy(letters, ({ source }) => source))
    outbox.discard(taken.map(({ id }) => id));
  return letters.length;
}

/** A guard's sentence, or the database's own words. */
function problemOfLetter({ reason, item: [point] }: DeadLetter<Point[]>): Problem {
  if (reason.startsWith('{"key":')) return JSON.parse(reason) as Problem;
  return { key: 'timeseries.error.point', parameters: { reason }, device: point?.tags.device };
}

/** The value is no part of it: a broken sensor sends many. */
function groupKey(outbox: string, { key, parameters = {}, device = '' }: Problem): string {
  const { field = '', tag = '', reason = '' } = parameters;
  const text = JSON.stringify([outbox, key, field, tag, reason, device]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
