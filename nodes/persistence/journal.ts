/** Every raw message on disk before it is acknowledged, and what became of it. */
import type { Part } from '../observation/flow-node.ts';

/** A raw message as it came. */
export interface RawMessage {
  /** How it came, for example `mqtt` or `webhook`. */
  transport: string;
  /** MQTT topic or webhook path. */
  topic: string;
  body: Buffer;
  contentType?: string;
  /** ISO 8601 UTC. */
  receivedTime: string;
}

/** stored: its readings are in the database; rejected: an error, kept with its reason; dropped: no reading in it. */
export type JournalResult = 'stored' | 'rejected' | 'dropped';

export interface JournalEntry extends RawMessage {
  id: string;
  state: JournalResult | 'pending';
  /** Message key and facts of the sentence that says why; for rejected and some dropped entries. */
  reasonKey?: string;
  parameters?: Record<string, string | number>;
  /** Name or id of the device concerned. */
  device?: string;
  /** How often `pending` had handed it out before. */
  attempts: number;
}

export interface SettleDetail {
  reasonKey?: string;
  parameters?: Record<string, string | number>;
  device?: string;
  /** For one message of several from the same entry: the entry is settled when all are. */
  parts?: Part;
}

/** Messages since the data folder was made. `lost`: removed to respect the size limit before they were settled. */
export type JournalCounts = Record<JournalResult | 'pending' | 'lost', number>;

export interface Journal {
  /** Resolves with the entry's id when it is on disk (fsync). Rejects with ByflytError if the disk refuses. */
  append(message: RawMessage): Promise<string>;
  /** Says what became of an entry; on disk within half a second. A second verdict changes nothing. */
  settle(id: string, result: JournalResult, detail?: SettleDetail): void;
  read(id: string): JournalEntry | undefined;
  /**
   * Entries so far that were never settled and do not wait in an outbox, oldest first, for redelivery.
   * Handing one out counts as an attempt; after five that came to nothing it is rejected instead, so that a message
   * which stops the process does not do so for ever. `accept` chooses (an intake takes only its own).
   */
  pending(accept?: (entry: JournalEntry) => boolean): Generator<JournalEntry, void, undefined>;
  /** As `pending`, without counting: for those who only look. */
  unfinished(): Generator<JournalEntry, void, undefined>;
  /** False as soon as an entry has its verdict or waits in an outbox. */
  isUnfinished(id: string): boolean;
  /** Rejected entries with their reasons, newest first. `before`: id to go on from. */
  rejected(options?: { limit?: number; before?: string }): JournalEntry[];
  counts(): JournalCounts;
}

export interface JournalRetention {
  /** Settled entries are kept this long. */
  days: number;
  /** Size of the journal in bytes; the oldest entries give way, settled or not. */
  bytes: number;
}
