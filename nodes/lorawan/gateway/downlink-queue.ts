import { createHash } from 'node:crypto';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Downlink } from '../downlink/downlink.ts';
import type { FrameKeys } from '../frame-crypto.ts';

/** A confirmed downlink that was sent: the next uplink says whether it arrived. */
export interface Unanswered {
  downlink: Downlink;
  fCntDown: number;
}

interface DeviceDownlinks {
  /** Oldest first. */
  queue: Downlink[];
  /** How often the first one could not be sent. */
  attempts: number;
  unanswered?: Unanswered;
}

/** A device that is asked for its readings once a day takes as many days. */
const LONGEST_QUEUE = 20;
/** A downlink that could not be sent after so many uplinks is given up. */
const ATTEMPTS = 3;

/** What is to be sent to devices, in order, and the counters of what was sent. On disk before anything is sent. */
export class DownlinkQueue {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Throws MessageError `lorawan.error.downlinkQueueFull`. */
  add(deviceId: string, downlink: Downlink): void {
    const downlinks = this.#of(deviceId);
    if (downlinks.queue.length >= LONGEST_QUEUE) {
      throw new MessageError({
        key: 'lorawan.error.downlinkQueueFull',
        parameters: { longest: LONGEST_QUEUE },
      });
    }
    this.#set(deviceId, { ...downlinks, queue: [...downlinks.queue, downlink] });
  }

  first(deviceId: string): Downlink | undefined {
    return this.#of(deviceId).queue[0];
  }

  /** How many wait. */
  size(deviceId: string): number {
    return this.#of(deviceId).queue.length;
  }

  /** The first one was sent. */
  sent(deviceId: string, fCntDown: number): void {
    const { queue, unanswered } = this.#of(deviceId);
    const [downlink, ...rest] = queue;
    if (!downlink) return;
    const waiting = downlink.confirmed ? { downlink, fCntDown } : unanswered;
    this.#set(deviceId, { queue: rest, attempts: 0, ...(waiting ? { unanswered: waiting } : {}) });
  }

  /** The first one could not be sent now; the downlink if it is given up, else it is tried again at the next uplink. */
  notSent(deviceId: string): Downlink | undefined {
    const { queue, attempts, ...rest } = this.#of(deviceId);
    const givenUp = attempts + 1 >= ATTEMPTS ? queue[0] : undefined;
    this.#set(
      deviceId,
      givenUp ? { ...rest, queue: queue.slice(1), attempts: 0 } : { ...rest, queue, attempts: attempts + 1 },
    );
    return givenUp;
  }

  /** Whether a confirmed downlink waits for the next uplink. */
  isUnanswered(deviceId: string): boolean {
    return this.#of(deviceId).unanswered !== undefined;
  }

  /** The confirmed downlink that the next uplink answers, once. */
  takeUnanswered(deviceId: string): Unanswered | undefined {
    const { unanswered, ...rest } = this.#of(deviceId);
    if (unanswered) this.#set(deviceId, rest);
    return unanswered;
  }

  /** The next counter under these keys. It is on disk when this returns: a number must never be used twice. */
  nextCounter(deviceId: string, { nwkSKey = '' }: FrameKeys): number {
    const name = `lorawan.fcntdown/${deviceId}`;
    const keys = createHash('sha256').update(nwkSKey).digest('hex').slice(0, 16);
    const kept = this.#state.get<Record<string, number>>(name) ?? {};
    const counter = kept[keys] ?? 0;
    const others = Object.entries(kept).filter(([other]) => other !== keys);
    // Of the session before, which a device may still use, and of this one.
    this.#state.set(name, Object.fromEntries([...others.slice(-1), [keys, counter + 1]]), 'now');
    return counter;
  }

  #of(deviceId: string): DeviceDownlinks {
    return this.#state.get<DeviceDownlinks>(nameOf(deviceId)) ?? { queue: [], attempts: 0 };
  }

  #set(deviceId: string, downlinks: DeviceDownlinks): void {
    if (downlinks.queue.length === 0 && !downlinks.unanswered) this.#state.delete(nameOf(deviceId));
    else this.#state.set(nameOf(deviceId), downlinks, 'now');
  }
}

function nameOf(deviceId: string): string {
  return `lorawan.downlinks/${deviceId}`;
}
