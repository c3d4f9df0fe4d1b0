import type { Part } from '../observation/flow-node.ts';

/** Wholes of which some parts are judged. A flow may leave the others without a verdict for ever, so the oldest give way. */
const OPEN_AT_MOST = 10_000;

/** Brings the verdicts on the parts of a whole together. */
export class PartTracker<V extends { parts?: Part }> {
  readonly #open = new Map<string, { seen: Set<number>; verdict: V }>();

  /**
   * The verdict on the whole as soon as its last part is judged, `undefined` before. `combine` makes one verdict
   * of two. A part judged twice counts once. A verdict without `parts` is about the whole.
   */
  add(id: string, verdict: V, combine: (a: V, b: V) => V): V | undefined {
    if (verdict.parts === undefined || verdict.parts.count <= 1) {
      this.#open.delete(id);
      return verdict;
    }
    const { index, count } = verdict.parts;
    const known = this.#open.get(id);
    const seen = known?.seen ?? new Set<number>();
    seen.add(index);
    const combined = known ? combine(known.verdict, verdict) : verdict;
    if (seen.size >= count) {
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
