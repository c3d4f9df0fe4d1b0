import type { Part } from '../observation/flow-node.ts';

/** Work on disk that waits for a server: taken in order, repeated until it is done, or put aside with a reason. */
export interface Outbox<T = unknown> {
  /** Adds an item; on disk when this turn of the event loop ends. */
  append(item: T, origin?: ItemOrigin): void;
  /** The oldest items, at most `limit`, oldest first. They stay until `ack`. */
  peek(limit: number): OutboxItem<T>[];
  /**
   * Done with all items up to and including this sequence number: their messages are stored, those of `refused` items
   * rejected.
   */
  ack(upTo: number, refused?: readonly Refusal[]): void;
  /** Puts `item`, or a part of it, aside with the server's reason: it is not tried again. Does not remove it. */
  bury(item: T, reason: string): void;
  /** Items that wait. */
  readonly size: number;
  /** On disk, of the items that wait. */
  readonly bytes: number;
  /** Arrival of the oldest item that waits, ms since 1970 UTC. */
  readonly oldest: number | undefined;
  /** What was put aside, newest first, at most `limit`. */
  deadLetters(limit?: number): DeadLetter<T>[];
  readonly deadLetterCount: number;
  /** Removes dead letters for good. Unknown ids are passed over. */
  discard(ids: readonly number[]): void;
  /**
   * Hands out again what the log still has of this outbox, oldest first, for a server that lost its data; the items
   * that wait are among it. Changes no account and nothing that waits.
   */
  history(): Generator<T, void, undefined>;
  /** Calls `listener` after an append; returns how to stop that. */
  onAppend(listener: () => void): () => void;
}

/** How items are written to the log. */
export interface ItemFormat<T> {
  /** '' for nothing. */
  encode(item: T): string;
  /** Throws for a text that `encode` never gives. */
  decode(text: string): T;
}

export interface ItemOrigin {
  journalId?: string;
  parts?: Part;
  /** Whose it is, for the accounts. */
  account?: { area: string; device: string };
  /** Codec and version that made it, `id@version`. */
  codec?: string;
}

export interface OutboxItem<T> {
  sequence: number;
  /** As it is on disk; '' for an item that only says that a message is complete. Made each time it is asked for. */
  readonly text: string;
  /** Made of the text each time it is asked for. */
  readonly item: T;
  /** Arrival of its message, or of the item itself, ms since 1970 UTC. */
  received: number;
  /** On disk. */
  bytes: number;
}

/** How much may wait; beyond it the oldest items give way. */
export interface OutboxLimits {
  days: number;
  bytes: number;
}

export interface Refusal {
  sequence: number;
  reasonKey: string;
  parameters: Record<string, string | number>;
  /** Name of the device, for the sentence. */
  device?: string;
}

export interface DeadLetter<T> {
  id: number;
  item: T;
  reason: string;
  /** ISO 8601 UTC. */
  time: string;
}
