import { randomUUID } from 'node:crypto';
import type { Client, ConnectPacket } from 'aedes';

/** Topics of what is published of the SensorThings API. */
const PUBLISHED = 'v1.1/';
/** Readers at once, and topics of one. */
const MOST = 200;
const MOST_TOPICS = 20;

/** Clients that did not sign in to the embedded broker: they hear what is published, and can do nothing else. */
export class PublicReaders {
  /** Reader -> topics that it subscribed to. */
  readonly #topics = new Map<Client, number>();

  /**
   * Takes a client that gives no user name as a reader, if there is room for it. It gets an id of its own, as one of
   * another client would throw that one out; it leaves nothing behind, neither messages that wait for it nor a last will.
   */
  meet(client: Client, packet: ConnectPacket): void {
    if (packet.username || this.#topics.size >= MOST) return;
    this.#topics.set(client, 0);
    client.conn.once('close', () => this.#topics.delete(client));
    packet.clientId = `reader-${randomUUID()}`;
    packet.clean = true;
    delete packet.will;
  }

  has(client: Client): boolean {
    return this.#topics.has(client);
  }

  /** Whether a reader may hear what has this topic filter. */
  mayHear(client: Client, filter: string): boolean {
    const topics = (this.#topics.get(client) ?? 0) + 1;
    if (!filter.startsWith(PUBLISHED) || topics > MOST_TOPICS) return false;
    this.#topics.set(client, topics);
    return true;
  }
}
