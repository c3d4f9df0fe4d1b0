import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Nobody reads the form and writes a sentence faster; programs do. */
const FASTEST = 3 * SECOND;
/** A page may stay open over lunch. */
const LONGEST = 4 * 60 * MINUTE;
/** What comes from one network, and from all, in the time of `WINDOW`. */
const WINDOW = 10 * MINUTE;
const MOST_OF_ONE = 5;
const MOST_OF_ALL = 60;

/** Why something was not taken; the sentences are `opendata.feedback.<reason>`. */
export type Refusal = 'too_fast' | 'too_late' | 'too_many';

/**
 * Keeps programs from filling the box, without asking anybody to solve riddles: a form is good once, after a few
 * seconds and for some hours, and few are taken in a time. Remembers networks by a digest with a key that is only in
 * memory, and only for ten minutes.
 */
export class FeedbackGuard {
  readonly #secret = randomBytes(32);
  /** Ticket -> ms since 1970 UTC when it is too old anyway. */
  readonly #used = new Map<string, number>();
  #recent: { time: number; sender: string }[] = [];

  /** What a form carries from when it was made (ms since 1970 UTC) until it is sent. */
  ticket(now: number): string {
    const made = `${now.toString(36)}.${randomBytes(6).toString('base64url')}`;
    return `${made}.${this.#sign(made)}`;
  }

  /** Undefined if the form may be taken; it cannot be sent again then. `sender` is the network that it came from. */
  refusal(ticket: string, sender: string, now: number): Refusal | undefined {
    const made = this.#madeAt(ticket);
    if (made === undefined || now - made > LONGEST || this.#used.has(ticket)) return 'too_late';
    if (now - made < FASTEST) return 'too_fast';
    this.#recent = this.#recent.filter(({ time }) => now - time < WINDOW);
    const digest = this.#sign(sender);
    const own = this.#recent.filter((each) => each.sender === digest);
    if (own.length >= MOST_OF_ONE || this.#recent.length >= MOST_OF_ALL) return 'too_many';
    this.#recent.push({ time: now, sender: digest });
    for (const [each, until] of this.#used) if (until < now) this.#used.delete(each);
    this.#used.set(ticket, made + LONGEST);
    return undefined;
  }

  /** ms since 1970 UTC; undefined for what is no ticket of this process. */
  #madeAt(ticket: string): number | undefined {
    const [time = '', salt = '', signature = ''] = ticket.split('.');
    const [given, right] = [Buffer.from(signature), Buffer.from(this.#sign(`${time}.${salt}`))];
    return given.length === right.length && timingSafeEqual(given, right)
      ? Number.parseInt(time, 36)
      : undefined;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}
