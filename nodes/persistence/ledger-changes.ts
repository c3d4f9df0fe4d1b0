import type { Ledger, LedgerRow } from './ledger.ts';

/** Days before today that a first look takes in. */
const FIRST_DAYS = 8;
const DAY = 86_400_000;

/** A row of the ledger that is new or has other counts than at the look before. */
export interface LedgerChange {
  row: LedgerRow;
  /** As it was at the look before. */
  before?: LedgerRow;
}

export const COUNTS = [
  'received',
  'stored',
  'rejected',
  'dropped',
  'queued',
  'unaccounted',
  'inFlow',
] as const satisfies (keyof LedgerRow)[];

export type Counts = Pick<LedgerRow, (typeof COUNTS)[number]>;

export const NO_COUNTS: Readonly<Counts> = {
  received: 0,
  stored: 0,
  rejected: 0,
  dropped: 0,
  queued: 0,
  unaccounted: 0,
  inFlow: 0,
};

/**
 * Follows a ledger without reading all of it again: of days that are over only those that still have messages on their
 * way. `dayOf`: local day, `YYYY-MM-DD`, of a time in ms since 1970.
 */
export class LedgerChanges {
  readonly #ledger: Pick<Ledger, 'rows'>;
  readonly #dayOf: (time: number) => string;
  #known = new Map<string, LedgerRow>();
  #from: string | undefined;

  constructor(ledger: Pick<Ledger, 'rows'>, dayOf: (time: number) => string) {
    this.#ledger = ledger;
    this.#dayOf = dayOf;
  }

  /**
   * What changed since the call before; at the first call all of the last days. `oldest`: arrival of the oldest
   * message that waits, if there is one, which the first call goes back to. Times in ms since 1970.
   */
  next(now: number, oldest = now): LedgerChange[] {
    const from = this.#from ?? this.#dayOf(Math.min(oldest, now - FIRST_DAYS * DAY));
    const rows = this.#ledger.rows({ from });
    const changes = [...rows.flatMap((row) => this.#changeOf(row)), ...this.#vanished(rows)];
    const yesterday = this.#dayOf(now - DAY);
    const keep = rows.find((row) => row.day < yesterday && isOpen(row))?.day ?? yesterday;
    this.#from = keep;
    this.#known = new Map(rows.filter(({ day }) => day >= keep).map((row) => [keyOf(row), row]));
    return changes;
  }

  /** Rows that have nothing left are not listed: what was in a flow has come to its end under another device. */
  #vanished(rows: readonly LedgerRow[]): LedgerChange[] {
    const there = new Set(rows.map(keyOf));
    return [...this.#known]
      .filter(([key]) => !there.has(key))
      .map(([, before]) => ({ row: { ...before, ...NO_COUNTS }, before }));
  }

  #changeOf(row: LedgerRow): LedgerChange[] {
    const before = this.#known.get(keyOf(row));
    if (!before) return [{ row }];
    return COUNTS.some((count) => row[count] !== before[count]) ? [{ row, before }] : [];
  }
}

/** Messages of that day may still come to an end. */
function isOpen({ queued, unaccounted, inFlow }: LedgerRow): boolean {
  return queued + unaccounted + inFlow > 0;
}

function keyOf({ day, area, device }: LedgerRow): string {
  return `${day}\t${area}\t${device}`;
}
