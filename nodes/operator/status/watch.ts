import type { Problems, ReportedProblem } from '../../observation/problems.ts';

/** A problem with its id, as a look found it. */
export type Found = [id: string, problem: ReportedProblem];

export interface WatchOptions {
  problems: Problems;
  /** Looks; each gives the problems that there are now. */
  looks: readonly (() => Iterable<Found>)[];
  /** Hears of each failure or warning when it is first seen. */
  onNew(problem: ReportedProblem): void;
  /** ms since 1970. */
  now(): number;
}

/** ms for which a look counts, so that anybody may ask as often as they like. */
const FRESH = 1000;
/** ms between two looks that nobody asked for. */
const EVERY = 10_000;

/** Finds the problems that no room reports by itself, and brings them to the others. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #timer: NodeJS.Timeout;
  #ids: ReadonlySet<string> = new Set();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), EVERY).unref();
  }

  /** Looks, unless somebody has a moment ago. */
  look(): void {
    const { now } = this.#options;
    if (now() - this.#looked < FRESH) return;
    this.#looked = now();
    this.#renew();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const id of this.#ids) this.#options.problems.clear(id);
  }

  #renew(): void {
    const { problems, looks, onNew } = this.#options;
    const found = new Map(looks.flatMap((look) => [...look()]));
    for (const id of this.#ids) if (!found.has(id)) problems.clear(id);
    for (const [id, problem] of found) {
      problems.report(id, problem);
      if (problem.severity !== 'notice' && !this.#ids.has(id)) onNew(problem);
    }
    this.#ids = new Set(found.keys());
  }
}
