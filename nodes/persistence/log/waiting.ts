import type { ItemFormat, OutboxItem } from '../outbox.ts';
import type { Position } from './position.ts';
import type { Account, ItemRecord, Stake } from './records.ts';

/** Bytes of a page of texts. */
const PAGE = 65_536;

/** The page that is being filled, and how far. */
let page = Buffer.alloc(0);
let filled = 0;

/** Puts a text of that many bytes into a page; it ends at `filled`. */
function keep(text: string, bytes: number): Buffer {
  if (filled + bytes > page.length) {
    page = Buffer.allocUnsafeSlow(Math.max(PAGE, bytes));
    filled = 0;
  }
  filled += page.write(text, filled);
  return page;
}

/**
 * An item that waits. Its text is kept as bytes in a page, outside of the heap: thousands of items that wait would
 * otherwise be copied by the garbage collector, only to be done with soon after.
 */
export class Waiting<T> implements OutboxItem<T>, Account {
  readonly sequence: number;
  readonly area: string;
  readonly device: string;
  readonly journalId: Position;
  readonly received: number;
  readonly stake: Stake;
  readonly bytes: number;
  /** Where its frame begins. */
  readonly from: Position;
  readonly #format: ItemFormat<T>;
  readonly #page: Buffer;
  readonly #start: number;

  /** `bytes`: of the record's text in UTF-8. */
  constructor(record: ItemRecord, bytes: number, from: Position, format: ItemFormat<T>) {
    this.sequence = record.sequence;
    this.area = record.area;
    this.device = record.device;
    this.journalId = record.journalId;
    this.received = record.received;
    this.stake = record.stake;
    this.bytes = bytes;
    this.from = from;
    this.#format = format;
    this.#page = keep(record.text, bytes);
    this.#start = filled - bytes;
  }

  get text(): string {
    return this.#page.toString('utf8', this.#start, this.#start + this.bytes);
  }

  get item(): T {
    return this.#format.decode(this.text);
  }
}
