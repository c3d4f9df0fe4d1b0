import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceivedMessage } from '../../../nodes/intake/transport.ts';
import type { WebhookCheck } from '../../../nodes/intake/webhook-checks.ts';
import { type HttpApplication, WebhookTransport } from '../../../nodes/intake/webhook-transport.ts';
import { ByflytError, ConfigurationError } from '../../../nodes/observation/errors.ts';

const PATH = '/byflyt/in/waste';

describe('webhook intake', () => {
  let application: HttpApplication;
  let server: Server;
  let base: string;
  let received: ReceivedMessage[];
  let errors: unknown[];
  let refused: number;
  let onDisk: () => Promise<void>;

  const transport = (options: { path?: string; check?: WebhookCheck; limit?: number } = {}) =>
    new WebhookTransport(
      { application, path: PATH, ...options },
      {
        onMessage: async (message) => {
          await onDisk();
          received.push(message);
        },
        onState: () => undefined,
        onError: (error) => errors.push(error),
        onRefused: () => refused++,
      },
    );
  const post = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
    fetch(`${base}${PATH}?event=up`, {
      method: 'POST',
      body,
      headers,
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    } as RequestInit);

  beforeEach(async () => {
    const middlewares: Parameters<HttpApplication['use']>[0][] = [];
    application = { use: (middleware) => middlewares.push(middleware) };
    server = createServer((request, response) => {
      const notFound = () => response.writeHead(404).end();
      middlewares[0]?.(request, response, notFound);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    [received, errors, refused, onDisk] = [[], [], 0, async () => undefined];
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('answers 200 with the body on disk, byte for byte', async () => {
    transport().start();
    const body = '{"a": "æøå"}';
    assert.equal((await post(body, { 'content-type': 'application/json' })).status, 200);
    assert.deepEqual(received, [{ topic: PATH, body: Buffer.from(body), contentType: 'application/json' }]);
  });

  it('does not answer before the message is on disk', async () => {
    const [writing, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    onDisk = () => {
      writing.resolve();
      return written.promise;
    };
    transport().start();
    let answered = false;
    const answer = post('{}').then((response) => {
      answered = true;
      return response.status;
    });
    await writing.promise;
    await delay(50);
    assert.equal(answered, false);
    written.resolve();
    assert.equal(await answer, 200);
  });

  it('answers 503 and when to try again if the disk refuses', async () => {
    const refusal = new ByflytError({ key: 'persistence.error.write', parameters: { message: 'full' } });
    onDisk = () => Promise.reject(refusal);
    transport().start();
    const response = await post('{}');
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '30']);
    assert.deepEqual(errors, [refusal]);
  });

  it('lets nobody in without the secret', async () => {
    transport({ check: { kind: 'header', header: 'X-Byflyt-Secret', secret: 'rett' } }).start();
    assert.equal((await post('{}')).status, 401);
    assert.equal((await post('{}', { 'x-byflyt-secret': 'feil' })).status, 401);
    assert.deepEqual([received, refused], [[], 2]);
    assert.equal((await post('{}', { 'x-byflyt-secret': 'rett' })).status, 200);
    assert.equal(refused, 2);
  });

  it('lets nobody in whose signature is not that of the body, nor writes what came', async () => {
    transport({ check: { kind: 'kpn-things', secret: 'rett' } }).start();
    const token = createHash('sha256').update('{}rett').digest('hex');
    assert.equal((await post('{}', { 'things-message-token': token })).status, 200);
    assert.equal((await post('{"a":1}', { 'things-message-token': token })).status, 401);
    assert.deepEqual([received.length, refused], [1, 1]);
  });

  it('refuses other methods and says which it takes', async () => {
    transport().start();
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${base}${PATH}`, { method });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
    }
  });

  it('refuses a body above the limit, announced or not', async () => {
    transport({ limit: 100 }).start();
    assert.equal((await post('x'.repeat(101))).status, 413);
    const chunks = new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 3; chunk++) controller.enqueue(new TextEncoder().encode('x'.repeat(50)));
        controller.close();
      },
    });
    assert.equal((await post(chunks)).status, 413);
    assert.equal((await post('x'.repeat(100))).status, 200);
    assert.equal(received.length, 1);
  });

  it('refuses a compressed body', async () => {
    transport().start();
    assert.equal((await post('xx', { 'content-encoding': 'gzip' })).status, 415);
  });

  it('survives a sender that breaks off', async () => {
    transport().start();
    const broken = httpRequest(`${base}${PATH}`, { method: 'POST', headers: { 'content-length': '50' } });
    broken.on('error', () => undefined);
    broken.write('half');
    await once(server, 'request');
    broken.destroy();
    assert.equal((await post('{}')).status, 200);
    assert.equal(received.length, 1);
  });

  it('leaves other paths alone, and its own after it stopped', async () => {
    const stopped = transport();
    stopped.start();
    assert.equal((await fetch(`${base}${PATH}/more`, { method: 'POST', body: '{}' })).status, 404);
    await stopped.stop(true);
    assert.equal((await post('{}')).status, 404);
  });

  it('asks senders to try again while a deploy puts another intake in its place', async () => {
    const before = transport();
    before.start();
    await before.stop();
    assert.equal((await post('{}')).status, 503);
    const next = transport();
    assert.equal((await post('{}')).status, 503);
    next.start();
    assert.equal((await post('{}')).status, 200);
  });

  it('asks senders to try again until the flow behind it runs', async () => {
    const early = transport();
    const response = await post('{}');
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '30']);
    assert.throws(() => transport(), ConfigurationError, 'the path is taken already');
    early.start();
    assert.equal((await post('{}')).status, 200);
  });

  it('refuses a path that another intake has, or that is none', () => {
    transport().start();
    assert.throws(() => transport(), ConfigurationError);
    for (const path of ['', 'x', '/', '/a b', '/a?b', '/:id'])
      assert.throws(() => transport({ path }), ConfigurationError);
  });
});
