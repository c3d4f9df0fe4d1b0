import type { StateStore } from './state-store.ts';

/** State for work that must leave no trace: in memory, empty at first, gone with its owner. */
export class ScratchState implements StateStore {
  readonly #values = new Map<string, unknown>();

  get<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined;
  }

  set(key: string, value: unknown): void {
    this.#values.set(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix));
  }

  flush(): void {
    // Nothing of it outlives the work.
  }
}
