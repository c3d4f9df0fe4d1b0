/** What became of the raw messages, counted: nothing may be missing in the sum. */

/**
 * Messages of one device that arrived on one day.
 * received = stored + rejected + dropped + queued + unaccounted + inFlow, always.
 */
export interface LedgerRow {
  /** Local day of arrival, `YYYY-MM-DD`. */
  day: string;
  /** Area id; '' if the device is not known. */
  area: string;
  /** Device id; '' for messages of no registered device, and for those that no node has decoded yet. */
  device: string;
  received: number;
  /** The database has its readings. */
  stored: number;
  /** Kept aside with a reason. */
  rejected: number;
  /** No reading in it, or a filter of the flow said so. */
  dropped: number;
  /** Its readings wait on disk for the database. */
  queued: number;
  /** Ended in a flow without a verdict; delivered again once, after the next start. */
  unaccounted: number;
  /** On its way through a flow right now. */
  inFlow: number;
}

export interface LedgerQuery {
  /** `YYYY-MM-DD`, both inclusive. */
  from?: string;
  to?: string;
  area?: string;
  device?: string;
}

/** Counted by arrival, apart from the verdicts: what the rows of a day must add up to. */
export interface LedgerDay {
  day: string;
  /** Messages that were acknowledged to their sender. */
  received: number;
  /** Removed to respect a size or age limit before they had a verdict; counted among `rejected` of device ''. */
  lost: number;
}

/** Why messages of an area that arrived on one day were rejected or dropped. */
export interface LedgerReason {
  day: string;
  area: string;
  result: 'rejected' | 'dropped';
  /** Message key; '' if no reason was given. */
  reasonKey: string;
  count: number;
}

export interface Ledger {
  /** Days ascending, then areas, then devices. */
  rows(query?: LedgerQuery): LedgerRow[];
  /** Days ascending. */
  days(query?: Pick<LedgerQuery, 'from' | 'to'>): LedgerDay[];
  reasons(query?: Pick<LedgerQuery, 'from' | 'to'>): LedgerReason[];
}
