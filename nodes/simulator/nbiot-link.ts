import { UdpSocket } from '../intake/udp-socket.ts';
import type { OutgoingRequest } from '../nbiot/coap-client.ts';
import { type CoapAnswer, CoapEndpoint, type CoapRequest } from '../nbiot/coap-endpoint.ts';
import { CODE, codeClass, codeText } from '../nbiot/coap-message.ts';

export interface NbiotLinkOptions {
  /** Where Byflyt listens. */
  host: string;
  /** Answers what the server asks; a device that is no server knows nothing. */
  answer?: (request: CoapRequest) => CoapAnswer;
  onError(error: Error): void;
}

/** The modem of a sandbox device: a UDP port of its own on this machine. */
export class NbiotLink {
  readonly #options: NbiotLinkOptions;
  readonly #coap: CoapEndpoint;
  readonly #socket: UdpSocket;

  constructor(options: NbiotLinkOptions) {
    this.#options = options;
    this.#coap = new CoapEndpoint({
      send: (bytes, to) => this.#socket.send(bytes, to),
      handle: async (request) => options.answer?.(request) ?? { code: CODE.notFound },
    });
    const events = {
      onState: () => undefined,
      onError: (error: unknown) => options.onError(error instanceof Error ? error : new Error(String(error))),
    };
    this.#socket = new UdpSocket(
      { port: 0, address: options.host, onDatagram: (bytes, from) => this.#coap.receive(bytes, from) },
      events,
    );
    this.#socket.open();
  }

  /** A request to a port of Byflyt; rejects if there is no answer, or one that refuses. */
  async request(port: number, request: OutgoingRequest): Promise<{ code: string; locationPath?: string }> {
    const { code, options } = await this.#coap.request({ address: this.#options.host, port }, request);
    if (codeClass(code) !== 2) throw new RefusedError(codeText(code));
    const { locationPath } = options;
    return { code: codeText(code), ...(locationPath === undefined ? {} : { locationPath }) };
  }

  /** A datagram of the device's own kind, to which there is no answer. */
  datagram(port: number, bytes: Buffer): void {
    this.#socket.send(bytes, { address: this.#options.host, port });
  }

  async close(): Promise<void> {
    this.#coap.close();
    await this.#socket.close();
  }
}

/** Byflyt answered with a code that refuses, such as 4.04. */
export class RefusedError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`NB-IoT sandbox: answer ${code}`);
    this.code = code;
  }
}
