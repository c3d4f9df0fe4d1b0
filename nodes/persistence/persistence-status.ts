import type { Problem } from '../observation/errors.ts';

/** How the files of the data folder fare, for people and for monitoring. */
export interface PersistenceStatus {
  journal: {
    bytes: number;
    inFlow: number;
    unaccounted: number;
    /** Since the folder was made. */
    lost: number;
    limitBytes: number;
    limitDays: number;
  };
  outboxes: OutboxStatus[];
  disk: { freeBytes: number };
  /** Name of the damaged file that `byflyt.db` was rebuilt for at this start. */
  damaged?: string;
  /** The last thing that went wrong in the background, until it works again. */
  problem?: Problem;
}

export interface OutboxStatus {
  name: string;
  waiting: number;
  bytes: number;
  /** Arrival of the oldest that waits, ms since 1970 UTC. */
  oldest?: number;
  deadLetters: number;
  limitBytes: number;
  limitDays: number;
}
