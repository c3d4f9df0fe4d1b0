import { ConfigurationError } from '../observation/errors.ts';
import type { Dataset, Publisher } from './dataset.ts';
import type { Sources } from './reader.ts';

/** A dataset that is published now. */
export interface Entry {
  dataset: Dataset;
  publisher: Publisher;
  sources: Sources;
}

/** All datasets of one running Node-RED. Its routes consult it at each request, so that a redeploy leaves none behind. */
export class Site {
  readonly #entries = new Map<string, Entry>();

  /** Publishes a dataset; the returned function withdraws it. Throws ConfigurationError if its address is taken. */
  publish(entry: Entry): () => void {
    const { id } = entry.dataset;
    if (this.#entries.has(id))
      throw new ConfigurationError({ key: 'opendata.config.taken', parameters: { id } });
    this.#entries.set(id, entry);
    return () => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    };
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** In order of their ids. */
  list(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => a.dataset.id.localeCompare(b.dataset.id));
  }
}
