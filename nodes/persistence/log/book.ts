import type { DatabaseSync } from 'node:sqlite';
import { OPEN_SCHEMA, OpenEntries } from './open-entries.ts';
import { OutboxState } from './outbox-state.ts';
import { PARTED_SCHEMA, PartedMessages } from './parted-messages.ts';
import type { Position } from './position.ts';
import type { StoredRecord } from './record-log.ts';
import {
  type Account,
  type AckRecord,
  type IdsRecord,
  type ItemRecord,
  RECORD,
  readItem,
  readJson,
  readMessage,
  STAKE,
  type VerdictRecord,
} from './records.ts';
import { TALLY_SCHEMA, Tally } from './tally.ts';
import { VERDICT_SCHEMA, VerdictIndex } from './verdict-index.ts';

export const BOOK_SCHEMA = `
  ${TALLY_SCHEMA} ${OPEN_SCHEMA} ${PARTED_SCHEMA} ${VERDICT_SCHEMA}
  CREATE TABLE IF NOT EXISTS log_outbox (
    name TEXT PRIMARY KEY, last INTEGER, done INTEGER, bytes INTEGER, position INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log_checkpoint (id INTEGER PRIMARY KEY, position INTEGER);
`;

/**
 * What the records of the log add up to: which messages are open, what each outbox has to do, what became of all.
 * The file has it as of a checkpoint; records after that are applied to it one by one, when they are written and when
 * they are read again after a crash. So both ways lead to the same.
 */
export class Book {
  readonly open: OpenEntries;
  readonly tally: Tally;
  readonly verdicts: VerdictIndex;
  readonly parted: PartedMessages;
  readonly outboxes = new Map<string, OutboxState>();
  readonly #database: DatabaseSync;
  /** The checkpoint that the file has: all records before it are in. */
  checkpoint: Position;

  constructor(database: DatabaseSync, timeZone: string) {
    this.#database = database;
    this.open = new OpenEntries(database);
    this.tally = new Tally(database, timeZone);
    this.verdicts = new VerdictIndex(database);
    this.parted = new PartedMessages(database);
    this.checkpoint = Number(database.prepare('SELECT position FROM log_checkpoint').get()?.position ?? 0);
    for (const row of database.prepare('SELECT * FROM log_outbox').all()) {
      const [last, done, bytes, from] = [row.last, row.done, row.bytes, row.position].map(Number);
      this.outboxes.set(String(row.name), new OutboxState({ last, done, bytes, from }));
    }
  }

  apply(record: StoredRecord): void {
    APPLY[record.type]?.(this, record);
  }

  message(id: Position, received: number, transport: string): void {
    this.open.add(id, received, transport);
    this.tally.received(received);
  }

  verdict(record: VerdictRecord): void {
    const { id, result, received, queued, reasonKey } = record;
    const day = this.tally.dayOf(received);
    if (queued) {
      this.tally.add(day, record, 'queued', -1);
      if (queued === 'part') this.parted.set(id, true);
    } else if (!this.open.remove(id)) return;
    this.tally.add(day, record, result, 1);
    if (result === 'stored') return;
    this.tally.reason(day, record.area, result, reasonKey ?? '');
    if (result === 'rejected') this.verdicts.add(record);
  }

  /** A message that was removed without a verdict. `received`: its arrival, ms since 1970 UTC. */
  lost(received: number, reasonKey = 'persistence.error.lost'): void {
    const day = this.tally.dayOf(received);
    this.tally.lost(day);
    this.tally.add(day, NOBODY, 'rejected', 1);
    this.tally.reason(day, NOBODY.area, 'rejected', reasonKey);
  }

  /** An open message that the disk does not have any more. */
  gone(id: Position): void {
    const entry = this.open.get(id);
    if (entry && this.open.remove(id)) this.lost(entry.received, GONE);
  }

  /** `from`: where the frame begins that carries it. */
  item(
    { outbox, sequence, journalId, received, stake, area, device }: Omit<ItemRecord, 'text' | 'codec'>,
    bytes: number,
    from: Position,
  ): void {
    if (!this.outbox(outbox).add(sequence, bytes, from)) return;
    if ((stake === STAKE.last || stake === STAKE.whole) && this.open.remove(journalId)) {
      this.tally.add(this.tally.dayOf(received), { area, device }, 'queued', 1);
      if (stake === STAKE.last) this.parted.set(journalId, false);
    }
  }

  ack({ outbox, upTo, left, from, stored, finished = [] }: AckRecord): void {
    this.outbox(outbox).finish(upTo, left, from);
    for (const [day, area, device, count] of stored) {
      this.tally.add(day, { area, device }, 'queued', -count);
      this.tally.add(day, { area, device }, 'stored', count);
    }
    for (const id of finished) this.parted.remove(id);
  }

  outbox(name: string): OutboxState {
    let state = this.outboxes.get(name);
    if (!state) {
      state = new OutboxState();
      this.outboxes.set(name, state);
    }
    return state;
  }

  /** Puts everything into the file as of a position; inside a transaction of the caller, who calls `saved` after it. */
  save(position: Position): void {
    const database = this.#database;
    this.tally.save();
    this.open.save();
    this.verdicts.save();
    this.parted.save();
    const outbox = database.prepare('INSERT OR REPLACE INTO log_outbox VALUES (?, ?, ?, ?, ?)');
    for (const [name, { last, done, bytes, from }] of this.outboxes)
      outbox.run(name, last, done, bytes, from);
    database.prepare('INSERT OR REPLACE INTO log_checkpoint VALUES (1, ?)').run(position);
  }

  saved(position: Position): void {
    this.checkpoint = position;
    this.tally.saved();
    this.open.saved();
    this.verdicts.saved();
    this.parted.saved();
  }
}

/** Reason of what the disk does not have any more. */
export const GONE = 'persistence.error.gone';
const NOBODY: Account = { area: '', device: '' };

type Handler = (book: Book, record: StoredRecord) => void;

const APPLY: Readonly<Record<number, Handler>> = {
  [RECORD.message]: (book, { body }) => {
    const { id, received, transport } = readMessage(body);
    book.message(id, received, transport);
  },
  [RECORD.verdict]: (book, { body }) => book.verdict(readJson<VerdictRecord>(body)),
  [RECORD.item]: (book, { body, frame }) => {
    const item = readItem(body);
    book.item(item, Buffer.byteLength(item.text), frame);
  },
  [RECORD.ack]: (book, { body }) => book.ack(readJson<AckRecord>(body)),
  [RECORD.attempts]: (book, { body }) => forEach(body, (id) => book.open.attempt(id)),
  [RECORD.unaccounted]: (book, { body }) => forEach(body, (id) => book.open.giveUp(id)),
  [RECORD.reopened]: (book, { body }) => forEach(body, (id) => book.open.reopen(id)),
  [RECORD.gone]: (book, { body }) => forEach(body, (id) => book.gone(id)),
};

function forEach(body: Buffer, work: (id: Position) => void): void {
  for (const id of readJson<IdsRecord>(body).ids) work(id);
}
