import { type Position, positionOf, segmentOf } from './position.ts';
import type { RecordLog } from './record-log.ts';
import { type MessageRecord, messageId, RECORD, readMessage } from './records.ts';

/** The message of that id, where it was written or where its segment has it since it was made smaller. */
export function findMessage(log: RecordLog, id: Position): MessageRecord | undefined {
  const body = log.read(id, RECORD.message);
  if (body && isOf(body, id)) return readMessage(body);
  if (!log.segments().some(({ number }) => number === segmentOf(id))) return undefined;
  for (const record of log.records(positionOf(segmentOf(id), 0))) {
    if (segmentOf(record.position) !== segmentOf(id)) return undefined;
    if (record.type === RECORD.message && isOf(record.body, id)) return readMessage(record.body);
  }
  return undefined;
}

function isOf(body: Buffer, id: Position): boolean {
  return body.length >= 8 && messageId(body) === id;
}
