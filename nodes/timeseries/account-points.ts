/** Loss accounting as points in the database of the measurements, so that a dashboard needs no other source. */
import type { PersistenceStatus } from '../persistence/data-folder.ts';
import type { LedgerDay, LedgerReason, LedgerRow } from '../persistence/ledger.ts';
import type { Counts } from '../persistence/ledger-changes.ts';
import type { Point } from './store.ts';
import type { WritePeriod } from './write-times.ts';

/** Per area and day: what became of the messages that arrived. Tag: area. */
export const ACCOUNT = 'byflyt_account';
/** The same per device. Tags: area, device. */
export const ACCOUNT_DEVICE = 'byflyt_account_device';
/** Per day, of all areas: messages as counted on arrival, what became of them, and how many the accounts lack. */
export const ACCOUNT_DAY = 'byflyt_account_day';
/** Per day: rejected messages by reason. Tags: area, reason (key of the sentence). */
export const ACCOUNT_REJECTED = 'byflyt_account_rejected';
/** Per minute: what waits for a database. Tag: outbox. */
export const BACKLOG = 'byflyt_backlog';
/** Per minute with writes: how long the database took, s. */
export const WRITES = 'byflyt_writes';

/** Area and device of messages that could not be ascribed to one. */
const UNKNOWN = 'unknown';
const DAY = 86_400_000;

/** `time`: beginning of the row's day, ms since 1970; here and below. */
export function devicePoint(row: LedgerRow, time: number): Point {
  const tags = { area: row.area || UNKNOWN, device: row.device || UNKNOWN };
  return { measurement: ACCOUNT_DEVICE, tags, fields: fieldsOf(row), time };
}

export function areaPoint(area: string, counts: Counts, time: number): Point {
  return { measurement: ACCOUNT, tags: { area: area || UNKNOWN }, fields: fieldsOf(counts), time };
}

/** `counts`: of all areas together. `missing` is what the accounts of the day lack. */
export function dayPoint({ received, lost }: LedgerDay, counts: Counts, time: number): Point {
  const { received: _sum, ...ends } = counts;
  const accounted = Object.values(ends).reduce((sum, count) => sum + count, 0);
  const fields = { ...fieldsOf(counts), received, lost, missing: received - accounted };
  return { measurement: ACCOUNT_DAY, tags: {}, fields, time };
}

export function rejectedPoint({ area, reasonKey, count }: LedgerReason, time: number): Point {
  const tags = { area: area || UNKNOWN, reason: reasonKey || UNKNOWN };
  return { measurement: ACCOUNT_REJECTED, tags, fields: { count }, time };
}

/** `time`: of the look. Ages in s. */
export function backlogPoint(outbox: PersistenceStatus['outboxes'][number], time: number): Point {
  const { name, waiting, bytes, oldest, deadLetters, limitBytes, limitDays } = outbox;
  const age = oldest === undefined ? 0 : Math.max(0, time - oldest);
  const share = Math.max(bytes / limitBytes, age / (limitDays * DAY));
  const fields = {
    waiting,
    bytes,
    age: age / 1000,
    share: waiting > 0 ? share : 0,
    dead_letters: deadLetters,
  };
  return { measurement: BACKLOG, tags: { outbox: name }, fields, time };
}

export function writesPoint({ count, failures, mean, longest }: WritePeriod, time: number): Point {
  return { measurement: WRITES, tags: {}, fields: { count, failures, mean, longest }, time };
}

function fieldsOf({ received, stored, rejected, dropped, queued, unaccounted, inFlow }: Counts) {
  return { received, stored, rejected, dropped, queued, unaccounted, in_flow: inFlow };
}
