import type { Ledger, LedgerDay, LedgerQuery, LedgerReason, LedgerRow } from '../ledger.ts';
import type { Book } from './book.ts';

const NONE = { received: 0, stored: 0, rejected: 0, dropped: 0, queued: 0, unaccounted: 0, inFlow: 0 };

/** Ledger over what the log adds up to. */
export class LogLedger implements Ledger {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  rows(query: LedgerQuery = {}): LedgerRow[] {
    const rows: LedgerRow[] = this.#book.tally.rows(query).map((row) => ({ ...NONE, ...row }));
    if ((query.area ?? '') === '' && (query.device ?? '') === '') this.#addOpen(rows, query);
    for (const row of rows) {
      row.received = row.stored + row.rejected + row.dropped + row.queued + row.unaccounted + row.inFlow;
    }
    return rows.filter(({ received }) => received !== 0).sort(byDayAndDevice);
  }

  days(query: Pick<LedgerQuery, 'from' | 'to'> = {}): LedgerDay[] {
    return this.#book.tally.days(query);
  }

  reasons(query: Pick<LedgerQuery, 'from' | 'to'> = {}): LedgerReason[] {
    return this.#book.tally.reasons(query);
  }

  /** Whose an open message is nobody knows yet. */
  #addOpen(rows: LedgerRow[], { from = '', to = '9999' }: LedgerQuery): void {
    const { open, tally } = this.#book;
    const rowOf = (day: string): LedgerRow => {
      const known = rows.find((row) => row.day === day && row.area === '' && row.device === '');
      if (known) return known;
      const row = { ...NONE, day, area: '', device: '' };
      if (day >= from && day <= to) rows.push(row);
      return row;
    };
    const inFlow = new Map<string, number>();
    for (const { received } of open.inFlow.values()) {
      const day = tally.dayOf(received);
      inFlow.set(day, (inFlow.get(day) ?? 0) + 1);
    }
    for (const [day, count] of inFlow) rowOf(day).inFlow += count;
    for (const [day, count] of open.unaccountedByDay((time) => tally.dayOf(time)))
      rowOf(day).unaccounted += count;
  }
}

function byDayAndDevice(a: LedgerRow, b: LedgerRow): number {
  return compare(a.day, b.day) || compare(a.area, b.area) || compare(a.device, b.device);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
