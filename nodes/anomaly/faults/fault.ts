import type { FaultCause } from '../../observation/fault-cause.ts';

/** What began or ended in one series, with the facts that its sentence needs. */
export interface Finding {
  cause: FaultCause;
  state: 'raised' | 'cleared';
  /** Time that tells of it, ms since 1970 UTC. */
  time: number;
  /** Canonical unit: the value, and by how much it is off (the unit of the rate for a meter). */
  value: number;
  difference: number;
  /**
   * How long it has lasted, and what is usual, hours. Of an event: how long it took to its peak, and for how long nothing
   * had been as quick (0 if something was).
   */
  hours: number;
  usualHours: number;
  /** Whether sensors nearby moved as well; undefined without any. */
  neighbours: boolean | undefined;
}
