/**
 * Services that posts go to. Mastodon after its API documentation (POST /api/v2/media, POST /api/v1/statuses with
 * Idempotency-Key and at most 500 characters); anything else is a webhook that takes JSON.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Media {
  bytes: Buffer;
  description: string;
}

interface Status {
  status: string;
  media_ids: string[];
  language: string;
  visibility: string;
}

export class StandInServices {
  token = 'token';
  readonly media = new Map<string, Media>();
  readonly statuses: Status[] = [];
  /** What webhooks got. */
  readonly messages: Record<string, unknown>[] = [];
  /** Answers in place of the service, after it has done its work if `late`; `hang up` gives none at all. */
  instead: { status: number | 'hang up'; late?: boolean } | undefined;
  readonly #byKey = new Map<string, object>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<URL> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { instead } = this;
    const [status, body] =
      instead && !instead.late ? [200, {}] : await this.#answer(request, Buffer.concat(chunks));
    if (instead?.status === 'hang up') return void response.destroy();
    response.writeHead(instead?.status ?? status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  async #answer({ url = '', headers }: IncomingMessage, body: Buffer): Promise<[number, object]> {
    if (!url.startsWith('/api/')) {
      this.messages.push(JSON.parse(body.toString()));
      return [200, { ok: true }];
    }
    if (headers.authorization !== `Bearer ${this.token}`)
      return [401, { error: `The access token is invalid: ${headers.authorization}` }];
    if (url === '/api/v2/media') return this.#takeMedia(body, headers['content-type'] ?? '');
    if (url === '/api/v1/statuses') return this.#takeStatus(body, String(headers['idempotency-key']));
    return [404, { error: 'Record not found' }];
  }

  async #takeMedia(body: Buffer, type: string): Promise<[number, object]> {
    const form = await new Response(new Uint8Array(body), { headers: { 'Content-Type': type } }).formData();
    const file = form.get('file');
    if (!(file instanceof File)) return [422, { error: "Validation failed: File can't be blank" }];
    const id = String(this.media.size + 1);
    this.media.set(id, {
      bytes: Buffer.from(await file.arrayBuffer()),
      description: String(form.get('description')),
    });
    return [200, { id, type: 'image' }];
  }

  #takeStatus(body: Buffer, key: string): [number, object] {
    const known = this.#byKey.get(key);
    if (known) return [200, known];
    const status = JSON.parse(body.toString()) as Status;
    if ([...status.status].length > 500)
      return [422, { error: 'Validation failed: Text character limit of 500 exceeded' }];
    if (!status.media_ids.every((id) => this.media.has(id))) return [422, { error: 'Media not found' }];
    this.statuses.push(status);
    const made = { id: String(this.statuses.length) };
    this.#byKey.set(key, made);
    return [200, made];
  }
}
