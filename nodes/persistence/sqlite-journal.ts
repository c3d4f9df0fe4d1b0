import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { ByflytError, messageOf } from '../observation/errors.ts';
import type {
  Journal,
  JournalCounts,
  JournalEntry,
  JournalResult,
  JournalRetention,
  RawMessage,
  SettleDetail,
} from './journal.ts';
import { applyRetention } from './journal-retention.ts';
import { PartTracker } from './part-tracker.ts';
import { inTransaction, openSqliteFile } from './sqlite-file.ts';

/** `entry` is only appended to; `open` has the ids without a verdict, `outcome` the verdicts worth reading. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, received INTEGER, transport TEXT, topic TEXT, content_type TEXT, body BLOB
  );
  CREATE TABLE IF NOT EXISTS open (id INTEGER PRIMARY KEY, attempts INTEGER);
  CREATE TABLE IF NOT EXISTS outcome (
    id INTEGER PRIMARY KEY, result TEXT, reason_key TEXT, parameters TEXT, device TEXT
  );
  CREATE INDEX IF NOT EXISTS rejected ON outcome (id) WHERE result = 'rejected';
  CREATE TABLE IF NOT EXISTS tally (result TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
`;

/** Milliseconds that appends wait for company, so that many share one fsync. */
const COMMIT_DELAY = 2;
const SETTLE_DELAY = 500;
const RETENTION_INTERVAL = 3_600_000;
const MAX_ATTEMPTS = 5;
const PAGE = 200;

interface Append {
  id: number;
  message: RawMessage;
  resolve(id: string): void;
  reject(error: unknown): void;
}

interface Verdict extends SettleDetail {
  result: JournalResult;
}

export interface SqliteJournalOptions {
  retention: JournalRetention;
  /** Hears of background work that failed; it is tried again. */
  onError(error: unknown): void;
  /** Ids of entries all of whose readings wait in an outbox. */
  keptIds?(): ReadonlySet<string>;
}

