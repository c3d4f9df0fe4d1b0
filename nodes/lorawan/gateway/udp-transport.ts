import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReceivedMessage, Transport, TransportEvents } from '../../intake/transport.ts';
import { type UdpPeer, UdpSocket } from '../../intake/udp-socket.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../json-fields.ts';
import { jsonObjectOf } from '../servers/notation.ts';
import { GatewayList } from './gateway-list.ts';
import { type GatewayDatagram, readGatewayDatagram, writeAck, writePullResp } from './semtech-udp.ts';

export interface UdpTransportOptions {
  port: number;
  /** Address of this machine to listen on; all of them by default. */
  address?: string;
  /** EUIs of the gateways that may take part, 16 lower-case hex digits; empty: all. */
  allowed?: readonly string[];
}

export interface UdpTransportEvents extends TransportEvents {
  /** A gateway's own status, every half minute. */
  onStat(gatewayId: string, stat: JsonObject): void;
  /** A gateway that is not allowed sent something. */
  onStranger(gatewayId: string): void;
  /** Something was not taken, because more came under this name than a gateway can hear. */
  onFlood(gatewayId: string): void;
}

/** What a gateway says of a frame that it was to send: nothing, or the protocol's word for why not. */
export type TransmitResult = { sent: true } | { sent: false; error: string };

/** Datagrams that may be on their way to the disk at once; more are not acknowledged. */
const WINDOW = 256;
/** A gateway answers within the round trip; it has to send the frame seconds later. */
const TX_ACK_MS = 2000;
/** Bytes of a frame with all that is said of it: two thousand at most. What is longer is no frame, and kept in part. */
const LONGEST_BODY = 8192;

/**
 * Packet forwarders send here: every frame is on disk before its PUSH_ACK, as an entry of its own with the topic
 * `gateway/<EUI>` and the JSON `{"rxpk":[...]}`. Anything else that comes to the port is passed over.
 */
export class UdpTransport implements Transport {
  readonly #events: UdpTransportEvents;
  readonly #gateways: GatewayList;
  readonly #answers = new Map<string, (result: TransmitResult) => void>();
  readonly #socket: UdpSocket;
  #inFlight = 0;

  constructor(options: UdpTransportOptions, events: UdpTransportEvents) {
    const { allowed, ...socket } = options;
    this.#events = events;
    this.#gateways = new GatewayList(allowed);
    this.#socket = new UdpSocket(
      { ...socket, onDatagram: (bytes, sender) => this.#receive(bytes, sender) },
      events,
    );
  }

  start(): void {
    this.#socket.open();
  }

  async stop(): Promise<void> {
    await this.#socket.close();
    for (const answer of [...this.#answers.values()]) answer({ sent: false, error: 'UNREACHABLE' });
    // Who waits for an answer writes down what became of it.
    await nextTurn();
    while (this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    this.#events.onState('disconnected');
  }

  canSend(gatewayId: string): boolean {
    return this.#socket.isOpen && this.#gateways.downstreamOf(gatewayId) !== undefined;
  }

  /**
   * Has a gateway send a frame, and resolves with what it says. A gateway that speaks version 1 says nothing: it is
   * believed. Never rejects.
   */
  transmit(gatewayId: string, txpk: object): Promise<TransmitResult> {
    const downstream = this.#gateways.downstreamOf(gatewayId);
    if (!downstream || !this.#socket.isOpen) return Promise.resolve({ sent: false, error: 'UNREACHABLE' });
    const token = randomBytes(2);
    const key = `${gatewayId}/${token.toString('hex')}`;
    const { promise, resolve } = Promise.withResolvers<TransmitResult>();
    const timer = setTimeout(
      () => answer(downstream.version === 1 ? { sent: true } : { sent: false, error: 'NO_ANSWER' }),
      TX_ACK_MS,
    );
    const answer = (result: TransmitResult): void => {
      clearTimeout(timer);
      this.#answers.delete(key);
      resolve(result);
    };
    this.#answers.set(key, answer);
    const datagram = writePullResp(downstream.version, token, txpk);
    this.#socket.send(datagram, downstream, (isSent) => {
      if (!isSent) answer({ sent: false, error: 'UNREACHABLE' });
    });
    return promise;
  }

  /** What cannot be read is no message of ours. */
  #receive(bytes: Buffer, sender: UdpPeer): void {
    const datagram = readGatewayDatagram(bytes);
    if (!datagram) return;
    const { gatewayId } = datagram;
    if (!this.#gateways.isAllowed(gatewayId)) this.#events.onStranger(gatewayId);
    else if (this.#gateways.mayPass(gatewayId)) this.#handle(datagram, sender);
    else this.#events.onFlood(gatewayId);
  }

  #handle(datagram: GatewayDatagram, sender: UdpPeer): void {
    const acknowledge = () => this.#socket.send(writeAck(datagram), sender);
    const { address, port } = sender;
    if (datagram.kind === 'PUSH_DATA') this.#take(datagram, acknowledge);
    else if (datagram.kind === 'TX_ACK') this.#transmitted(datagram);
    else {
      this.#gateways.listens(datagram.gatewayId, address, port, datagram.version);
      acknowledge();
    }
  }

  #transmitted({ gatewayId, token, json }: GatewayDatagram): void {
    const word = textOf(objectOf(jsonObjectOf(json.toString('utf8'))?.txpk_ack)?.error) ?? 'NONE';
    const error = /^[A-Z_]{1,30}$/.test(word) ? word : 'REFUSED';
    const answer = this.#answers.get(`${gatewayId}/${token.toString('hex')}`);
    answer?.(error === 'NONE' ? { sent: true } : { sent: false, error });
  }

  #take({ gatewayId, json }: GatewayDatagram, acknowledge: () => void): void {
    const content = jsonObjectOf(json.toString('utf8'));
    const stat = objectOf(content?.stat);
    if (stat) this.#events.onStat(gatewayId, stat);
    const messages = messagesIn(gatewayId, json, content);
    const others = messages.slice(1);
    if (this.#inFlight >= WINDOW || !others.every(() => this.#gateways.mayPass(gatewayId))) {
      this.#events.onFlood(gatewayId);
      return;
    }
    this.#inFlight++;
    Promise.all(messages.map((message) => this.#events.onMessage(message)))
      .then(acknowledge, (error: unknown) => this.#events.onError(error))
      .finally(() => this.#inFlight--);
  }
}

/** One for each frame, as it came if it came alone; what cannot be read is kept too, so that people can see it. */
function messagesIn(gatewayId: string, json: Buffer, content: JsonObject | undefined): ReceivedMessage[] {
  const topic = `gateway/${gatewayId}`;
  const frames = objectsOf(content?.rxpk);
  const isOne = frames.length === 1 && content?.stat === undefined;
  const bodies =
    !content || isOne ? [json] : frames.map((rxpk) => Buffer.from(JSON.stringify({ rxpk: [rxpk] })));
  return bodies.map((body) => ({ topic, body: Buffer.from(body.subarray(0, LONGEST_BODY)) }));
}
