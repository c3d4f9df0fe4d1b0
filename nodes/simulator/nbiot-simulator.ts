import { setTimeout as sleep } from 'node:timers/promises';
import { isLost } from './faults.ts';
import { NBIOT_DEVICES, type NbiotReading, type NbiotSandboxDevice } from './nbiot-devices.ts';
import { type NbiotPorts, type NbiotSender, SENDERS } from './nbiot-senders.ts';
import { type Progress, ProgressFile } from './progress.ts';
import { slotFrom, slotTime } from './schedule.ts';

export interface NbiotSimulatorOptions {
  ports: NbiotPorts;
  /** File that remembers how far each device came. */
  progressPath: string;
  /** Decides everything that is random; used when the progress file is new. */
  seed: number;
  /** How far back the first readings lie, and how much of a stop is made up for, ms. */
  backfill?: number;
  /** Told of readings that Byflyt does not take. */
  onError?: (error: Error) => void;
}

const DAY = 86_400_000;
/** ms to the next attempt. */
const RETRY = 5_000;
const LAST_ANSWERS_MS = 1_000;
/** setTimeout takes no longer times than this; far more than any interval. */
const LONGEST_SLEEP = 2 ** 31 - 1;

/**
 * Sandbox devices on NB-IoT that speak CoAP, UDP and LwM2M with Byflyt for real. Like devices with a memory they send
 * what they measured while nobody listened, with its own times, and then each reading when it is due.
 */
export class NbiotSimulator {
  readonly #options: NbiotSimulatorOptions;
  readonly #progress: ProgressFile;
  readonly #stopping = new AbortController();
  #senders: NbiotSender[] = [];
  #feeds: Promise<unknown> = Promise.resolve();

  constructor(options: NbiotSimulatorOptions) {
    this.#options = options;
    this.#progress = new ProgressFile(options.progressPath, options.seed);
  }

  start(): void {
    const { ports, onError = () => undefined } = this.#options;
    const feeds = NBIOT_DEVICES.map((device) => {
      const sender = SENDERS[device.way](device, ports, onError);
      this.#senders.push(sender);
      return this.#feed(device, sender);
    });
    this.#feeds = Promise.all(feeds);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#feeds, sleep(LAST_ANSWERS_MS)]);
    await Promise.all(this.#senders.map((sender) => sender.close()));
    this.#senders = [];
  }

  /** One device, message after message, until the stop. */
  async #feed(device: NbiotSandboxDevice, sender: NbiotSender): Promise<void> {
    try {
      for (let progress = this.#place(device); !this.#stopping.signal.aborted; ) {
        await this.#until(slotTime(device, progress.next, this.#progress.seed));
        const { readings, next } = this.#due(device, progress);
        if (readings.length > 0) await this.#deliver(sender, readings);
        progress = { ...progress, next };
        this.#progress.save(device.id, progress);
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.onError?.(error as Error);
    }
  }

  /** Where the feed goes on; what lies too far back is left out. */
  #place(device: NbiotSandboxDevice): Progress {
    const earliest = Date.now() - (this.#options.backfill ?? 3 * DAY);
    const slot = slotFrom(device, earliest, this.#progress.seed);
    const known = this.#progress.of(device.id);
    return known ? { first: known.first, next: Math.max(known.next, slot) } : { first: slot, next: slot };
  }

  /** What was measured up to now, and the slot after it. After a while without messages the device measures once more. */
  #due(device: NbiotSandboxDevice, progress: Progress): { readings: NbiotReading[]; next: number } {
    const { seed } = this.#progress;
    const now = Date.now();
    const times: number[] = [];
    let { next } = progress;
    for (let time = slotTime(device, next, seed); time <= now; time = slotTime(device, next, seed)) {
      times.push(time);
      next++;
    }
    const heard = times.filter((time) => !isLost(device.id, device.faults, time, seed));
    const wakesLate = times.length > 1;
    return {
      readings: [...heard, ...(wakesLate ? [now] : [])].map((time) => device.reading(time, seed)),
      next,
    };
  }

  /** Tries again until Byflyt has the readings. */
  async #deliver(sender: NbiotSender, readings: readonly NbiotReading[]): Promise<void> {
    for (;;) {
      try {
        return await sender.send(readings);
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        this.#options.onError?.(error as Error);
        await sleep(RETRY, undefined, { signal: this.#stopping.signal });
      }
    }
  }

  async #until(time: number): Promise<void> {
    const wait = time - Date.now();
    if (wait > 0) await sleep(Math.min(wait, LONGEST_SLEEP), undefined, { signal: this.#stopping.signal });
  }
}
