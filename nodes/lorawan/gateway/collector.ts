import type { IntakeContext } from '../../observation/flow-node.ts';
import { byStrength } from '../receptions.ts';
import type { GatewayReception, HeardFrame } from './rxpk.ts';

/** A frame with all receptions of it, the strongest first. */
export interface CollectedFrame extends Omit<HeardFrame, 'reception'> {
  receptions: GatewayReception[];
  /** The entry that stands for the frame in the journal. */
  intake: IntakeContext;
}

interface Options {
  /** How long to wait for other gateways, ms. */
  wait?: number;
  onFrame(frame: CollectedFrame): void;
  /** The same frame from another gateway: its journal entry has come to its end. */
  onDuplicate(intake: IntakeContext): void;
}

interface Heard {
  frame: CollectedFrame;
  timer: NodeJS.Timeout;
  isHandedOn: boolean;
}

/** Gateways that hear the same frame deliver it within so many ms, mobile networks included; the answer is due after 1 s. */
const WAIT = 200;
/** What comes later than this, ms after the first, may be one more try of the device: it listens for 2 s first. */
const SAME_TRANSMISSION = 1500;
/** Frames that are remembered at once. */
const MOST = 2000;

/** Waits for the other gateways that heard a frame, so that it goes on once, with the best reception. */
export class Collector {
  readonly #options: Options;
  readonly #heard = new Map<string, Heard>();

  constructor(options: Options) {
    this.#options = options;
  }

  add({ reception, ...frame }: HeardFrame, intake: IntakeContext): void {
    const key = frame.phy.toString('latin1');
    const heard = this.#heard.get(key);
    if (heard) {
      heard.frame.receptions.push(reception);
      this.#options.onDuplicate(intake);
      return;
    }
    const timer = setTimeout(() => this.#handOn(key), this.#options.wait ?? WAIT);
    this.#heard.set(key, { frame: { ...frame, receptions: [reception], intake }, timer, isHandedOn: false });
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > MOST && oldest !== undefined) this.#forget(oldest);
  }

  /** What still waits is not handed on: the journal has it, and gives it again. */
  close(): void {
    for (const { timer } of this.#heard.values()) clearTimeout(timer);
    this.#heard.clear();
  }

  #handOn(key: string): void {
    const heard = this.#heard.get(key);
    if (!heard || heard.isHandedOn) return;
    clearTimeout(heard.timer);
    heard.isHandedOn = true;
    heard.timer = setTimeout(() => this.#forget(key), SAME_TRANSMISSION).unref();
    this.#options.onFrame({ ...heard.frame, receptions: heard.frame.receptions.toSorted(byStrength) });
  }

  #forget(key: string): void {
    this.#handOn(key);
    clearTimeout(this.#heard.get(key)?.timer);
    this.#heard.delete(key);
  }
}
