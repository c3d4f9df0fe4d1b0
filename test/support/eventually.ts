import { setTimeout as delay } from 'node:timers/promises';

/** Repeats `attempt` until it passes and gives its result; fails with its last error after `withinMs`. */
export async function eventually<T>(attempt: () => T | Promise<T>, withinMs = 30_000): Promise<T> {
  for (const end = Date.now() + withinMs; ; await delay(20)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
