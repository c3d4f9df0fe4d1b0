import type { DeadLetters } from '../dead-letters.ts';
import type { DeadLetter, ItemFormat, ItemOrigin, Outbox, OutboxItem, Refusal } from '../outbox.ts';
import { ByAccount } from './by-account.ts';
import type { LogJournal } from './log-journal.ts';
import type { LogKeeper } from './log-keeper.ts';
import type { OutboxState } from './outbox-state.ts';
import type { Position } from './position.ts';
import {
  type Account,
  type AckRecord,
  type ItemRecord,
  RECORD,
  readItem,
  STAKE,
  writeItem,
  writeJson,
} from './records.ts';
import { Waiting } from './waiting.ts';

/** Items kept in memory too, so that a server which keeps up never needs the disk to be read. */
const WINDOW = 10_000;
/** Items read from the disk at once: few enough that the editor does not wait. */
const READ_AHEAD = 2000;
const NOBODY: Account = { area: '', device: '' };

type Facts = Omit<ItemRecord, 'outbox' | 'sequence' | 'text'>;

interface LogOutboxOptions<T> {
  name: string;
  format: ItemFormat<T>;
  keeper: LogKeeper;
  journal: LogJournal;
  deadLetters: DeadLetters;
}

/** Outbox over the record log. */
export class LogOutbox<T> implements Outbox<T> {
  readonly #options: LogOutboxOptions<T>;
  readonly #state: OutboxState;
  readonly #listeners = new Set<() => void>();
  /** The oldest items; when `#more`, further ones are on disk only. */
  #head: Waiting<T>[] = [];
  #more: boolean;
  /** Sequence number of the newest item that was in the head, and where its frame begins. */
  #read: number;
  #readFrom: Position = 0;

  constructor(options: LogOutboxOptions<T>) {
    this.#options = options;
    this.#state = options.keeper.book.outbox(options.name);
    this.#more = this.#state.items > 0;
    this.#read = this.#state.done;
  }

  get size(): number {
    return this.#state.items;
  }

  get bytes(): number {
    return this.#state.bytes;
  }

  get oldest(): number | undefined {
    return this.#peek()[0]?.received;
  }

  get deadLetterCount(): number {
    return this.#options.deadLetters.count(this.#options.name);
  }

  append(item: T, origin: ItemOrigin = {}): void {
    const { journalId, parts, account = NOBODY, codec = '' } = origin;
    const { journal, keeper } = this.#options;
    const id = Number(journalId ?? 0);
    const { open } = keeper.book;
    const entry = journalId === undefined ? undefined : open.get(id);
    const received = entry?.received ?? Date.now();
    const { area, device } = account;
    const facts: Facts = { area, device, codec, journalId: id, received, stake: STAKE.extra };
    if (journalId !== undefined && entry) {
      const finish = () => this.#append('', { ...facts, stake: STAKE.last });
      const complete = journal.queue(journalId, parts, finish);
      facts.stake = complete ? (parts ? STAKE.last : STAKE.whole) : open.get(id) ? STAKE.part : STAKE.extra;
    }
    this.#append(this.#options.format.encode(item), facts);
  }

  peek(limit: number): OutboxItem<T>[] {
    return this.#peek().slice(0, limit);
  }