/** Journal in an SQLite file of its own: one fsync per group of appends. */
export class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #options: SqliteJournalOptions;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #parts = new PartTracker<Verdict>();
  readonly #retentionTimer: NodeJS.Timeout;
  #nextId: number;
  #appends: Append[] = [];
  #verdicts = new Map<number, Verdict>();
  #commitTimer: NodeJS.Timeout | undefined;
  #settleTimer: NodeJS.Timeout | undefined;

  /** Throws ByflytError if the file at `path` cannot be used. */
  constructor(path: string, options: SqliteJournalOptions) {
    this.#database = openSqliteFile(path, { durability: 'power-cut', schema: SCHEMA });
    this.#options = options;
    this.#statements = prepareStatements(this.#database);
    const newest = this.#database.prepare('SELECT max(id) AS id FROM entry').get()?.id;
    this.#nextId = Number(newest ?? 0) + 1;
    this.#background(() => this.tidy());
    this.#retentionTimer = setInterval(() => this.#background(() => this.tidy()), RETENTION_INTERVAL).unref();
  }

  append(message: RawMessage): Promise<string> {
    this.#commitTimer ??= setTimeout(() => this.#commit(), COMMIT_DELAY);
    return new Promise((resolve, reject) => {
      this.#appends.push({ id: this.#nextId++, message, resolve, reject });
    });
  }

  settle(id: string, result: JournalResult, detail: SettleDetail = {}): void {
    const verdict = this.#parts.add(id, { ...detail, result }, worse);
    if (!verdict) return;
    const number = Number(id);
    if (!this.#verdicts.has(number)) this.#verdicts.set(number, verdict);
    this.#settleTimer ??= setTimeout(
      () => this.#background(() => this.#saveVerdicts()),
      SETTLE_DELAY,
    ).unref();
  }

  read(id: string): JournalEntry | undefined {
    this.flush();
    const row = this.#statements.read.get(Number(id));
    return row && entryOf(row);
  }

  *pending(accept: (entry: JournalEntry) => boolean = () => true): Generator<JournalEntry, void, undefined> {
    for (const page of this.#unfinishedPages()) {
      const accepted = page.filter(accept);
      // New ones are counted together: one wait for the disk for all of them.
      this.#countAttempts(accepted.filter(({ attempts }) => attempts === 0));
      for (const entry of accepted) if (entry.attempts === 0 || this.#tryAgain(entry)) yield entry;
    }
  }

  *unfinished(): Generator<JournalEntry, void, undefined> {
    for (const page of this.#unfinishedPages()) yield* page;
  }

  isUnfinished(id: string): boolean {
    if (this.#verdicts.has(Number(id)) || !this.#statements.isOpen.get(Number(id))) return false;
    return !this.#options.keptIds?.().has(id);
  }

  rejected({ limit = 100, before }: { limit?: number; before?: string } = {}): JournalEntry[] {
    this.flush();
    return this.#statements.rejected.all(Number(before ?? Number.MAX_SAFE_INTEGER), limit).map(entryOf);
  }

  counts(): JournalCounts {
    this.flush();
    const counts: JournalCounts = { stored: 0, rejected: 0, dropped: 0, lost: 0, pending: 0 };
    for (const { result, n } of this.#statements.tallies.all()) {
      counts[result as JournalResult | 'lost'] = Number(n);
    }
    counts.pending = Number(this.#database.prepare('SELECT count(*) AS n FROM open').get()?.n ?? 0);
    return counts;
  }

  /** Removes what retention no longer keeps. Runs by itself every hour. */
  tidy(): void {
    const { retention, keptIds = () => new Set<string>() } = this.#options;
    const lost = applyRetention(this.#database, retention, Date.now(), keptIds);
    if (lost === 0) return;
    this.#statements.tally.run('lost', lost);
    this.#options.onError(new ByflytError({ key: 'persistence.error.lost', parameters: { count: lost } }));
  }

  /** Puts everything on disk now. */
  flush(): void {
    this.#commit();
    this.#saveVerdicts();
  }

  close(): void {
    clearInterval(this.#retentionTimer);
    this.#background(() => this.flush());
    clearTimeout(this.#settleTimer);
    this.#database.close();
  }

  *#unfinishedPages(): Generator<JournalEntry[], void, undefined> {
    this.flush();
    const kept = this.#options.keptIds?.();
    const end = this.#nextId;
    for (let after = 0; ; ) {
      const rows = this.#statements.pending.all(after, end, PAGE);
      yield rows.map(entryOf).filter(({ id }) => !kept?.has(id));
      if (rows.length < PAGE) return;
      after = Number(rows.at(-1)?.id);
    }
  }

  #commit(): void {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    const appends = this.#appends;
    if (appends.length === 0) return;
    this.#appends = [];
    try {
      inTransaction(this.#database, () => {
        for (const { id, message } of appends) this.#insert(id, message);
      });
    } catch (cause) {
      const error = new ByflytError(
        { key: 'persistence.error.write', parameters: { message: messageOf(cause) } },
        { cause },
      );
      for (const { reject } of appends) reject(error);
      return;
    }
    for (const { id, resolve } of appends) resolve(String(id));
  }

  #insert(id: number, message: RawMessage): void {
    const { receivedTime, transport, topic, contentType, body } = message;
    this.#statements.insert.run(id, Date.parse(receivedTime), transport, topic, contentType ?? null, body);
    this.#statements.open.run(id);
  }

  #saveVerdicts(): void {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = undefined;
    if (this.#verdicts.size === 0) return;
    const tallies = new Map<JournalResult, number>();
    inTransaction(this.#database, () => {
      for (const [id, verdict] of this.#verdicts) {
        if (this.#statements.close.run(id).changes === 0) continue;
        tallies.set(verdict.result, (tallies.get(verdict.result) ?? 0) + 1);
        if (verdict.result !== 'stored') this.#insertOutcome(id, verdict);
      }
      for (const [result, n] of tallies) this.#statements.tally.run(result, n);
    });
    this.#verdicts.clear();
  }

  #insertOutcome(id: number, { result, reasonKey, parameters, device }: Verdict): void {
    const json = parameters ? JSON.stringify(parameters) : null;
    this.#statements.outcome.run(id, result, reasonKey ?? null, json, device ?? null);
  }

  /** False if the entry has had all its attempts; it is rejected then. */
  #tryAgain(entry: JournalEntry): boolean {
    if (entry.attempts >= MAX_ATTEMPTS) {
      this.settle(entry.id, 'rejected', {
        reasonKey: 'persistence.error.attempts',
        parameters: { count: entry.attempts },
      });
      return false;
    }
    this.#countAttempts([entry]);
    return true;
  }

  #countAttempts(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return;
    this.#statements.attempt.run(JSON.stringify(entries.map(({ id }) => Number(id))));
  }

  #background(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** An entry of several messages is rejected if one of them was, and stored if one of the others was. */
