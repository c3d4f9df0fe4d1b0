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