  ack(upTo: number, refused: readonly Refusal[] = []): void {
    const refusals = new Map(refused.map((refusal) => [refusal.sequence, refusal]));
    const items = this.#taken(upTo);
    const last = items.at(-1);
    if (!last) return;
    const { keeper, name } = this.#options;
    const stored = new ByAccount<StoredCount>();
    const finished: Position[] = [];
    let left = this.#state.bytes;
    for (const item of items) {
      const refusal = refusals.get(item.sequence);
      if (refusal) this.#reject(item, refusal);
      else if (this.#completes(item))
        stored.get(keeper.book.tally.dayOf(item.received), item, noneStored)[3]++;
      if (item.stake === STAKE.last) finished.push(item.journalId);
      left -= item.bytes;
    }
    const record: AckRecord = {
      outbox: name,
      upTo: last.sequence,
      // Of items that are damaged nobody knows the bytes.
      left: last.sequence < this.#state.last ? left : 0,
      from: this.#head[0]?.from ?? last.from,
      stored: [...stored.values()],
      ...(finished.length > 0 && { finished }),
    };
    keeper.write(RECORD.ack, (writer) => writeJson(writer, record));
    keeper.book.ack(record);
  }

  bury(item: T, reason: string): void {
    const { deadLetters, name, format } = this.#options;
    deadLetters.add(name, format.encode(item), reason);
  }

  deadLetters(limit = 100): DeadLetter<T>[] {
    const { deadLetters, name, format } = this.#options;
    return deadLetters
      .list(name, limit)
      .map(({ text, ...letter }) => ({ ...letter, item: format.decode(text) }));
  }

  discard(ids: readonly number[]): void {
    this.#options.deadLetters.remove(this.#options.name, ids);
  }

  *history(): Generator<T, void, undefined> {
    const { keeper, name, format } = this.#options;
    keeper.commit();
    for (const { type, body } of keeper.log.records(0)) {
      const item = type === RECORD.item ? readItem(body) : undefined;
      if (item?.outbox === name && item.text !== '') yield format.decode(item.text);
    }
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #append(text: string, { area, device, codec, journalId, received, stake }: Facts): void {
    const { keeper, name, format } = this.#options;
    const sequence = this.#state.last + 1;
    const record = { outbox: name, sequence, journalId, received, stake, area, device, codec, text };
    const from = keeper.log.position;
    let written: number | undefined;
    keeper.write(RECORD.item, (writer) => {
      written = writeItem(writer, record);
    });
    const bytes = written ?? Buffer.byteLength(text);
    keeper.book.item(record, bytes, from);
    if (this.#more || this.#head.length >= WINDOW) this.#more = true;
    else {
      this.#read = record.sequence;
      this.#readFrom = from;
      this.#head.push(new Waiting(record, bytes, from, format));
    }
    for (const listener of this.#listeners) listener();
  }

  #peek(): Waiting<T>[] {
    if (this.#head.length === 0 && this.#more) this.#load();
    return this.#head;
  }

  /** Takes the items up to a sequence number out of the head. */
  #taken(upTo: number): Waiting<T>[] {
    const head = this.#peek();
    const kept = head.findIndex(({ sequence }) => sequence > upTo);
    const taken = kept < 0 ? head : head.slice(0, kept);
    this.#head = kept < 0 ? [] : head.slice(kept);
    return taken;
  }

  /** What waits, from the disk. */
  #load(): void {
    const { keeper } = this.#options;
    this.#readAhead();
    if (this.#head.length > 0) return;
    // What is not there now is what was not written yet.
    keeper.commit();
    this.#readAhead();
    if (this.#head.length === 0) this.#giveUp();
  }

  #readAhead(): void {
    const { keeper, name, format } = this.#options;
    for (const { type, body, frame } of keeper.log.records(Math.max(this.#state.from, this.#readFrom))) {
      const record = type === RECORD.item ? readItem(body) : undefined;
      if (record?.outbox !== name || record.sequence <= this.#read) continue;
      this.#read = record.sequence;
      this.#readFrom = frame;
      this.#head.push(new Waiting(record, Buffer.byteLength(record.text), frame, format));
      if (this.#head.length >= READ_AHEAD) break;
    }
    this.#more = this.#read < this.#state.last;
  }

  /** Items that should be in the log and are not. The accounts tell of their messages when nothing waits any more. */
  #giveUp(): void {
    const { keeper, name } = this.#options;
    const upTo = this.#state.last;
    const record = { outbox: name, upTo, left: 0, from: keeper.log.position, stored: [] };
    keeper.write(RECORD.ack, (writer) => writeJson(writer, record));
    keeper.book.ack(record);
    this.#read = upTo;
    this.#more = false;
  }

  /** Whether a message is stored now that this item is. */
  #completes({ stake, journalId }: Waiting<T>): boolean {
    if (stake === STAKE.whole) return true;
    return stake === STAKE.last && this.#options.keeper.book.parted.isRefused(journalId) === false;
  }

  /** A message is rejected with the first of its parts. */
  #reject({ journalId, received, stake, area, device }: Waiting<T>, refusal: Refusal): void {
    const { keeper } = this.#options;
    const isOpen = keeper.book.open.get(journalId) !== undefined;
    const isQueued = stake === STAKE.whole || keeper.book.parted.isRefused(journalId) === false;
    if (stake === STAKE.extra || !(isOpen || isQueued)) return;
    const { reasonKey, parameters, device: deviceName } = refusal;
    keeper.verdict({
      id: journalId,
      result: 'rejected',
      received,
      area,
      device,
      reasonKey,
      parameters,
      ...(deviceName !== undefined && { deviceName }),
      ...(!isOpen && { queued: stake === STAKE.part ? 'part' : 'last' }),
    });
  }
}

type StoredCount = AckRecord['stored'][number];

function noneStored({ day, area, device }: Account & { day: string }): StoredCount {
  return [day, area, device, 0];
}
