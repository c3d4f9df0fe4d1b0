import type { Content } from './response.ts';

interface Kept {
  content: Promise<Content>;
  /** ms since 1970 UTC. */
  until: number;
}

/** Answers per dataset at most: languages times pages, and a few names under which the server is known. */
const MOST = 40;

/**
 * What many visitors ask for is made once and kept for a short time, so that a rush on the public pages does not
 * slow down the intake of measurements. Those who ask while an answer is being made wait for the same one.
 */
export class KeptAnswers {
  readonly #lifetime: number;
  readonly #groups = new Map<string, Map<string, Kept>>();

  /** `lifetime` in ms. */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  /** The kept answer of a group and name, else what `make` gives. Failures are not kept. `now` in ms since 1970 UTC. */
  get(group: string, name: string, now: number, make: () => Promise<Content>): Promise<Content> {
    const answers = this.#groups.get(group) ?? new Map<string, Kept>();
    this.#groups.set(group, answers);
    const kept = answers.get(name);
    if (kept && now < kept.until) return kept.content;
    answers.delete(name);
    const content = make();
    const entry = { content, until: now + this.#lifetime };
    answers.set(name, entry);
    dropOldest(answers);
    content.catch(() => answers.get(name) === entry && answers.delete(name));
    return content;
  }

  /** Something in the group has changed. */
  forget(group: string): void {
    this.#groups.delete(group);
  }
}

function dropOldest(answers: Map<string, Kept>): void {
  const [oldest] = answers.keys();
  if (answers.size > MOST && oldest !== undefined) answers.delete(oldest);
}
