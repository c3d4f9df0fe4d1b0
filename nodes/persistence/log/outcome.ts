import type { JournalEntry } from '../journal.ts';
import { type Position, positionOf, segmentOf } from './position.ts';
import type { RecordLog } from './record-log.ts';
import { RECORD, readItem, readJson, STAKE, type VerdictRecord } from './records.ts';

/** What became of an entry. */
export type Outcome = Pick<
  JournalEntry,
  'state' | 'attempts' | 'reasonKey' | 'parameters' | 'device' | 'codec'
>;

/**
 * Looks in the log for what became of an entry that is neither open nor in the index of rejected ones. `doneUpTo` gives
 * the sequence number up to which an outbox is done. An entry whose end is no longer in the log was stored.
 */
export function outcomeOf(log: RecordLog, id: Position, doneUpTo: (outbox: string) => number): Outcome {
  const outcome: Outcome = { state: 'stored', attempts: 0 };
  for (const { type, body } of log.records(positionOf(segmentOf(id), 0))) {
    if (type === RECORD.verdict) {
      const verdict = readJson<VerdictRecord>(body);
      if (verdict.id !== id) continue;
      const { result, reasonKey, parameters } = verdict;
      return {
        ...outcome,
        state: result,
        ...(reasonKey !== undefined && { reasonKey }),
        ...(parameters && { parameters }),
      };
    }
    if (type !== RECORD.item) continue;
    const item = readItem(body);
    if (item.journalId !== id) continue;
    if (item.codec !== '') outcome.codec = item.codec;
    if (item.stake !== STAKE.last && item.stake !== STAKE.whole) continue;
    return { ...outcome, state: item.sequence > doneUpTo(item.outbox) ? 'queued' : 'stored' };
  }
  return outcome;
}
