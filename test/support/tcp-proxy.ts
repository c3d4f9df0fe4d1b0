/** A network between two programs that can be slow, stall, break off or be half open. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * open: passes everything on; refused: nobody listens and what was connected is cut; stalled: connections are taken and
 * kept, and nothing passes until it is open again; deaf: as stalled, only from server to client.
 */
export type LineState = 'open' | 'refused' | 'stalled' | 'deaf';

interface Line {
  client: Socket;
  server: Socket;
}

export class TcpProxy {
  readonly port: number;
  /** Milliseconds for every piece, each way. */
  latency = 0;
  readonly #target: number;
  readonly #lines = new Set<Line>();
  #listener: Server | undefined;
  #state: LineState = 'open';

  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  /** Listens on the loopback `port` for a server on `target`. */
  static async start(port: number, target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port, target);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async set(state: LineState): Promise<void> {
    this.#state = state;
    if (state === 'refused') await this.#close();
    else if (!this.#listener) await this.#listen();
    for (const line of this.#lines) this.#adjust(line);
  }

  /** Sends FIN to the clients as a server does that has no more to say; what they send still passes. */
  halfClose(): void {
    for (const { client } of this.#lines) client.end();
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  async #listen(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true }, (client) => this.#connect(client));
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
    this.#listener = listener;
  }

  async #close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const { client, server } of this.#lines) {
      client.resetAndDestroy();
      server.destroy();
    }
    if (!listener) return;
    listener.close();
    await once(listener, 'close');
  }

  #connect(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const line: Line = { client, server };
    this.#lines.add(line);
    this.#pass(client, server);
    this.#pass(server, client);
    const end = () => {
      this.#lines.delete(line);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('close', end).on('error', end);
    this.#adjust(line);
  }

  #pass(from: Socket, to: Socket): void {
    const later = (act: () => void) => (this.latency > 0 ? setTimeout(act, this.latency) : act());
    from.on('data', (piece) => later(() => to.writable && to.write(piece)));
    from.on('end', () => later(() => to.end()));
  }

  #adjust({ client, server }: Line): void {
    const flows = (socket: Socket, passes: boolean) => (passes ? socket.resume() : socket.pause());
    flows(client, this.#state === 'open' || this.#state === 'deaf');
    flows(server, this.#state === 'open');
  }
}
