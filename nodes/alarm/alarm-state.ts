/** When an alarm is raised and cleared: pure logic on one device and one rule. */

export const SEVERITIES = ['information', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How a rule sees one reading: beyond the limit, back to normal, or between the two (hysteresis). */
export type Reading = 'beyond' | 'between' | 'normal';

/** Bounded state of one device under one rule; plain JSON. Times in ms since 1970 UTC. */
export interface AlarmState<T = unknown> {
  newest: number;
  /** First reading beyond the limit of those in a row, while the alarm is not raised. */
  since?: number;
  /** The event that raised the alarm, until it is cleared. */
  open?: T;
}

/** What has been told of an alarm. Times in ms since 1970 UTC. */
export interface Told {
  /** When it was told first; absent: not yet. */
  first?: number;
  newest?: number;
  escalated?: true;
  acknowledged?: number;
}

/** What a reading does to the alarm. */
export type Transition = 'raise' | 'clear' | 'none';

/**
 * The next state and what to do. Raised once readings have been beyond the limit for `delay` ms without one that was
 * not; cleared by the first normal one. A reading not newer than the newest does nothing.
 */
export function step<T>(
  state: AlarmState<T> | undefined,
  time: number,
  reading: Reading,
  delay: number,
): { state: AlarmState<T>; transition: Transition } {
  if (state && time <= state.newest) return { state, transition: 'none' };
  if (state?.open !== undefined) {
    const clears = reading === 'normal';
    const next = clears ? { newest: time } : { newest: time, open: state.open };
    return { state: next, transition: clears ? 'clear' : 'none' };
  }
  if (reading !== 'beyond') return { state: { newest: time }, transition: 'none' };
  const since = state?.since ?? time;
  return { state: { newest: time, since }, transition: time - since >= delay ? 'raise' : 'none' };
}
