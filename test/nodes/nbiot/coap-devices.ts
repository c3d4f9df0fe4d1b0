/** Devices for tests: the coap library's client, and a socket that sends any bytes. Neither is our code. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import coap from 'coap';
import { oracle } from './coap-packet.ts';

export interface Answered {
  code: string;
  payload: string;
  options: Record<string, unknown>;
}

interface Posted {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path?: string;
  query?: string;
  payload?: string | Buffer;
  confirmable?: boolean;
  options?: Record<string, string | number | Buffer>;
}

/** One request of the coap library's client, and its answer. */
export function ask(
  port: number,
  { method = 'POST', path = '/', query, payload = '', confirmable = true, options = {} }: Posted = {},
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const request = coap.request({
    hostname: '127.0.0.1',
    port,
    pathname: path,
    method,
    confirmable,
    ...(query === undefined ? {} : { query }),
  });
  for (const [name, value] of Object.entries(options)) request.setOption(name, value);
  request.on('response', ({ code, payload: body, headers }) =>
    resolve({ code, payload: body.toString(), options: headers }),
  );
  request.on('error', reject);
  request.end(payload);
  return promise;
}

type Packet = ReturnType<typeof oracle.parse>;

/** A device that sends whatever it is told, and keeps what comes back. */
export class RawDevice {
  readonly received: Buffer[] = [];
  readonly #socket: Socket = createSocket('udp4');
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#socket.on('message', (bytes) => this.received.push(bytes));
  }

  send(bytes: Buffer): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1');
  }

  /** Sends a message and resolves with the answer. */
  async ask(packet: Partial<Packet>): Promise<Packet> {
    const answer = once(this.#socket, 'message', { signal: AbortSignal.timeout(5000) });
    this.send(oracle.generate(packet));
    const [bytes] = (await answer) as [Buffer];
    return oracle.parse(bytes);
  }

  packets(): Packet[] {
    return this.received.map((bytes) => oracle.parse(bytes));
  }

  close(): void {
    this.#socket.close();
  }
}
