import type { DatabaseSync } from 'node:sqlite';
import type { LedgerDay, LedgerQuery, LedgerReason } from '../ledger.ts';
import { localDays } from '../local-days.ts';
import { ByAccount } from './by-account.ts';
import type { Account } from './records.ts';

export const TALLY_SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger (
    day TEXT, area TEXT, device TEXT, stored INTEGER, rejected INTEGER, dropped INTEGER, queued INTEGER,
    PRIMARY KEY (day, area, device)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_day (day TEXT PRIMARY KEY, received INTEGER, lost INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_reason (
    day TEXT, area TEXT, result TEXT, reason_key TEXT, n INTEGER, PRIMARY KEY (day, area, result, reason_key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_total (name TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
`;

export interface Counts {
  stored: number;
  rejected: number;
  dropped: number;
  queued: number;
}

/** What became of the messages of one device that arrived on one day. */
export type TallyRow = Account & Counts & { day: string };

type Day = LedgerDay;
type Reason = LedgerReason;

/** Counts by day, area and device: what the file has, and what was counted since it was written. */
export class Tally {
  readonly #database: DatabaseSync;
  readonly #dayOf: (time: number) => string;
  #rows = new ByAccount<TallyRow>();
  #days = new Map<string, Day>();
  #reasons = new Map<string, Reason>();
  /** Of all days. */
  readonly totals: Counts & { lost: number };

  constructor(database: DatabaseSync, timeZone: string) {
    this.#database = database;
    this.#dayOf = localDays(timeZone);
    this.totals = { stored: 0, rejected: 0, dropped: 0, queued: 0, lost: 0 };
    for (const { name, n } of database.prepare('SELECT * FROM ledger_total').all()) {
      this.totals[name as keyof Counts] = Number(n);
    }
  }

  dayOf(time: number): string {
    return this.#dayOf(time);
  }

  received(time: number): void {
    this.#dayFor(this.dayOf(time)).received++;
  }

  lost(day: string, count = 1): void {
    this.#dayFor(day).lost += count;
    this.totals.lost += count;
  }

  add(day: string, account: Account, column: keyof Counts, count: number): void {
    this.#rows.get(day, account, emptyRow)[column] += count;
    this.totals[column] += count;
  }

  reason(day: string, area: string, result: Reason['result'], reasonKey: string, count = 1): void {
    const key = `${day}\t${area}\t${result}\t${reasonKey}`;
    const known = this.#reasons.get(key);
    if (known) known.count += count;
    else this.#reasons.set(key, { day, area, result, reasonKey, count });
  }

  /**
   * Forgets verdicts on messages that were not counted as received, because the log does not have them any more: for
   * counts that were all made again from the log.
   */
  balance(): void {
    for (const row of this.#rows.values()) {
      for (const column of ['stored', 'rejected'] as const) {
        const excess = Math.min(Math.max(-row.queued, 0), row[column]);
        row.queued += excess;
        row[column] -= excess;
        this.totals.queued += excess;
        this.totals[column] -= excess;
      }
    }
  }

  /**
   * When nothing waits: what still counts as queued was in items that are gone, and becomes lost. Everything is in the
   * file. Returns how many messages that were.
   */
  writeOffQueued(reasonKey: string): number {
    const rows = this.#database.prepare('SELECT * FROM ledger WHERE queued <> 0').all();
    let lost = 0;
    for (const { day, queued, ...account } of rows as unknown as TallyRow[]) {
      this.add(day, account, 'queued', -queued);
      // Fewer than none: the log no longer had the messages of items that were stored.
      this.add(day, account, queued > 0 ? 'rejected' : 'stored', queued);
      if (queued < 0) continue;
      this.lost(day, queued);
      this.reason(day, account.area, 'rejected', reasonKey, queued);
      lost += queued;
    }
    return lost;
  }

  /** Puts the counts into the file; inside a transaction of the caller, who calls `saved` when it is committed. */
  save(): void {
    const row = this.#database.prepare(`
      INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, area, device) DO UPDATE SET
      stored = stored + excluded.stored, rejected = rejected + excluded.rejected,
      dropped = dropped + excluded.dropped, queued = queued + excluded.queued`);
    for (const { day, area, device, stored, rejected, dropped, queued } of this.#rows.values()) {
      row.run(day, area, device, stored, rejected, dropped, queued);
    }
    const ofDay = this.#database.prepare(`
      INSERT INTO ledger_day VALUES (?, ?, ?) ON CONFLICT (day) DO UPDATE SET
      received = received + excluded.received, lost = lost + excluded.lost`);
    for (const { day, received, lost } of this.#days.values()) ofDay.run(day, received, lost);
    const total = this.#database.prepare('INSERT OR REPLACE INTO ledger_total VALUES (?, ?)');
    for (const [name, n] of Object.entries(this.totals)) total.run(name, n);
    const reason = this.#database.prepare(`
      INSERT INTO ledger_reason VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (day, area, result, reason_key) DO UPDATE SET n = n + excluded.n`);
    for (const { day, area, result, reasonKey, count } of this.#reasons.values()) {
      reason.run(day, area, result, reasonKey, count);
    }
  }

  /**
   * Adds up the rows of days before `day` by area: which device it was is of no use any more. Days that are being
   * counted are not among them.
   */
  sumUpBefore(day: string): void {
    const old = "FROM ledger WHERE day < ? AND device <> ''";
    if (!this.#database.prepare(`SELECT 1 ${old} LIMIT 1`).get(day)) return;
    this.#database
      .prepare(`
        INSERT INTO ledger
        SELECT day, area, '', sum(stored), sum(rejected), sum(dropped), sum(queued) ${old} GROUP BY day, area
        ON CONFLICT (day, area, device) DO UPDATE SET
        stored = stored + excluded.stored, rejected = rejected + excluded.rejected,
        dropped = dropped + excluded.dropped, queued = queued + excluded.queued`)
      .run(day);
    this.#database.prepare(`DELETE ${old}`).run(day);
  }

  /** What `save` wrote is in the file for good. */
  saved(): void {
    this.#rows = new ByAccount();
    this.#days = new Map();
    this.#reasons = new Map();
  }

  rows({ from, to, area, device }: LedgerQuery = {}): TallyRow[] {
    const saved = this.#database
      .prepare(
        `SELECT * FROM ledger WHERE day >= ? AND day <= ? AND area = coalesce(?, area) AND device = coalesce(?, device)`,
      )
      .all(from ?? '', to ?? '9999', area ?? null, device ?? null) as unknown as TallyRow[];
    const rows = new Map(saved.map((row) => [rowKey(row), { ...row }]));
    for (const row of this.#rows.values()) {
      const key = rowKey(row);
      if (
        !within(row.day, from, to) ||
        row.area !== (area ?? row.area) ||
        row.device !== (device ?? row.device)
      )
        continue;
      const known = rows.get(key);
      if (!known) rows.set(key, { ...row });
      else for (const column of COLUMNS) known[column] += row[column];
    }
    return [...rows.values()].sort(
      (a, b) => compare(a.day, b.day) || compare(a.area, b.area) || compare(a.device, b.device),
    );
  }

  days({ from, to }: Pick<LedgerQuery, 'from' | 'to'> = {}): Day[] {
    const saved = this.#database
      .prepare('SELECT * FROM ledger_day WHERE day >= ? AND day <= ?')
      .all(from ?? '', to ?? '9999') as unknown as Day[];
    const days = new Map(saved.map((day) => [day.day, { ...day }]));
    for (const { day, received, lost } of this.#days.values()) {
      if (!within(day, from, to)) continue;
      const known = days.get(day) ?? { day, received: 0, lost: 0 };
      days.set(day, { day, received: known.received + received, lost: known.lost + lost });
    }
    return [...days.values()].sort((a, b) => compare(a.day, b.day));
  }

  reasons({ from, to }: Pick<LedgerQuery, 'from' | 'to'> = {}): Reason[] {
    const saved = this.#database
      .prepare(
        'SELECT day, area, result, reason_key AS reasonKey, n AS count FROM ledger_reason WHERE day >= ? AND day <= ?',
      )
      .all(from ?? '', to ?? '9999') as unknown as Reason[];
    const reasons = new Map(saved.map((one) => [keyOf(one), { ...one }]));
    for (const reason of this.#reasons.values()) {
      if (!within(reason.day, from, to)) continue;
      const known = reasons.get(keyOf(reason));
      if (known) known.count += reason.count;
      else reasons.set(keyOf(reason), { ...reason });
    }
    return [...reasons.values()].sort((a, b) => compare(keyOf(a), keyOf(b)));
  }

  #dayFor(day: string): Day {
    let row = this.#days.get(day);
    if (!row) {
      row = { day, received: 0, lost: 0 };
      this.#days.set(day, row);
    }
    return row;
  }
}

function emptyRow(account: Account & { day: string }): TallyRow {
  return { ...account, stored: 0, rejected: 0, dropped: 0, queued: 0 };
}

function rowKey({ day, area, device }: TallyRow): string {
  return `${day}\t${area}\t${device}`;
}

const COLUMNS = ['stored', 'rejected', 'dropped', 'queued'] as const;

function keyOf({ day, area, result, reasonKey }: Reason): string {
  return `${day}\t${area}\t${result}\t${reasonKey}`;
}

function within(day: string, from = '', to = '9999'): boolean {
  return day >= from && day <= to;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
