import type { Packed, StateStore } from '../../nodes/persistence/state-store.ts';

/** A StateStore that can be restarted: what it kept comes back as it was saved, as after a restart of the process. */
export class MemoryState implements StateStore {
  #values = new Map<string, unknown>();

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
    // Everything is where `restart` finds it.
  }
  restart(): void {
    for (const [key, value] of this.#values) {
      const bytes = (value as Partial<Packed>).toBytes?.();
      this.#values.set(key, bytes ?? JSON.parse(JSON.stringify(value)));
    }
  }
  /** Bytes of everything kept, as JSON. */
  size(): number {
    return JSON.stringify([...this.#values]).length;
  }
}
