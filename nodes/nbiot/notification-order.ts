/** When a notification came, and the number that its sender gave it. */
export interface Notified {
  /** Observe option: 24 bits. */
  sequence: number;
  /** ms of the steady clock. */
  time: number;
}

const HALF = 2 ** 23;
/** ms after which a number says nothing any more. */
const OUTDATED_AFTER = 128_000;

/** Whether a notification was sent after another one, as their numbers and times say: RFC 7641, 3.4. */
export function isNewer(one: Notified, other: Notified): boolean {
  const step = one.sequence - other.sequence;
  return (step > 0 && step < HALF) || step < -HALF || one.time > other.time + OUTDATED_AFTER;
}
