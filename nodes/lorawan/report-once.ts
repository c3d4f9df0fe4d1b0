/**
 * Remembers what was reported lately, so that flows which all hear the same device report it once.
 * Holds at most a thousand reports; the oldest give way.
 */
export class ReportOnce {
  readonly #reported = new Map<string, number>();

  /** True if nobody reported `what` within the last `withinMs`. `now`: ms since 1970. */
  isNew(what: string, withinMs: number, now = Date.now()): boolean {
    const before = this.#reported.get(what);
    if (before !== undefined && now - before < withinMs) return false;
    this.#reported.delete(what);
    this.#reported.set(what, now);
    const [oldest] = this.#reported.keys();
    if (this.#reported.size > 1000 && oldest !== undefined) this.#reported.delete(oldest);
    return true;
  }
}

const shared = new WeakMap<object, ReportOnce>();

/** The memory that all who use the same object (a device registry) share. */
export function sharedReports(owner: object): ReportOnce {
  const reports = shared.get(owner) ?? new ReportOnce();
  shared.set(owner, reports);
  return reports;
}
