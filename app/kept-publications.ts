import type { Aedes, PublishPacket } from 'aedes';
import { isIntakeClient } from '../nodes/intake/client-id.ts';
import { takes } from '../nodes/intake/topic-filter.ts';
import { type JournalFolder, openJournalFolder } from '../nodes/persistence/journal-folder.ts';

/** A publication is removed soon after its receivers have it; the size is for a disk that fills while they are away. */
const RETENTION = { days: 0, bytes: 200_000_000 };

interface Kept {
  id: string;
  /** Intakes that have not acknowledged it. */
  receivers: Set<string>;
}

/**
 * What publishers sent to the embedded broker with QoS 1 or 2, on disk from before the broker acknowledges it until
 * all intakes have acknowledged it in turn: the broker itself keeps everything in memory.
 */
export class KeptPublications {
  readonly #broker: Aedes;
  readonly #folder: JournalFolder;
  /** By the payload's buffer, which is the same object in every packet that the broker makes of a publication. */
  readonly #kept = new WeakMap<Buffer, Kept>();
  /** Intakes by client id, with their topic filters; their sessions outlive a connection. */
  readonly #intakes = new Map<string, Set<string>>();
  readonly #gate = Promise.withResolvers<void>();

  /** `path`: a folder of its own. Throws ByflytError if it cannot be used. `onError` hears of background work that failed. */
  constructor(broker: Aedes, path: string, onError: (error: unknown) => void) {
    this.#broker = broker;
    this.#folder = openJournalFolder(path, { retention: RETENTION, onError });
    broker.on('subscribe', (subscriptions, { id }) => {
      const filters = this.#intakes.get(id) ?? new Set();
      for (const { topic } of subscriptions) filters.add(topic);
      if (isIntakeClient(id)) this.#intakes.set(id, filters);
    });
    broker.on('unsubscribe', (filters, { id }) => {
      for (const filter of filters) this.#intakes.get(id)?.delete(filter);
    });
    // A client may acknowledge what it never got; the types do not tell that there is no packet then.
    broker.on('ack', (packet: object | undefined, { id }) => {
      if (packet && 'payload' in packet) this.#acknowledged(packet.payload, id);
    });
  }

  /** Resolves when the broker may acknowledge the publication. Rejects with ByflytError if the disk refuses. */
  async keep({ topic, payload, qos }: PublishPacket): Promise<void> {
    // Without receivers the broker would acknowledge and forget it.
    await this.#gate.promise;
    if (qos === 0) return;
    const body = Buffer.from(payload);
    const receivedTime = new Date().toISOString();
    const id = await this.#folder.journal.append({ transport: 'mqtt', topic, body, receivedTime });
    this.#expect(id, topic, payload);
  }

  /** Lets publications in: the intakes have subscribed. What an earlier run could not deliver goes first. */
  async open(): Promise<void> {
    for (const { id, topic, body } of [...this.#folder.journal.unfinished()]) {
      this.#expect(id, topic, body);
      await this.#publish(topic, body);
    }
    this.#gate.resolve();
  }

  close(): void {
    this.#folder.close();
  }

  #expect(id: string, topic: string, payload: Buffer | string): void {
    const receivers = new Set<string>();
    for (const [client, filters] of this.#intakes) {
      if ([...filters].some((filter) => takes(filter, topic))) receivers.add(client);
    }
    if (receivers.size === 0 || typeof payload === 'string') this.#folder.journal.settle(id, 'dropped');
    else this.#kept.set(payload, { id, receivers });
  }

  #publish(topic: string, payload: Buffer): Promise<void> {
    const packet: PublishPacket = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false };
    return new Promise((resolve, reject) => {
      this.#broker.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  #acknowledged(payload: unknown, client: string): void {
    const kept = Buffer.isBuffer(payload) ? this.#kept.get(payload) : undefined;
    if (!kept) return;
    kept.receivers.delete(client);
    if (kept.receivers.size === 0) this.#folder.journal.settle(kept.id, 'stored');
  }
}
