import { TokenBucket } from '../lorawan/gateway/token-bucket.ts';
import { problemOf } from '../observation/errors.ts';

/** Sentences an hour: anybody can write new names and numbers into datagrams, and one line for each would fill the log. */
const MOST_AN_HOUR = 100;
/** Somebody unknown, or who may not be who it says, or who registers with something that is no name and no list. */
const ABOUT_STRANGERS =
  /^nbiot\.error\.(unknown\.|(otherAddress|twoDevices|lwm2mEndpoint|lwm2mLifetime|lwm2mVersion|linkFormat)$)/;

/** How much is told of senders that nobody knows. The journal, and the list of unknown devices, have all of them. */
export class StrangerWords {
  readonly #bucket = new TokenBucket(MOST_AN_HOUR / 3600, MOST_AN_HOUR);

  /** Whether one more may be told of. */
  mayTell(): boolean {
    return this.#bucket.take();
  }

  /** Whether a problem is that of a stranger of whom nothing more is told. */
  isQuiet(problem: unknown): boolean {
    return ABOUT_STRANGERS.test(problemOf(problem).key) && !this.mayTell();
  }
}
