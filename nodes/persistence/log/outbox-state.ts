import type { Position } from './position.ts';

/** How far an outbox is. Its items have consecutive sequence numbers. */
export class OutboxState {
  /** Sequence number of the newest item. */
  last: number;
  /** Up to which it is done. */
  done: number;
  /** Of the texts of the items that wait. */
  bytes: number;
  /** No item that waits stands before it in the log. */
  from: Position;

  constructor({ last = 0, done = 0, bytes = 0, from = 0 } = {}) {
    this.last = last;
    this.done = done;
    this.bytes = bytes;
    this.from = from;
  }

  /** How many wait. */
  get items(): number {
    return this.last - this.done;
  }

  /** `from`: where the frame begins that carries the item. False if it is known already. */
  add(sequence: number, bytes: number, from: Position): boolean {
    if (sequence <= this.last) return false;
    if (this.items === 0) {
      this.from = from;
      // The log may begin with it: all before it was done, and what said so is no longer there.
      this.done = sequence - 1;
    }
    this.last = sequence;
    this.bytes += bytes;
    return true;
  }

  /** `left`: bytes of the items after `upTo`, none of which stands before `from`. */
  finish(upTo: number, left: number, from: Position): void {
    this.done = Math.max(this.done, upTo);
    this.last = Math.max(this.last, upTo);
    this.from = from;
    this.bytes = left;
  }
}
