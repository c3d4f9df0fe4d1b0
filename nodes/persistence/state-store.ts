/**
 * Small state that survives restart and redeploy (detectors, frame counters, alarms), by device and quantity.
 * `set` may be called on every uplink: the value is kept by reference and serialised with JSON when it is flushed
 * (a second later, longer while flushing takes more than a hundredth of the time, and on close), so it may be a class
 * with `toJSON`.
 */
export interface StateStore {
  /** The object last set in this process, else what was saved (plain JSON), else undefined. */
  get<T>(key: string): T | undefined;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** Keys that begin with `prefix`. */
  keys(prefix: string): string[];
  flush(): void;
}
