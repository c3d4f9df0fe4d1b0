import { ConfigurationError } from '../observation/errors.ts';
import type { Dataset, Publisher } from './dataset.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { Publications } from './publications.ts';
import type { Sources } from './reader.ts';
import type { Content } from './response.ts';
import { Sightings } from './sightings.ts';

/** A dataset that is published now. */
export interface Entry {
  dataset: Dataset;
  publisher: Publisher;
  sources: Sources;
}

/** ms that an answer is kept if nobody says that something changed: readings may reach the database late. */
const KEPT = 30_000;
/** Group of the answers about all datasets. */
const ALL = '';

type AnswerKind = 'page' | 'place' | 'history';

/** All datasets of one running Node-RED. Its routes consult it at each request, so that a redeploy leaves none behind. */
export class Site {
  readonly #entries = new Map<string, Entry>();
  /** Since when each address gives what it gives. */
  readonly sightings = new Sightings();
  /** Apart from each other: ever new questions about history must not push out the pages. */
  readonly #answers: Record<AnswerKind, KeptAnswers>;

  /** What was decided about the datasets; absent: nothing that people must agree to is on the site. */
  publications: Publications | undefined;

  /** `kept`: ms that answers are kept. */
  constructor(kept = KEPT) {
    this.#answers = {
      page: new KeptAnswers(kept),
      place: new KeptAnswers(kept),
      history: new KeptAnswers(kept),
    };
  }

  /** Publishes a dataset; the returned function withdraws it. Throws ConfigurationError if its address is taken. */
  publish(entry: Entry): () => void {
    const { id } = entry.dataset;
    if (this.#entries.has(id)) throw takenAddress(id);
    this.#entries.set(id, entry);
    this.changed(id);
    return () => {
      if (this.#entries.get(id) !== entry) return;
      this.#entries.delete(id);
      this.changed(id);
    };
  }

  /** A dataset's devices or values are not what they were. */
  changed(id: string): void {
    for (const answers of Object.values(this.#answers)) {
      for (const group of [id, ALL]) answers.forget(group);
    }
  }

  /** An answer about a dataset (`entry`) or about all of them: a kept one, else what `make` gives. */
  answer(
    entry: Entry | undefined,
    kind: AnswerKind,
    name: string,
    now: number,
    make: () => Promise<Content>,
  ): Promise<Content> {
    return this.#answers[kind].get(entry?.dataset.id ?? ALL, name, now, make);
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** In order of their ids. */
  list(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => a.dataset.id.localeCompare(b.dataset.id));
  }
}

/** What two nodes with a dataset at one address are told. */
export function takenAddress(id: string): ConfigurationError {
  return new ConfigurationError({ key: 'opendata.config.taken', parameters: { id } });
}
