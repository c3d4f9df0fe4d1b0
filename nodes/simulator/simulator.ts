import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import type { DeviceRegistry } from '../devices/registry.ts';
import { isLost } from './faults.ts';
import { publicationOf, topicOf } from './network.ts';
import { type Progress, ProgressFile } from './progress.ts';
import { SANDBOX_DEVICES, type SandboxDevice } from './sandbox-devices.ts';
import { slotFrom, slotTime } from './schedule.ts';

export interface SimulatorOptions {
  /** Has the sandbox devices and their keys. */
  registry: DeviceRegistry;
  broker: { url: string; username?: string; password?: string };
  /** File that remembers how far each device came. */
  progressPath: string;
  /** Decides everything that is random; used when the progress file is new. */
  seed: number;
  /** How far back the feed begins at the first start, and how much of a stop it makes up for, ms. */
  backfill?: number;
  /** Resolves when somebody listens to the topic, so that no uplink is lost at the start. */
  listening?: (topic: string) => Promise<void>;
  /** Told of a broker that refuses or is away. */
  onError?: (error: Error) => void;
}

const DAY = 86_400_000;
const LAST_ANSWERS_MS = 1_000;
/** setTimeout takes no longer times than this; far more than any interval. */
const LONGEST_SLEEP = 2 ** 31 - 1;

/**
 * Feeds the broker with what sandbox devices send: the past first, with its own times as after an outage of the
 * network server, then each uplink when it is due. Continues where it stopped.
 */
export class Simulator {
  readonly #options: SimulatorOptions;
  readonly #progress: ProgressFile;
  readonly #stopping = new AbortController();
  readonly #stopped = new Promise((resolve) => {
    this.#stopping.signal.addEventListener('abort', resolve, { once: true });
  });
  #client: MqttClient | undefined;
  #feeds: Promise<void> = Promise.resolve();

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#progress = new ProgressFile(options.progressPath, options.seed);
  }

  /** Uplinks wait while the broker is away. */
  start(): void {
    const { url, username, password } = this.#options.broker;
    const client = connect(url, {
      clientId: `byflyt-sandbox-${process.pid}`,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    });
    client.on('error', (error) => this.#options.onError?.(error));
    this.#client = client;
    this.#feeds = Promise.all(SANDBOX_DEVICES.map((device) => this.#feed(client, device))).then(
      () => undefined,
    );
  }

  /** Uplinks that are on their way are still answered, unless the broker is away. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#feeds, sleep(LAST_ANSWERS_MS)]);
    await this.#client?.endAsync(true);
  }

  /** One device, uplink after uplink, until the stop. */
  async #feed(client: MqttClient, device: SandboxDevice): Promise<void> {
    try {
      const topic = topicOf(device.network, { ...device, deviceId: device.id });
      await Promise.race([this.#options.listening?.(topic), this.#stopped]);
      for (let progress = this.#place(device); !this.#stopping.signal.aborted; progress = step(progress)) {
        const time = slotTime(device, progress.next, this.#progress.seed);
        await this.#until(time);
        await this.#send(client, device, time, progress.next - progress.first);
        this.#progress.save(device.id, step(progress));
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.onError?.(error as Error);
    }
  }

  /** Where the feed goes on; what lies too far back is left out, its frame counters with it. */
  #place(device: SandboxDevice): Progress {
    const earliest = Date.now() - (this.#options.backfill ?? 3 * DAY);
    const slot = slotFrom(device, earliest, this.#progress.seed);
    const known = this.#progress.of(device.id);
    return known ? { first: known.first, next: Math.max(known.next, slot) } : { first: slot, next: slot };
  }

  async #until(time: number): Promise<void> {
    const wait = time - Date.now();
    if (wait > 0) await sleep(Math.min(wait, LONGEST_SLEEP), undefined, { signal: this.#stopping.signal });
  }

  async #send(client: MqttClient, device: SandboxDevice, time: number, fCnt: number): Promise<void> {
    const { seed } = this.#progress;
    const keys = this.#options.registry.keys(device.id);
    if (!keys?.appSKey || !keys.nwkSKey || isLost(device.id, device.faults, time, seed)) return;
    const { appSKey, nwkSKey } = keys;
    const payload = device.payload(time, seed);
    const uplink = { ...device, deviceId: device.id, keys: { appSKey, nwkSKey }, fCnt, payload, time };
    const { topic, body } = publicationOf(device.network, uplink, seed);
    await client.publishAsync(topic, JSON.stringify(body), { qos: 1 });
  }
}

function step(progress: Progress): Progress {
  return { first: progress.first, next: progress.next + 1 };
}
