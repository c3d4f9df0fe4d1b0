import { randomInt } from 'node:crypto';
import { ConnectionError } from '../observation/errors.ts';
import type { Source } from './envelope.ts';

interface Pending {
  settle(outcome: Outcome): void;
}

type Outcome = 'acknowledged' | 'reset' | 'no answer';

interface Options {
  send(bytes: Buffer, to: Source): void;
  /** ms until the first repetition at least; doubled each time. */
  ackTimeout?: number;
}

/** RFC 7252, 4.8. */
const ACK_TIMEOUT = 2000;
const ACK_RANDOM_FACTOR = 1.5;
const MAX_RETRANSMIT = 4;
/** Confirmable messages that wait for their acknowledgement at once. */
const MOST = 4096;

/** Sends confirmable messages until they are acknowledged: RFC 7252, 4.2. */
export class CoapSender {
  readonly #options: Options;
  readonly #pending = new Map<string, Pending>();
  #nextId = randomInt(0x1_0000);

  constructor(options: Options) {
    this.#options = options;
  }

  /** An id for the next message of ours. */
  messageId(): number {
    this.#nextId = (this.#nextId + 1) & 0xffff;
    return this.#nextId;
  }

  /** Resolves with what became of it: acknowledged, reset, or no answer after all repetitions (45 to 93 s). Never rejects. */
  confirmable(bytes: Buffer, to: Source): Promise<Outcome> {
    const key = keyOf(bytes.readUInt16BE(2), to);
    if (this.#pending.size >= MOST || this.#pending.has(key)) return Promise.resolve('no answer');
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const { ackTimeout = ACK_TIMEOUT } = this.#options;
    let wait = ackTimeout * (1 + Math.random() * (ACK_RANDOM_FACTOR - 1));
    let repetitions = 0;
    let timer: NodeJS.Timeout;
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      this.#pending.delete(key);
      resolve(outcome);
    };
    const again = (): void => {
      if (repetitions++ === MAX_RETRANSMIT) {
        settle('no answer');
        return;
      }
      this.#options.send(bytes, to);
      wait *= 2;
      timer = setTimeout(again, wait).unref();
    };
    timer = setTimeout(again, wait).unref();
    this.#pending.set(key, { settle });
    this.#options.send(bytes, to);
    return promise;
  }

  /** An acknowledgement or a reset came; whether it was for one of ours. */
  settle(messageId: number, from: Source, outcome: 'acknowledged' | 'reset'): boolean {
    const pending = this.#pending.get(keyOf(messageId, from));
    pending?.settle(outcome);
    return pending !== undefined;
  }

  close(): void {
    for (const { settle } of [...this.#pending.values()]) settle('no answer');
  }
}

function keyOf(messageId: number, { address, port }: Source): string {
  return `${address} ${port} ${messageId}`;
}

/** `no answer` and `reset` in words for people. */
export function noAnswer({ address, port }: Source): ConnectionError {
  return new ConnectionError({ key: 'nbiot.error.coapNoAnswer', parameters: { address, port } });
}
