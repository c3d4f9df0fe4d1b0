import { devicesMark } from '../reader.ts';
import type { Entry } from '../site.ts';

interface Kept {
  answer: Promise<unknown>;
  /** ms since 1970 UTC. */
  until: number;
}

/**
 * What takes long to count and changes slowly (a month's report, a day's summary) is counted once per dataset. A dataset
 * that was published anew, or has other devices than before, has none of the old answers. One is counted at a time: who
 * asks for many at once waits, and the measurements do not.
 */
export class SlowAnswers {
  readonly #kept = new WeakMap<Entry, Map<string, Kept>>();
  readonly #most: number;
  /** Resolves when nothing is being counted any more. */
  #idle: Promise<unknown> = Promise.resolve();

  /** `most`: answers per dataset. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The kept answer of that name, else what `make` gives, for `lifetime` ms. Failures are not kept. */
  get<T>(
    entry: Entry,
    name: string,
    { now, lifetime }: { now: number; lifetime: number },
    make: () => Promise<T>,
  ): Promise<T> {
    const answers = this.#kept.get(entry) ?? new Map<string, Kept>();
    this.#kept.set(entry, answers);
    const key = `${name} ${devicesMark(entry.dataset, entry.sources)}`;
    const kept = answers.get(key);
    if (kept && now < kept.until) return kept.answer as Promise<T>;
    const answer = this.#idle.then(make);
    answers.delete(key);
    answers.set(key, { answer, until: now + lifetime });
    this.#idle = answer.catch(() => answers.delete(key));
    const [oldest] = answers.keys();
    if (answers.size > this.#most && oldest !== undefined) answers.delete(oldest);
    return answer;
  }
}
