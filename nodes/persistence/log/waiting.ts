import type { ItemFormat, OutboxItem } from '../outbox.ts';
import type { Position } from './position.ts';
import type { Account, ItemRecord, Stake } from './records.ts';

/** An item that waits. It holds the text alone: thousands of items that wait would otherwise be a burden on the garbage collector. */
export class Waiting<T> implements OutboxItem<T>, Account {
  readonly sequence: number;
  readonly text: string;
  readonly area: string;
  readonly device: string;
  readonly journalId: Position;
  readonly received: number;
  readonly stake: Stake;
  readonly bytes: number;
  /** Where its frame begins. */
  readonly from: Position;
  readonly #format: ItemFormat<T>;

  constructor(record: ItemRecord, bytes: number, from: Position, format: ItemFormat<T>) {
    this.sequence = record.sequence;
    this.text = record.text;
    this.area = record.area;
    this.device = record.device;
    this.journalId = record.journalId;
    this.received = record.received;
    this.stake = record.stake;
    this.bytes = bytes;
    this.from = from;
    this.#format = format;
  }

  get item(): T {
    return this.#format.decode(this.text);
  }
}
