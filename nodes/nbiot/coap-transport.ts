import type { Transport, TransportEvents } from '../intake/transport.ts';
import { UdpSocket } from '../intake/udp-socket.ts';
import { ConnectionError } from '../observation/errors.ts';
import { type CoapAnswer, CoapEndpoint, type CoapRequest } from './coap-endpoint.ts';
import { CODE } from './coap-message.ts';
import { CoapObserver } from './coap-observer.ts';
import type { DatagramIntake } from './datagram-intake.ts';
import type { Datagram } from './envelope.ts';
import type { ObservedResource } from './observed-resource.ts';
import type { RateLimit } from './rate-limit.ts';

export interface CoapTransportOptions {
  port: number;
  address?: string | undefined;
  /** Paths that devices may send to; empty: any. */
  paths: readonly string[];
  /** Bytes of a message, also of one in blocks. */
  longest: number;
  /** Resources of devices that tell of their changes by themselves. */
  observed: readonly ObservedResource[];
  limit: Pick<RateLimit, 'admits' | 'isKnown'>;
  intake: Pick<DatagramIntake, 'take'>;
}

const WELL_KNOWN = '/.well-known/core';
const LINK_FORMAT = 40;
const OCTETS = 42;
/** Bit of No-Response that says that answers of success are unwanted: RFC 7967, 2. */
const NO_SUCCESS = 2;
/** Seconds after which a device tries again when the disk refuses. */
const TRY_AGAIN = 60;

const METHODS: Readonly<Record<number, string>> = { [CODE.post]: 'POST', [CODE.put]: 'PUT' };

/** Devices send here with CoAP (POST or PUT), and are answered when their message is on disk. */
export class CoapTransport implements Transport {
  readonly #options: CoapTransportOptions;
  readonly #events: Pick<TransportEvents, 'onState' | 'onError'>;
  readonly #socket: UdpSocket;
  readonly #coap: CoapEndpoint;
  readonly #observer: CoapObserver;

  constructor(options: CoapTransportOptions, events: Pick<TransportEvents, 'onState' | 'onError'>) {
    const { port, address, limit, longest, observed, intake } = options;
    this.#options = options;
    this.#events = events;
    this.#coap = new CoapEndpoint({
      send: (bytes, to) => this.#socket.send(bytes, to),
      handle: (request) => this.#answer(request),
      isKnown: (source) => limit.isKnown(source),
      longest,
    });
    this.#socket = new UdpSocket(
      {
        port,
        address,
        onDatagram: (bytes, sender) => {
          if (limit.admits(sender.address, bytes.length)) this.#coap.receive(bytes, sender);
        },
      },
      events,
    );
    this.#observer = new CoapObserver({
      resources: observed,
      coap: this.#coap,
      onRepresentation: async (datagram) => {
        const answer = await intake.take(datagram, false);
        if (!answer) throw new ConnectionError({ key: 'nbiot.error.busy' });
      },
      onError: (error) => events.onError(error),
    });
  }

  start(): void {
    this.#socket.open();
    this.#observer.start();
  }

  async stop(forGood = false): Promise<void> {
    await this.#observer.stop(forGood);
    this.#coap.close();
    await this.#socket.close();
    this.#events.onState('disconnected');
  }

  async #answer(request: CoapRequest): Promise<CoapAnswer | undefined> {
    const { path, method } = request;
    if (path === WELL_KNOWN) return this.#discovery(request);
    if (!this.#isOpen(path)) return { code: CODE.notFound };
    // Whatever its format is, the message is kept: nobody is helped by a 4.15 to a device that can't do otherwise.
    return METHODS[method] === undefined ? { code: CODE.methodNotAllowed } : this.#take(request);
  }

  async #take(request: CoapRequest): Promise<CoapAnswer | undefined> {
    const listens = ((request.noResponse ?? 0) & NO_SUCCESS) === 0;
    try {
      const payload = await this.#options.intake.take(datagramOf(request), listens);
      if (!payload || payload.length === 0) return payload && { code: CODE.changed };
      return { code: CODE.changed, payload, contentFormat: OCTETS };
    } catch (error) {
      this.#events.onError(error);
      return { code: CODE.unavailable, maxAge: TRY_AGAIN };
    }
  }

  #isOpen(path: string): boolean {
    const { paths } = this.#options;
    return paths.length === 0 || paths.includes(path);
  }

  /** Which resources there are: RFC 6690. */
  #discovery({ method, accept }: CoapRequest): CoapAnswer {
    if (method !== CODE.get) return { code: CODE.methodNotAllowed };
    if (accept !== undefined && accept !== LINK_FORMAT) return { code: CODE.notAcceptable };
    const { paths } = this.#options;
    const links = (paths.length === 0 ? ['/'] : paths).map((path) => `<${path}>;rt="byflyt.intake"`);
    return { code: CODE.content, payload: Buffer.from(links.join(',')), contentFormat: LINK_FORMAT };
  }
}

function datagramOf({ source, method, path, query, contentFormat, payload }: CoapRequest): Datagram {
  const endpoint = query.find((part) => part.startsWith('ep='))?.slice('ep='.length);
  return {
    transport: 'coap',
    source,
    method: METHODS[method] ?? '',
    path,
    ...(query.length > 0 ? { query } : {}),
    ...(contentFormat === undefined ? {} : { contentFormat }),
    ...(endpoint ? { endpoint } : {}),
    payload,
  };
}
