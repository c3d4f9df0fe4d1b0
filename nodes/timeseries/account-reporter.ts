import { setTimeout as delay } from 'node:timers/promises';
import type { DataFolder } from '../persistence/data-folder.ts';
import type { LedgerReason } from '../persistence/ledger.ts';
import {
  COUNTS,
  type Counts,
  type LedgerChange,
  LedgerChanges,
  NO_COUNTS,
} from '../persistence/ledger-changes.ts';
import {
  areaPoint,
  backlogPoint,
  dayPoint,
  devicePoint,
  rejectedPoint,
  writesPoint,
} from './account-points.ts';
import { type Point, PointsRefusedError, type Store } from './store.ts';
import type { WriteTimes } from './write-times.ts';

export interface AccountReporterOptions {
  folder: Pick<DataFolder, 'ledger' | 'status'>;
  writes: Pick<WriteTimes, 'takePeriod'>;
  /** The database that the accounts go to. */
  store(): Pick<Store, 'write'>;
  /** Local day, `YYYY-MM-DD`, of a time in ms since 1970. */
  dayOf(time: number): string;
  /** ms since 1970. */
  now(): number;
}

/** ms between two reports. */
const EVERY = 60_000;
/** A look into a long ledger takes time from everything else: it is allowed this share of it. */
const SHARE = 1 / 500;
/** Points at once: few enough that making, sending and storing them holds nobody up, nor takes much memory. */
const BATCH = 500;
/** Points that wait for a database that is away; a day's backlog and a large town fit. */
const MOST_UNSENT = 50_000;
/** ms that a node may take for the last report. */
const LAST_WITHIN = 2000;
const QUARTER = 900_000;
const HOUR = 3_600_000;

/** Brings the accounts to the database, once a minute, if something changed. A point that is written twice is one. */
export class AccountReporter {
  readonly #options: AccountReporterOptions;
  readonly #changes: LedgerChanges;
  readonly #areas = new Map<string, Counts>();
  readonly #reasons = new Map<string, number>();
  readonly #starts = new Map<string, number>();
  readonly #unsent = new Map<string, Point>();
  #backlog = '';
  #isAway = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: AccountReporterOptions) {
    this.#options = options;
    this.#changes = new LedgerChanges(options.folder.ledger, options.dayOf);
    this.#schedule(EVERY);
  }

  /** Reports what changed since the last report. Never rejects: what does not arrive is tried again at the next one. */
  report(): Promise<void> {
    this.#running ??= this.#report().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Reports a last time, unless the database is away or slow. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#isAway) await Promise.race([this.report(), delay(LAST_WITHIN, undefined, { ref: false })]);
    clearTimeout(this.#timer);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.report(), delay).unref();
  }

  async #report(): Promise<void> {
    const start = performance.now();
    this.#collect(this.#options.now());
    this.#schedule(Math.max(EVERY, (performance.now() - start) / SHARE));
    await this.#send();
  }

  #collect(now: number): void {
    const { folder, writes } = this.#options;
    const { outboxes } = folder.status();
    const changes = this.#changes.next(now, Math.min(now, ...outboxes.flatMap(({ oldest }) => oldest ?? [])));
    for (const change of changes) this.#count(change);
    const areas = new Map(changes.map(({ row }) => [areaKey(row), row]));
    for (const [key, { area, day }] of areas) {
      this.#add(areaPoint(area, this.#areas.get(key) ?? NO_COUNTS, this.#startOf(day)));
    }
    this.#collectDays(changes);
    const period = writes.takePeriod();
    if (period) this.#add(writesPoint(period, now));
    const backlog = JSON.stringify(
      outboxes.map(({ name, waiting, deadLetters }) => [name, waiting, deadLetters]),
    );
    if (backlog === this.#backlog && outboxes.every(({ waiting }) => waiting === 0)) return;
    this.#backlog = backlog;
    for (const outbox of outboxes) this.#add(backlogPoint(outbox, now));
  }

  #count({ row, before }: LedgerChange): void {
    const key = areaKey(row);
    const sums = this.#areas.get(key) ?? { ...NO_COUNTS };
    for (const count of COUNTS) sums[count] += row[count] - (before?.[count] ?? 0);
    this.#areas.set(key, sums);
    this.#add(devicePoint(row, this.#startOf(row.day)));
  }

  /** Sums and reasons of the days that something changed on. */
  #collectDays(changes: readonly LedgerChange[]): void {
    const days = new Set(changes.map(({ row }) => row.day));
    const [from] = [...days].sort();
    if (from === undefined) return;
    const { ledger } = this.#options.folder;
    for (const day of ledger.days({ from })) {
      if (days.has(day.day)) this.#add(dayPoint(day, this.#sumOf(day.day), this.#startOf(day.day)));
    }
    for (const reason of ledger.reasons({ from })) {
      if (reason.result === 'rejected') this.#countReason(reason);
    }
  }

  #countReason(reason: LedgerReason): void {
    const key = `${reason.day}\t${reason.area}\t${reason.reasonKey}`;
    if (this.#reasons.get(key) === reason.count) return;
    this.#reasons.set(key, reason.count);
    this.#add(rejectedPoint(reason, this.#startOf(reason.day)));
  }

  /** The accounts of all areas for a day. */
  #sumOf(day: string): Counts {
    const sum = { ...NO_COUNTS };
    for (const [key, counts] of this.#areas) {
      if (key.startsWith(`${day}\t`)) for (const count of COUNTS) sum[count] += counts[count];
    }
    return sum;
  }

  #add(point: Point): void {
    const key = `${point.measurement}\t${JSON.stringify(point.tags)}\t${point.time}`;
    this.#unsent.delete(key);
    this.#unsent.set(key, point);
    for (const oldest of this.#unsent.keys()) {
      if (this.#unsent.size <= MOST_UNSENT) break;
      this.#unsent.delete(oldest);
    }
  }

  async #send(): Promise<void> {
    const points = [...this.#unsent];
    try {
      const store = this.#options.store();
      for (let start = 0; start < points.length; start += BATCH) {
        const batch = points.slice(start, start + BATCH);
        await writeAll(
          store,
          batch.map(([, point]) => point),
        );
        for (const [key, point] of batch) if (this.#unsent.get(key) === point) this.#unsent.delete(key);
      }
      this.#isAway = false;
    } catch {
      this.#isAway = true;
      // The database is away or refuses: its own status says so. The points wait for the next report.
    }
  }

  /** Beginning of a local day, ms since 1970. */
  #startOf(day: string): number {
    let start = this.#starts.get(day);
    if (start === undefined) {
      start = Date.parse(day) - 14 * HOUR;
      while (this.#options.dayOf(start) < day) start += QUARTER;
      this.#starts.set(day, start);
    }
    return start;
  }
}

function areaKey({ day, area }: LedgerChange['row']): string {
  return `${day}\t${area}`;
}

/** Points that the database will never take are gone; it has the others. */
async function writeAll(store: Pick<Store, 'write'>, points: readonly Point[]): Promise<void> {
  try {
    await store.write(points);
  } catch (error) {
    if (!(error instanceof PointsRefusedError)) throw error;
  }
}
