import type { Ledger, LedgerQuery, LedgerRow } from '../nodes/persistence/ledger.ts';

/** What became of the messages that the ledger's rows and days tell of. */
export interface Account {
  /** Of the devices asked for. */
  rows: LedgerRow[];
  /** Of all devices, because arrivals are counted before anybody knows whose they are. */
  days: DayCheck[];
}

/** A day's messages, counted twice: when they arrived, and by what became of them. */
export interface DayCheck {
  day: string;
  /** Counted at their arrival. */
  received: number;
  /** The sum of all ends, and of what is still on its way. */
  accounted: number;
  /** received - accounted; anything but 0 is a fault. */
  missing: number;
  /** Removed before they came to an end, to respect a limit of age or size. */
  lost: number;
}

/** How a message may have ended, or not yet: together all that arrived. */
export const ENDS = ['stored', 'rejected', 'dropped', 'queued', 'unaccounted', 'inFlow'] as const;

export function accountOf(ledger: Pick<Ledger, 'rows' | 'days'>, query: LedgerQuery): Account {
  const { from, to } = query;
  const period = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const accounted = new Map<string, number>();
  for (const row of ledger.rows(period)) {
    const ends = ENDS.reduce((sum, end) => sum + row[end], 0);
    accounted.set(row.day, (accounted.get(row.day) ?? 0) + ends);
  }
  const arrivals = new Map(ledger.days(period).map((day) => [day.day, day]));
  const days = [...new Set([...arrivals.keys(), ...accounted.keys()])].sort().map((day) => {
    const { received = 0, lost = 0 } = arrivals.get(day) ?? {};
    const ended = accounted.get(day) ?? 0;
    return { day, received, accounted: ended, missing: received - ended, lost };
  });
  return { rows: ledger.rows(query), days };
}
