/**
 * Small state that survives restart and redeploy (detectors, frame counters, alarms), by device and quantity.
 * `set` may be called on every uplink: the value is kept by reference and serialised only when it is saved.
 *
 * What was not asked for lately leaves the memory, and comes back as it was saved. So keep no value from one message to
 * the next: `get` it again, and `set` it in the same turn of the event loop in which you change it.
 */
export interface StateStore {
  /** The object last set in this process or what was saved of it (plain JSON or bytes), or undefined. */
  get<T>(key: string): T | undefined;
  /**
   * A value for JSON, maybe by its `toJSON`, bytes, or one that is `Packed`. On disk within seconds; within a minute for
   * what may be a little older after a crash; or now, which costs a write, so that no crash can take it back. A disk
   * that refuses makes it seconds again.
   */
  set(key: string, value: unknown, within?: 'now' | 'seconds' | 'minute'): void;
  delete(key: string): void;
  /** Keys that begin with `prefix`. */
  keys(prefix: string): string[];
  /** Puts all changes on disk. Throws what SQLite throws; the changes are kept then. */
  flush(): void;
}

/** A value that says itself how it is saved, in fewer bytes than its JSON. */
export interface Packed {
  toBytes(): Uint8Array;
  /** Bytes that it takes in memory. */
  readonly byteLength: number;
}