function worse(a: Verdict, b: Verdict): Verdict {
  const rank = { rejected: 2, stored: 1, dropped: 0 };
  return rank[b.result] > rank[a.result] ? b : a;
}

function prepareStatements(database: DatabaseSync): Record<StatementName, StatementSync> {
  const names = Object.keys(STATEMENTS) as StatementName[];
  const prepared = names.map((name) => [name, database.prepare(STATEMENTS[name])]);
  return Object.fromEntries(prepared) as Record<StatementName, StatementSync>;
}

const FULL_ENTRY = `
  SELECT entry.*, open.attempts, outcome.result, outcome.reason_key, outcome.parameters, outcome.device
  FROM entry LEFT JOIN open USING (id) LEFT JOIN outcome USING (id)`;

const STATEMENTS = {
  insert: 'INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)',
  open: 'INSERT INTO open VALUES (?, 0)',
  close: 'DELETE FROM open WHERE id = ?',
  attempt: 'UPDATE open SET attempts = attempts + 1 WHERE id IN (SELECT value FROM json_each(?))',
  isOpen: 'SELECT 1 FROM open WHERE id = ?',
  outcome: 'INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?)',
  tally: 'INSERT INTO tally VALUES (?, ?) ON CONFLICT (result) DO UPDATE SET n = n + excluded.n',
  tallies: 'SELECT result, n FROM tally',
  read: `${FULL_ENTRY} WHERE entry.id = ?`,
  pending: `SELECT entry.*, open.attempts FROM open JOIN entry USING (id)
    WHERE open.id > ? AND open.id < ? ORDER BY open.id LIMIT ?`,
  rejected: `SELECT entry.*, outcome.result, outcome.reason_key, outcome.parameters, outcome.device
    FROM outcome JOIN entry USING (id) WHERE outcome.result = 'rejected' AND outcome.id < ?
    ORDER BY outcome.id DESC LIMIT ?`,
} as const;
type StatementName = keyof typeof STATEMENTS;

function entryOf(row: Record<string, SQLOutputValue>): JournalEntry {
  const attempts = row.attempts ?? null;
  const settled = (row.result ?? 'stored') as JournalResult;
  return {
    id: String(row.id),
    transport: String(row.transport),
    topic: String(row.topic),
    body: Buffer.from(row.body as Uint8Array),
    receivedTime: new Date(Number(row.received)).toISOString(),
    state: attempts === null ? settled : 'pending',
    attempts: Number(attempts ?? 0),
    ...(row.content_type != null && { contentType: String(row.content_type) }),
    ...(row.reason_key != null && { reasonKey: String(row.reason_key) }),
    ...(row.parameters != null && { parameters: JSON.parse(String(row.parameters)) }),
    ...(row.device != null && { device: String(row.device) }),
  };
}
