import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PastMessage, Period } from '../journal.ts';
import type { LogKeeper } from './log-keeper.ts';
import { type Position, positionOf } from './position.ts';
import type { StoredRecord } from './record-log.ts';
import { RECORD, readJson, readMessage, type VerdictRecord } from './records.ts';

/** ms of reading after which the flows get their turn. */
const TURN = 8;
/** Clocks are set now and then, so that messages do not quite stand in the order of their times, ms. */
const CLOCK_SET = 86_400_000;

/**
 * The messages of a period that came to an end in their flow: see `Journal.past`. The log is read twice, as a verdict
 * stands behind its message, and always in small portions. What retention removes meanwhile is passed over.
 */
export async function* pastMessages(
  keeper: LogKeeper,
  { from, to }: Period,
): AsyncGenerator<PastMessage, void, undefined> {
  keeper.commit();
  const { log, book } = keeper;
  const end = log.position;
  const first = log.segments().find(({ modified }) => modified >= from - CLOCK_SET);
  if (!first) return;
  const start = positionOf(first.number, 0);
  const { leftOut, rejected } = await verdictsSince(keeper, start);
  for await (const { type, body } of inTurns(log.records(start), end)) {
    if (type !== RECORD.message) continue;
    const { id, received, ...message } = readMessage(body);
    if (received > to + CLOCK_SET) return;
    if (received < from || received > to || leftOut.has(id) || book.open.get(id)) continue;
    const receivedTime = new Date(received).toISOString();
    yield { ...message, id: String(id), receivedTime, wasRejected: rejected.has(id) };
  }
}

/** Which messages a flow left out on purpose, and which it could not use. */
async function verdictsSince(
  { log }: LogKeeper,
  start: Position,
): Promise<{ leftOut: Set<Position>; rejected: Set<Position> }> {
  const [leftOut, rejected] = [new Set<Position>(), new Set<Position>()];
  for await (const { type, body } of inTurns(log.records(start))) {
    if (type !== RECORD.verdict) continue;
    const { id, result, reasonKey } = readJson<VerdictRecord>(body);
    if (result === 'rejected') rejected.add(id);
    // Without a reason there was nothing in it to store, which may be what a new codec changes.
    if (result === 'dropped' && reasonKey !== undefined) leftOut.add(id);
  }
  return { leftOut, rejected };
}

async function* inTurns(
  records: Iterable<StoredRecord>,
  end: Position = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<StoredRecord, void, undefined> {
  let last = performance.now();
  for (const record of records) {
    if (record.position >= end) return;
    yield record;
    if (performance.now() - last < TURN) continue;
    await nextTurn();
    last = performance.now();
  }
}

/** Arrival of the oldest message that the log has, ms since 1970 UTC. */
export function oldestMessage({ log }: LogKeeper): number | undefined {
  for (const { type, body } of log.records(0)) {
    if (type === RECORD.message) return readMessage(body).received;
  }
  return undefined;
}
