/** What people said of alarms for unusual values, and how much stricter that makes the detector for one series. */
import type { StateStore } from '../persistence/state-store.ts';

/** right: there was something; false: there was nothing; planned: somebody was at work there. */
export const ANSWERS = ['right', 'false', 'planned'] as const;
export type Answer = (typeof ANSWERS)[number];

export interface Feedback {
  /** ISO 8601 UTC: the reading that raised the alarm. */
  alarm: string;
  answer: Answer;
  /** When it was given, ms since 1970 UTC. */
  given: number;
}

const PREFIX = 'anomaly-feedback/';
const KEPT = 50;
/** Positions of the slider: a false alarm makes the detector stricter, one that was right takes most of that back. */
const STEP: Readonly<Record<Answer, number>> = { false: -15, right: 10, planned: 0 };
const STRICTEST = -60;

/** All answers about a device's quantity that are kept, oldest alarm first. */
export function feedbackOf(state: StateStore, device: string, quantity: string): Feedback[] {
  return state.get<Feedback[]>(keyOf(device, quantity)) ?? [];
}

let changes = 0;

/** A number that changes with every answer, so that whoever remembers what followed from them need not ask each time. */
export function feedbackChanges(): number {
  return changes;
}

/** Keeps an answer; a second one about the same alarm replaces the first. */
export function addFeedback(state: StateStore, device: string, quantity: string, feedback: Feedback): void {
  const others = feedbackOf(state, device, quantity).filter(({ alarm }) => alarm !== feedback.alarm);
  const kept = [...others, feedback].sort((a, b) => a.alarm.localeCompare(b.alarm)).slice(-KEPT);
  putFeedback(state, device, quantity, kept);
  changes++;
}

/** Keeps these answers in place of all others; detectors at work do not hear of it. */
export function putFeedback(
  state: StateStore,
  device: string,
  quantity: string,
  feedback: readonly Feedback[],
): void {
  state.set(keyOf(device, quantity), feedback, 'now');
}

/** The slider's position (0 few to 100 many alarms) with what people said of earlier alarms; never above it. */
export function sensitivityAfter(sensitivity: number, feedback: readonly Feedback[]): number {
  const shift = feedback.reduce((sum, { answer }) => Math.min(Math.max(sum + STEP[answer], STRICTEST), 0), 0);
  return Math.max(sensitivity + shift, 0);
}

/** `sensitivityAfter` of every series that people answered about, by `<device>/<quantity>`. */
export function sensitivitiesAfter(state: StateStore, sensitivity: number): Map<string, number> {
  const positionOf = (key: string): number => sensitivityAfter(sensitivity, state.get<Feedback[]>(key) ?? []);
  return new Map(state.keys(PREFIX).map((key) => [key.slice(PREFIX.length), positionOf(key)]));
}

function keyOf(device: string, quantity: string): string {
  return `${PREFIX}${device}/${quantity}`;
}
