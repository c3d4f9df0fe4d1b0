/** What can be wrong with a sensor, and `event`: unusual, but real. */
export const FAULT_CAUSES = [
  'stuck',
  'spike',
  'shift',
  'scale',
  'swapped',
  'drift',
  'noise',
  'leak',
  'silent',
  'clock',
  'battery',
  'event',
] as const;
export type FaultCause = (typeof FAULT_CAUSES)[number];

export type FaultSeverity = 'information' | 'warning' | 'critical';

/** How urgent each is: a leak costs by the hour, a single false reading is only worth knowing. */
export const FAULT_SEVERITY: Readonly<Record<FaultCause, FaultSeverity>> = {
  stuck: 'warning',
  spike: 'information',
  shift: 'warning',
  scale: 'warning',
  swapped: 'warning',
  drift: 'warning',
  noise: 'warning',
  leak: 'critical',
  silent: 'warning',
  clock: 'warning',
  battery: 'warning',
  event: 'information',
};

/** What began or ended in one series, with the facts that its sentence needs. */
export interface Finding {
  cause: FaultCause;
  state: 'raised' | 'cleared';
  /** Time that tells of it, ms since 1970 UTC. */
  time: number;
  /** Canonical unit: the value, and by how much it is off (the unit of the rate for a meter). */
  value: number;
  difference: number;
  /** How long it has lasted, and what is usual, hours. */
  hours: number;
  usualHours: number;
  /** Whether sensors nearby moved as well; undefined without any. */
  neighbours: boolean | undefined;
}
