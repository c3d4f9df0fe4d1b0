import type { Part } from '../observation/flow-node.ts';

/** Work on disk that waits for a server: taken in order, repeated until it is done, or put aside with a reason. */
export interface Outbox<T = unknown> {
  /** Adds an item (JSON-serialisable); on disk when this turn of the event loop ends. */
  append(item: T, options?: { journalId?: string; parts?: Part }): void;
  /** The oldest items, at most `limit`, oldest first. They stay until `ack`. */
  peek(limit: number): OutboxItem<T>[];
  /** Done with all items up to and including this sequence number. */
  ack(upTo: number): void;
  /** Puts `item`, or a part of it, aside with the server's reason: it is not tried again. Does not remove it. */
  bury(item: T, reason: string): void;
  /** Items that wait. */
  readonly size: number;
  /** What was put aside, newest first, at most `limit`. */
  deadLetters(limit?: number): DeadLetter<T>[];
  readonly deadLetterCount: number;
  /** Calls `listener` after an append; returns how to stop that. */
  onAppend(listener: () => void): () => void;
}

export interface OutboxItem<T> {
  sequence: number;
  item: T;
  journalId?: string;
  parts?: Part;
}

export interface DeadLetter<T> {
  item: T;
  reason: string;
  /** ISO 8601 UTC. */
  time: string;
}
