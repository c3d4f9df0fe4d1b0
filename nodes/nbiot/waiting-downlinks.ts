import { randomUUID } from 'node:crypto';
import { answerBytes } from '../codec/answer-bytes.ts';
import { MessageError } from '../observation/errors.ts';
import type { StateStore } from '../persistence/state-store.ts';

/** waiting: on disk until the device speaks; sent: in the answer to it; expired: it did not speak in time. */
export type WaitingState = 'waiting' | 'sent' | 'expired';

export interface WaitingDownlink {
  /** Id in the device list. */
  device: string;
  /** Whoever sent it finds it again by this. */
  reference: string;
  /** What to send, as `answer-bytes.ts` has it: the time is that of sending. */
  template: string;
  /** ms since 1970. */
  deadline: number;
}

interface Options {
  state: StateStore;
  /** Tells nodes apart. */
  scope: string;
  onState(downlink: WaitingDownlink, state: WaitingState): void;
}

/** A device that speaks once a day takes as many days. */
const LONGEST_QUEUE = 20;

/** Bytes for devices that listen only after they spoke. They are sent one after another, one with each answer. */
export class WaitingDownlinks {
  readonly #options: Options;
  readonly #prefix: string;
  /** Devices for which something waits. */
  readonly #devices = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
    this.#prefix = `nbiot.downlinks/${options.scope}/`;
    for (const key of options.state.keys(this.#prefix)) this.#devices.add(key.slice(this.#prefix.length));
  }

  /** On disk when this returns. Throws MessageError `nbiot.error.downlinkQueueFull`. */
  add({
    reference = randomUUID(),
    ...downlink
  }: Omit<WaitingDownlink, 'reference'> & { reference?: string }): void {
    const queue = this.#queue(downlink.device);
    if (queue.length >= LONGEST_QUEUE) {
      const parameters = { device: downlink.device, longest: LONGEST_QUEUE };
      throw new MessageError({ key: 'nbiot.error.downlinkQueueFull', parameters, device: downlink.device });
    }
    const waiting = { ...downlink, reference };
    this.#set(downlink.device, [...queue, waiting]);
    this.#options.onState(waiting, 'waiting');
  }

  /** The bytes to send to a device that listens now, which counts as sending them; undefined if nothing waits. */
  take(device: string, now = Date.now()): Buffer | undefined {
    if (!this.#devices.has(device)) return undefined;
    this.#expire(device, now);
    const [first, ...others] = this.#queue(device);
    if (!first) return undefined;
    this.#set(device, others);
    this.#options.onState(first, 'sent');
    return answerBytes(first.template, now);
  }

  /** Gives up those whose time is over. */
  expire(now = Date.now()): void {
    for (const device of [...this.#devices]) this.#expire(device, now);
  }

  #expire(device: string, now: number): void {
    const queue = this.#queue(device);
    const due = queue.filter(({ deadline }) => deadline <= now);
    if (due.length === 0) return;
    this.#set(
      device,
      queue.filter((downlink) => !due.includes(downlink)),
    );
    for (const downlink of due) this.#options.onState(downlink, 'expired');
  }

  /** Oldest first. */
  #queue(device: string): WaitingDownlink[] {
    return this.#options.state.get<WaitingDownlink[]>(this.#prefix + device) ?? [];
  }

  #set(device: string, queue: readonly WaitingDownlink[]): void {
    const { state } = this.#options;
    if (queue.length === 0) {
      state.delete(this.#prefix + device);
      this.#devices.delete(device);
    } else {
      state.set(this.#prefix + device, queue, 'now');
      this.#devices.add(device);
    }
  }
}
