import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { plainAddress } from '../devices/identity.ts';
import { ConnectionError } from '../observation/errors.ts';
import type { TransportEvents } from './transport.ts';

export interface UdpSocketOptions {
  port: number;
  /** Address of this machine to listen on; all of them, of IPv4 and IPv6, by default. */
  address?: string | undefined;
  /** `address` is IPv4 as such, also on a socket of IPv6. What it throws is told as an error. */
  onDatagram(bytes: Buffer, sender: UdpPeer): void;
  /** ms until a port that is taken is tried again. */
  retryAfter?: number;
}

export interface UdpPeer {
  address: string;
  port: number;
}

const RETRY_MS = 5000;
/** The operating system keeps so many bytes while the process is busy, as far as it allows. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** What a machine without IPv6 says. */
const NO_IPV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** A UDP port that is held open: what hinders it is told, and tried again, as the port may be free soon. */
export class UdpSocket {
  readonly #options: UdpSocketOptions;
  readonly #events: Pick<TransportEvents, 'onState' | 'onError'>;
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isIpv6: boolean;

  constructor(options: UdpSocketOptions, events: Pick<TransportEvents, 'onState' | 'onError'>) {
    this.#options = options;
    this.#events = events;
    this.#isIpv6 = options.address?.includes(':') ?? true;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  open(): void {
    this.#events.onState('connecting');
    this.#bind();
  }

  /** Nothing comes in any more. */
  async close(): Promise<void> {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  /** Sends if the port is open. `onSent` gets whether the datagram left; a network may lose it later. */
  send(bytes: Buffer, { address, port }: UdpPeer, onSent?: (isSent: boolean) => void): void {
    const socket = this.#socket;
    // Port 0 is that of a sender who wants no answer (RFC 768); sockets throw at it.
    if (!socket || port === 0) {
      onSent?.(false);
      return;
    }
    // A socket of IPv6 wants IPv4 addresses in its own form.
    const own = this.#isIpv6 && !address.includes(':') ? `::ffff:${address}` : address;
    socket.send(bytes, port, own, (error) => onSent?.(error === null));
  }

  #bind(): void {
    const { port, address } = this.#options;
    const socket = createSocket({
      type: this.#isIpv6 ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER,
      // All addresses are addresses: there is no name to look up.
      lookup: (host, _options, callback) => callback(null, host, host.includes(':') ? 6 : 4),
    });
    socket.on('message', (bytes, sender) => this.#receive(bytes, sender));
    socket.on('listening', () => this.#events.onState('connected'));
    socket.on('error', (error) => this.#failed(socket, error));
    this.#socket = socket;
    socket.bind({ port, ...(address ? { address } : {}), exclusive: true });
  }

  #receive(bytes: Buffer, { address, port }: RemoteInfo): void {
    try {
      this.#options.onDatagram(bytes, { address: plainAddress(address) ?? address, port });
    } catch (error) {
      this.#events.onError(error);
    }
  }

  #failed(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    socket.close();
    const { port, address, retryAfter = RETRY_MS } = this.#options;
    const reason = 'code' in error ? String(error.code) : error.message;
    if (!address && this.#isIpv6 && NO_IPV6.has(reason)) {
      this.#isIpv6 = false;
      this.#bind();
      return;
    }
    const key = reason === 'EADDRINUSE' ? 'intake.error.portTaken' : 'intake.error.portNotOpen';
    this.#events.onError(new ConnectionError({ key, parameters: { port, reason } }, { cause: error }));
    this.#retry = setTimeout(() => this.#bind(), retryAfter).unref();
  }
}
