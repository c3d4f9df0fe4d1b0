import type { LedgerRow } from '../../persistence/ledger.ts';
import type { LedgerChanges } from '../../persistence/ledger-changes.ts';
import type { Sample } from './open-metrics.ts';

/** Ends of a message that stay; they are counters. */
const FINAL = ['stored', 'rejected', 'dropped'] as const;
/** Where messages are right now; they are gauges. */
const PASSING = ['queued', 'unaccounted', 'inFlow'] as const;

type Total = Record<(typeof FINAL)[number] | (typeof PASSING)[number], number>;

/** Messages by area, since this was made and what was in the ledger's open days then: totals that never fall. */
export class MessageTotals {
  readonly #changes: LedgerChanges;
  readonly #areas = new Map<string, Total>();

  constructor(changes: LedgerChanges) {
    this.#changes = changes;
  }

  /** Takes in what changed. `now` in ms since 1970. */
  renew(now: number): void {
    for (const { row, before } of this.#changes.next(now)) {
      const total = this.#totalOf(row.area);
      // A message that is judged anew leaves its old end; a counter must not follow it down.
      for (const end of FINAL) total[end] += Math.max(0, difference(end, row, before));
      for (const place of PASSING) total[place] += difference(place, row, before);
    }
  }

  /** One sample per area. */
  samples(count: keyof Total): Sample[] {
    return [...this.#areas].map(([area, total]) => ({ labels: { area }, value: total[count] }));
  }

  #totalOf(area: string): Total {
    const name = area || 'unknown';
    let total = this.#areas.get(name);
    if (!total) {
      total = { stored: 0, rejected: 0, dropped: 0, queued: 0, unaccounted: 0, inFlow: 0 };
      this.#areas.set(name, total);
    }
    return total;
  }
}

function difference(count: keyof Total, row: LedgerRow, before: LedgerRow | undefined): number {
  return row[count] - (before?.[count] ?? 0);
}
