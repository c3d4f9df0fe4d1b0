import { answerBytes } from '../codec/answer-bytes.ts';
import type { ModelCatalog } from '../codec/models.ts';
import type { Device } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { ReceivedMessage } from '../intake/transport.ts';
import { findDevice, senderOf } from './device-finder.ts';
import { type Datagram, topicOf, writeEnvelope } from './envelope.ts';
import type { KnownSources } from './known-sources.ts';
import type { DropCause } from './rate-limit.ts';
import type { WaitingDownlinks } from './waiting-downlinks.ts';

export interface DatagramIntakeOptions {
  registry: Pick<DeviceRegistry, 'byIdentity'>;
  models: Pick<ModelCatalog, 'get'>;
  known: Pick<KnownSources, 'has' | 'learn'>;
  waiting: Pick<WaitingDownlinks, 'take'>;
  /** For devices whose model says nothing of it, as `codec/answer-bytes.ts` has it; empty: no bytes. */
  acknowledgement: string;
  onDrop(cause: DropCause, address: string): void;
  /** Resolves when the message is on disk. */
  accept(message: ReceivedMessage): Promise<void>;
}

/** Datagrams of known addresses, and of all others, that may be on their way to the disk at once. */
const WINDOW = 4096;
const STRANGERS_WINDOW = 64;

/** Takes datagrams in, and says what their devices are answered. */
export class DatagramIntake {
  readonly #options: DatagramIntakeOptions;
  readonly #inFlight = { known: 0, strangers: 0 };

  constructor(options: DatagramIntakeOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the bytes for the device when the datagram is on disk; at once with undefined if too many are on
   * their way there, and this one was not taken. `listens`: whether the device gets what it is sent now. Rejects with
   * ByflytError if the disk refuses.
   */
  async take(datagram: Datagram, listens = true): Promise<Buffer | undefined> {
    const { known, accept } = this.#options;
    const { address } = datagram.source;
    const kind = known.has(address) ? 'known' : 'strangers';
    if (this.#inFlight[kind] >= (kind === 'known' ? WINDOW : STRANGERS_WINDOW)) {
      this.#options.onDrop(kind === 'known' ? 'busy' : 'strangers', address);
      return undefined;
    }
    this.#inFlight[kind]++;
    try {
      await accept({ topic: topicOf(datagram), body: writeEnvelope(datagram) });
    } finally {
      this.#inFlight[kind]--;
    }
    const device = this.#deviceOf(datagram);
    if (device) known.learn(device, address);
    return listens ? this.#answerFor(device) : NOTHING;
  }

  /** Resolves when nothing is on its way to the disk any more. */
  async idle(): Promise<void> {
    const { known, strangers } = this.#inFlight;
    if (known + strangers === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
    await this.idle();
  }

  #answerFor(device: Device | undefined): Buffer {
    const { models, waiting, acknowledgement } = this.#options;
    const now = Date.now();
    const downlink = device && waiting.take(device.id, now);
    const model = device && models.get(device.model);
    return downlink ?? answerBytes(model?.acknowledgement ?? acknowledgement, now);
  }

  #deviceOf(datagram: Datagram): Device | undefined {
    try {
      return findDevice(this.#options.registry, senderOf(datagram));
    } catch {
      // It could be two devices, or is not where it should be: the decode node says so.
      return undefined;
    }
  }
}

const NOTHING = Buffer.alloc(0);
