/** What Byflyt says became of the messages, read from its data folder while it runs. */
import assert from 'node:assert/strict';
import type { LedgerRow } from '../../nodes/persistence/ledger.ts';
import { readLedger } from '../../nodes/persistence/read-ledger.ts';

/** The app's default. */
const TIME_ZONE = 'Europe/Oslo';
const ENDS = ['stored', 'rejected', 'dropped', 'queued', 'unaccounted', 'inFlow'] as const;

/** Messages since the data folder was made. */
export type Accounts = Record<(typeof ENDS)[number] | 'received', number>;

/** Of one device, or of all. Fails unless received is the sum of what became of the messages, day by day. */
export function readAccounts(folder: string, device?: string): Accounts {
  const ledger = readLedger(folder, TIME_ZONE);
  try {
    const rows = ledger.rows(device === undefined ? {} : { device });
    for (const row of rows) assert.equal(row.received, endsOf(row), `a day of ${row.device} adds up`);
    if (device === undefined) {
      const received = sum(ledger.days().map((day) => day.received));
      assert.equal(received, sum(rows.map((row) => row.received)), 'the days add up to the devices');
    }
    const all = (end: (typeof ENDS)[number] | 'received') => sum(rows.map((row) => row[end]));
    return Object.fromEntries((['received', ...ENDS] as const).map((end) => [end, all(end)])) as Accounts;
  } finally {
    ledger.close();
  }
}

function endsOf(row: LedgerRow): number {
  return sum(ENDS.map((end) => row[end]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
