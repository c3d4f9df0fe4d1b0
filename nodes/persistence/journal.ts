/** Every raw message on disk before it is acknowledged, and what became of it. */
import type { Part } from '../observation/flow-node.ts';

/** A raw message as it came. */
export interface RawMessage {
  /** How it came and to whom, for example `mqtt/<id of the intake>`. */
  transport: string;
  /** MQTT topic or webhook path. */
  topic: string;
  body: Buffer;
  contentType?: string;
  /** ISO 8601 UTC. */
  receivedTime: string;
}

/** stored: its readings are in the database; rejected: an error, kept with its reason; dropped: no reading in it, or a filter said so. */
export type JournalResult = 'stored' | 'rejected' | 'dropped';

/** inFlow: no verdict yet; queued: its readings wait in an outbox; unaccounted: it came to no end in the set time. */
export type JournalState = JournalResult | 'inFlow' | 'queued' | 'unaccounted';

export interface JournalEntry extends RawMessage {
  id: string;
  state: JournalState;
  /** Message key and facts of the sentence that says why; for rejected and some dropped entries. */
  reasonKey?: string;
  parameters?: Record<string, string | number>;
  /** Name or id of the device concerned. */
  device?: string;
  /** Codec and version that read it, `id@version`; for queued and stored entries. */
  codec?: string;
  /** How often processes that did not come to an end with it had taken it up. */
  attempts: number;
}

export interface SettleDetail {
  reasonKey?: string;
  parameters?: Record<string, string | number>;
  /** Name of the device, for the sentence. */
  device?: string;
  /** Whose message it was, where that is known, for the accounts. */
  account?: { area: string; device: string };
  /** For one message of several from the same entry: the entry is settled when all are. */
  parts?: Part;
}

/** Messages since the data folder was made. `lost`: removed to respect a limit before they had a verdict. */
export type JournalCounts = Record<JournalState | 'lost', number>;

export interface Journal {
  /**
   * Resolves with the entry's id when it is on disk: it survives the end of the process, and a power cut 100 ms later
   * or, with the setting `every-message`, at once. Rejects with ByflytError if the disk refuses.
   */
  append(message: RawMessage): Promise<string>;
  /** Says what became of an entry; on disk when this turn of the event loop ends. A second verdict changes nothing. */
  settle(id: string, result: JournalResult, detail?: SettleDetail): void;
  /** With its outcome; slow, for people who look at one. */
  read(id: string): JournalEntry | undefined;
  /**
   * Entries of a transport (default: all) without a verdict, oldest first, to be sent through their flow again. Of
   * what an earlier process left, each handing out counts as an attempt, and after five it is rejected instead, so
   * that a message which stops the process does not do so for ever. Unaccounted ones are handed out once.
   */
  pending(transport?: string): Generator<JournalEntry, void, undefined>;
  /** As `pending`, without counting: for those who only look. `fits` says of which transports (default: all). */
  unfinished(fits?: (transport: string) => boolean): Generator<JournalEntry, void, undefined>;
  /** False as soon as an entry has its verdict or waits in an outbox. */
  isUnfinished(id: string): boolean;
  /** Rejected entries with their reasons, newest first. `before`: id to go on from. */
  rejected(options?: { limit?: number; before?: string }): JournalEntry[];
  /** Entries that came to no end, oldest first. */
  unaccounted(options?: { limit?: number; after?: string }): JournalEntry[];
  counts(): JournalCounts;
  /**
   * The messages that arrived in a period and came to an end in their flow, oldest first, as far as the journal still
   * has them; without those that a flow left out with a reason. Read in small portions while flows run.
   */
  past(period: Period): AsyncGenerator<PastMessage, void, undefined>;
  /** Arrival of the oldest message that is kept, ms since 1970 UTC. */
  oldest(): number | undefined;
}

/** Both in ms since 1970 UTC, inclusive. */
export interface Period {
  from: number;
  to: number;
}

export interface PastMessage extends RawMessage {
  id: string;
  /** No reading came of it, because of an error. */
  wasRejected: boolean;
}

export interface Keeping {
  /** Settled entries are kept this long. */
  days: number;
  /** Size of the journal in bytes; the oldest entries give way, settled or not. */
  bytes: number;
}

export interface JournalRetention extends Keeping {
  /** By area id: its messages are kept shorter, or take less room. */
  areas?: Readonly<Record<string, Partial<Keeping>>>;
}
