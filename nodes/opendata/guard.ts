import { RequestError } from './parameters.ts';
import { RateLimit } from './rate-limit.ts';
import { Slots } from './slots.ts';

/** A page costs 1. Sending something costs more, as staff will read it. */
const COST = { read: 1, send: 20 };
/** What a client may ask for at once, and each second from then on: a class room behind one address opens the page. */
const BURST = 300;
const PER_SECOND = 30;
/** Answers being made at once, and requests that wait for their turn. */
const MAKING = 16;
const WAITING = 300;
/** Long files on their way at once; of one client. Each takes some megabytes and its share of the database. */
const STREAMS = 6;
const STREAMS_OF_ONE = 2;
/** Seconds after which a turn is likely. */
const TURN = 5;

/** What keeps a rush of readers from the intake of measurements: rates per client, and few things at once. */
export class Guard {
  readonly #rate = new RateLimit(BURST, PER_SECOND);
  readonly #making = new Slots(MAKING, WAITING);
  readonly #streams = new Slots(STREAMS);
  readonly #streamsOf = new Map<string, number>();

  /** Throws RequestError (429) if a client has asked for too much. `now` in ms since 1970 UTC. */
  admit(client: string, method: string, now: number): void {
    const wait = this.#rate.wait(client, method === 'POST' ? COST.send : COST.read, now);
    if (wait > 0) throw tooMany(wait);
  }

  /** A turn to make an answer; what it gives ends it. Throws RequestError (503) if too many wait. */
  async turn(): Promise<() => void> {
    const end = await this.#making.take();
    if (!end) throw new RequestError({ key: 'opendata.request.busy' }, { status: 503, retryAfter: TURN });
    return end;
  }

  /** Room for a long file on its way to a client; what it gives ends it. Throws RequestError (429 or 503). */
  async stream(client: string): Promise<() => void> {
    const own = this.#streamsOf.get(client) ?? 0;
    if (own >= STREAMS_OF_ONE) throw tooMany(TURN);
    const end = await this.#streams.take();
    if (!end) throw new RequestError({ key: 'opendata.request.busy' }, { status: 503, retryAfter: TURN });
    this.#streamsOf.set(client, own + 1);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      end();
      const left = (this.#streamsOf.get(client) ?? 1) - 1;
      if (left > 0) this.#streamsOf.set(client, left);
      else this.#streamsOf.delete(client);
    };
  }
}

function tooMany(seconds: number): RequestError {
  return new RequestError(
    { key: 'opendata.request.too_many', parameters: { seconds } },
    { status: 429, retryAfter: seconds },
  );
}
