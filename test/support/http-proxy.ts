/** Stands before a server and answers in its place. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Answers a request, or passes it on by returning undefined. `body` is complete. */
export type StandIn = (
  request: IncomingMessage,
  body: Buffer,
) => { status: number; body: string } | 'never' | undefined;

export class HttpProxy {
  readonly url: string;
  /** Answers in place of the server; undefined: everything is passed on. */
  standIn: StandIn | undefined;
  /** Requests that the stand-in answered, or left without an answer. */
  intercepted = 0;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(server: Server, port: number, target: string) {
    this.#server = server;
    this.#target = new URL(target);
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(port: number, target: string): Promise<HttpProxy> {
    const server = createServer();
    const proxy = new HttpProxy(server, port, target);
    server.on('request', (incoming, response) => {
      proxy.#answer(incoming, response).catch(() => response.destroy());
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const answer = this.standIn?.(incoming, body);
    if (answer === undefined) return this.#passOn(incoming, body, response);
    this.intercepted++;
    if (answer !== 'never') response.writeHead(answer.status).end(answer.body);
  }

  async #passOn(incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { method, headers, url } = incoming;
    const { hostname, port } = this.#target;
    const outgoing = request({ hostname, port, path: url, method, headers }).end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }
}
