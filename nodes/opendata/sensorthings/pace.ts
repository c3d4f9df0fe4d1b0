import { setTimeout as delay } from 'node:timers/promises';

/** ms of a pause at most. */
const LONGEST = 50;

let last: Promise<unknown> = Promise.resolve();

/**
 * A pause as long as the work before it, in ms. Those who read long histories pause one after the other, so that all of
 * them together leave half of this thread's time to the intake of measurements, however many they are.
 */
export function pauseAfter(work: number): Promise<unknown> {
  last = last.then(() => delay(Math.min(work, LONGEST)));
  return last;
}
