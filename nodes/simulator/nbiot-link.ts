import { UdpSocket } from '../intake/udp-socket.ts';
import type { CoapResponse, OutgoingRequest } from '../nbiot/coap-client.ts';
import { type CoapAnswer, CoapEndpoint, type CoapRequest } from '../nbiot/coap-endpoint.ts';
import { CODE, codeClass, codeText } from '../nbiot/coap-message.ts';
import { ConnectionError } from '../observation/errors.ts';

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

  /**
   * A request to a port of Byflyt; resolves with the path of what it made, if it made something. Rejects with
   * ConnectionError `simulator.error.noListener`, or with RefusedError for an answer that refuses.
   */
  async request(port: number, request: OutgoingRequest): Promise<string | undefined> {
    const { code, options } = await this.#asked(port, request);
    if (codeClass(code) === 2) return options.locationPath;
    const parameters = { port, code: codeText(code) };
    throw new RefusedError({ key: 'simulator.error.refused', parameters });
  }

  async #asked(port: number, request: OutgoingRequest): Promise<CoapResponse> {
    try {
      return await this.#coap.request({ address: this.#options.host, port }, request);
    } catch (cause) {
      throw new ConnectionError({ key: 'simulator.error.noListener', parameters: { port } }, { cause });
    }
  }

  /** A notification; false if the server does not want it any more, or is not there. */
  notify(port: number, token: Buffer, answer: CoapAnswer): Promise<boolean> {
    return this.#coap.notify({ address: this.#options.host, port }, token, answer);
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
export class RefusedError extends ConnectionError {}
