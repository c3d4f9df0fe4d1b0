import { type Content, isWhole } from './response.ts';

interface Kept {
  content: Promise<Content>;
  /** ms since 1970 UTC. */
  until: number;
  /** Of its body, as soon as it is made. */
  bytes: number;
}

/** Of all answers of a group together: what many ask for is some hundred kilobytes, in a few languages. */
const MOST_BYTES = 8_000_000;
/** Of one answer, beside its body. */
const OVERHEAD = 2000;

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
    // What is asked for again and again outlives what somebody asked for once.
    answers.delete(name);
    if (kept && now < kept.until) {
      answers.set(name, kept);
      return kept.content;
    }
    const content = make();
    const entry = { content, until: now + this.#lifetime, bytes: OVERHEAD };
    answers.set(name, entry);
    content.then(
      ({ body }) => {
        entry.bytes += isWhole(body) ? body.length : 0;
        dropOldest(answers);
      },
      () => answers.get(name) === entry && answers.delete(name),
    );
    return content;
  }

  /** Something in the group has changed. */
  forget(group: string): void {
    this.#groups.delete(group);
  }
}

function dropOldest(answers: Map<string, Kept>): void {
  let bytes = 0;
  for (const kept of answers.values()) bytes += kept.bytes;
  for (const [name, kept] of answers) {
    if (bytes <= MOST_BYTES) return;
    answers.delete(name);
    bytes -= kept.bytes;
  }
}
