import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReceivedMessage, Transport, TransportEvents } from '../../intake/transport.ts';
import { ConnectionError } from '../../observation/errors.ts';
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
const RETRY_MS = 5000;
/** A gateway answers within the round trip; it has to send the frame seconds later. */
const TX_ACK_MS = 2000;
/** Bytes of a frame with all that is said of it: two thousand at most. What is longer is no frame, and kept in part. */
const LONGEST_BODY = 8192;
/** The operating system keeps so many bytes while the process is busy. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/**
 * Packet forwarders send here: every frame is on disk before its PUSH_ACK, as an entry of its own with the topic
 * `gateway/<EUI>` and the JSON `{"rxpk":[...]}`. Anything else that comes to the port is passed over.
 */
export class UdpTransport implements Transport {
  readonly #options: UdpTransportOptions;
  readonly #events: UdpTransportEvents;
  readonly #gateways: GatewayList;
  readonly #answers = new Map<string, (result: TransmitResult) => void>();
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isStopped = true;
  #inFlight = 0;

  constructor(options: UdpTransportOptions, events: UdpTransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#gateways = new GatewayList(options.allowed);
  }

  start(): void {
    this.#isStopped = false;
    this.#events.onState('connecting');
    this.#open();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
    for (const answer of [...this.#answers.values()]) answer({ sent: false, error: 'UNREACHABLE' });
    // Who waits for an answer writes down what became of it.
    await nextTurn();
    while (this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    this.#events.onState('disconnected');
  }

  canSend(gatewayId: string): boolean {
    return this.#socket !== undefined && this.#gateways.downstreamOf(gatewayId) !== undefined;
  }

  /**
   * Has a gateway send a frame, and resolves with what it says. A gateway that speaks version 1 says nothing: it is
   * believed. Never rejects.
   */
  transmit(gatewayId: string, txpk: object): Promise<TransmitResult> {
    const downstream = this.#gateways.downstreamOf(gatewayId);
    const socket = this.#socket;
    if (!downstream || !socket) return Promise.resolve({ sent: false, error: 'UNREACHABLE' });
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
    socket.send(datagram, downstream.port, downstream.address, (error) => {
      if (error) answer({ sent: false, error: 'UNREACHABLE' });
    });
    return promise;
  }

  #open(): void {
    const { port, address } = this.#options;
    const socket = createSocket({
      type: address?.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER,
    });
    socket.on('message', (bytes, sender) => {
      try {
        this.#receive(socket, bytes, sender);
      } catch (error) {
        this.#events.onError(error);
      }
    });
    socket.on('listening', () => this.#events.onState('connected'));
    socket.on('error', (error) => this.#failed(socket, error));
    this.#socket = socket;
    socket.bind({ port, ...(address ? { address } : {}), exclusive: true });
  }

  /** The port is taken, or the address is not one of this machine: tried again, as it may be free soon. */
  #failed(socket: Socket, error: Error): void {
    if (this.#isStopped || this.#socket !== socket) return;
    const reason = 'code' in error ? String(error.code) : error.message;
    const key = reason === 'EADDRINUSE' ? 'lorawan.error.portTaken' : 'lorawan.error.portNotOpen';
    const parameters = { port: this.#options.port, reason };
    this.#events.onError(new ConnectionError({ key, parameters }, { cause: error }));
    this.#socket = undefined;
    socket.close();
    this.#retry = setTimeout(() => this.#open(), RETRY_MS).unref();
  }

  /** What cannot be read is no message of ours. */
  #receive(socket: Socket, bytes: Buffer, sender: RemoteInfo): void {
    const datagram = readGatewayDatagram(bytes);
    if (!datagram) return;
    const { gatewayId } = datagram;
    if (!this.#gateways.isAllowed(gatewayId)) this.#events.onStranger(gatewayId);
    else if (this.#gateways.mayPass(gatewayId)) this.#handle(socket, datagram, sender);
    else this.#events.onFlood(gatewayId);
  }

  #handle(socket: Socket, datagram: GatewayDatagram, sender: RemoteInfo): void {
    const acknowledge = () => {
      if (this.#socket === socket)
        socket.send(writeAck(datagram), sender.port, sender.address, () => undefined);
    };
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
