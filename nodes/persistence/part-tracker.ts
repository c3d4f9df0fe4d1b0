import type { Part } from '../observation/flow-node.ts';

/** Wholes of which some parts are judged. A flow may leave the others without a verdict for ever, so the oldest give way. */
const OPEN_AT_MOST = 10_000;

/** Brings the verdicts on the parts of a whole together. */
export class PartTracker<V> {
  readonly #open = new Map<string, { seen: Set<number>; verdict: V }>();
  readonly #worse: (a: V, b: V) => V;

  /** `worse` makes one verdict of two. */
  constructor(worse: (a: V, b: V) => V) {
    this.#worse = worse;
  }

  /**
   * The verdict on the whole as soon as its last part is judged, `undefined` before. A part judged twice counts once.
   * A verdict without `part` is about the whole.
   */
  add(id: string, verdict: V, part: Part | undefined): V | undefined {
    if (part === undefined || part.count <= 1) {
      if (this.#open.size > 0) this.#open.delete(id);
      return verdict;
    }
    const known = this.#open.get(id);
    const seen = known?.seen ?? new Set<number>();
    seen.add(part.index);
    const combined = known ? this.#worse(known.verdict, verdict) : verdict;
    if (seen.size >= part.count) {
      this.#open.delete(id);
      return combined;
    }
    this.#open.set(id, { seen, verdict: combined });
    this.#dropOldest();
    return undefined;
  }

  #dropOldest(): void {
    for (const id of this.#open.keys()) {
      if (this.#open.size <= OPEN_AT_MOST) return;
      this.#open.delete(id);
    }
  }
}
