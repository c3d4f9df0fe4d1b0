import type { Transport, TransportEvents } from '../../intake/transport.ts';
import { UdpSocket } from '../../intake/udp-socket.ts';
import type { CoapResponse } from '../coap-client.ts';
import { type CoapAnswer, CoapEndpoint, type CoapRequest } from '../coap-endpoint.ts';
import { CODE, codeText } from '../coap-message.ts';
import type { Source } from '../envelope.ts';
import type { RateLimit } from '../rate-limit.ts';
import type { ServerReply, ServerRequest } from './device-interface.ts';
import type { DeviceLink, DeviceReply, DeviceRequest } from './device-link.ts';
import type { Notification } from './observer.ts';

export interface Lwm2mTransportOptions {
  port: number;
  /** Address of this machine to listen on; all of them by default. */
  address?: string;
  /** Who may send how much; absent: everybody everything. */
  limit?: Pick<RateLimit, 'admits' | 'isKnown'>;
  /** ms until a request of ours is repeated. */
  ackTimeout?: number;
}

export interface Lwm2mTransportEvents extends Pick<TransportEvents, 'onState' | 'onError'> {
  /** The port is open: devices can be asked. */
  onOpen(): void;
  answer(request: ServerRequest, source: Source): Promise<ServerReply>;
  /** False if nobody asked for it; rejects if it could not be kept. */
  notify(notification: Notification, source: Source): Promise<boolean>;
}

const METHODS: Readonly<Record<number, ServerRequest['method']>> = {
  [CODE.get]: 'GET',
  [CODE.post]: 'POST',
  [CODE.put]: 'PUT',
  [CODE.delete]: 'DELETE',
};

const CODES: Readonly<Record<DeviceRequest['method'], number>> = {
  GET: CODE.get,
  POST: CODE.post,
  PUT: CODE.put,
  DELETE: CODE.delete,
};

/** Bytes of a body: the values of one device, or its list of objects. */
const LONGEST = 64 * 1024;

/** One UDP port at which devices register and report, and from which they are asked. */
export class Lwm2mTransport implements Transport, DeviceLink {
  readonly #events: Lwm2mTransportEvents;
  readonly #coap: CoapEndpoint;
  readonly #socket: UdpSocket;

  constructor({ port, address, ackTimeout, limit }: Lwm2mTransportOptions, events: Lwm2mTransportEvents) {
    this.#events = events;
    this.#coap = new CoapEndpoint({
      send: (bytes, to) => this.#socket.send(bytes, to),
      handle: (request) => this.#handle(request),
      onUnasked: async (response, token, from) => {
        const notification = {
          ...replyOf(response),
          token,
          isPart: response.options.block2?.more === true,
        };
        return (await this.#events.notify(notification, from)) ? 'acknowledge' : 'reset';
      },
      longest: LONGEST,
      ...(ackTimeout === undefined ? {} : { ackTimeout }),
      ...(limit ? { isKnown: (source) => limit.isKnown(source) } : {}),
    });
    this.#socket = new UdpSocket(
      {
        port,
        address,
        onDatagram: (bytes, from) => {
          if (limit?.admits(from.address, bytes.length) !== false) this.#coap.receive(bytes, from);
        },
      },
      {
        onError: events.onError,
        onState: (state) => {
          events.onState(state);
          if (state === 'connected') events.onOpen();
        },
      },
    );
  }

  start(): void {
    this.#socket.open();
  }

  async stop(): Promise<void> {
    this.#coap.close();
    await this.#socket.close();
    this.#events.onState('disconnected');
  }

  async ask(source: Source, { method, ...request }: DeviceRequest): Promise<DeviceReply> {
    return replyOf(await this.#coap.request(source, { ...request, code: CODES[method] }));
  }

  /** Undefined if the disk refused: the device sends it again. */
  async #handle({
    source,
    method,
    path,
    query,
    contentFormat,
    payload,
  }: CoapRequest): Promise<CoapAnswer | undefined> {
    const name = METHODS[method];
    if (!name) return { code: CODE.methodNotAllowed };
    const format = contentFormat === undefined ? {} : { contentFormat };
    try {
      const reply = await this.#events.answer({ method: name, path, query, payload, ...format }, source);
      return { ...reply, code: codeNumber(reply.code) };
    } catch (error) {
      this.#events.onError(error);
      return undefined;
    }
  }
}

function replyOf({ code, options, payload }: CoapResponse): DeviceReply {
  const { contentFormat, observe } = options;
  return {
    code: codeText(code),
    ...(contentFormat === undefined ? {} : { contentFormat }),
    ...(observe === undefined ? {} : { observe }),
    payload,
  };
}

/** 0x41 for `2.01`. */
function codeNumber(text: string): number {
  const [codeClass = 0, detail = 0] = text.split('.').map(Number);
  return codeClass * 32 + detail;
}
