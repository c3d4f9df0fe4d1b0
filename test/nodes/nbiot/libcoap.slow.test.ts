/** CoAP with the programs of libcoap, which many devices are built on: its client, and its server as a device. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { UdpSocket } from '../../../nodes/intake/udp-socket.ts';
import { CoapEndpoint, type CoapRequest } from '../../../nodes/nbiot/coap-endpoint.ts';
import { CODE } from '../../../nodes/nbiot/coap-message.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../lorawan/gateway-support.ts';

const run = promisify(execFile);
const LONG = 'settings for the device '.repeat(150);

describe('CoAP with libcoap', function () {
  this.timeout(30_000);
  let port: number;
  let requests: CoapRequest[];
  let socket: UdpSocket;
  let endpoint: CoapEndpoint;

  beforeEach(async () => {
    port = await freePort();
    requests = [];
    const connected = Promise.withResolvers<void>();
    endpoint = new CoapEndpoint({
      send: (bytes, to) => socket.send(bytes, to),
      handle: async (request) => {
        requests.push({ ...request, payload: Buffer.from(request.payload) });
        return { code: CODE.changed, payload: Buffer.from(request.path === '/long' ? LONG : 'ok') };
      },
    });
    socket = new UdpSocket(
      { port, onDatagram: (bytes, sender) => endpoint.receive(bytes, sender) },
      { onState: (state) => state === 'connected' && connected.resolve(), onError: assert.fail },
    );
    socket.open();
    await connected.promise;
  });
  afterEach(async () => {
    endpoint.close();
    await socket.close();
  });
  const post = async (pathAndQuery: string, ...options: string[]) => {
    const uri = `coap://127.0.0.1:${port}${pathAndQuery}`;
    const { stdout } = await run('coap-client-notls', ['-m', 'post', '-B', '5', ...options, uri], {
      timeout: 10_000,
    });
    return stdout;
  };

  it('answers its client, confirmable or not, over IPv4 and IPv6', async () => {
    assert.match(await post('/bins?ep=bin-4', '-e', 'full', '-t', '110'), /^ok/);
    assert.match(await post('/bins', '-e', 'full', '-N'), /^ok/);
    const { stdout } = await run('coap-client-notls', [
      '-m',
      'put',
      '-B',
      '5',
      '-e',
      'x',
      `coap://[::1]:${port}/six`,
    ]);
    assert.match(stdout, /^ok/);
    assert.deepEqual(
      requests.map(({ path: of, query, contentFormat, confirmable, source }) => [
        ...[of, query, contentFormat, confirmable, source.address],
      ]),
      [
        ['/bins', ['ep=bin-4'], 110, true, '127.0.0.1'],
        ['/bins', [], undefined, false, '127.0.0.1'],
        ['/six', [], undefined, true, '::1'],
      ],
    );
  });

  it('takes its block-wise uploads, and gives it long answers in blocks', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'byflyt-libcoap-'));
    const file = path.join(folder, 'log');
    writeFileSync(file, 'x'.repeat(5000));
    assert.match(await post('/log', '-b', '128', '-f', file), /^ok/);
    rmSync(folder, { recursive: true });
    assert.equal((await post('/long', '-e', 'x')).trimEnd(), LONG.trimEnd());
    assert.deepEqual(
      requests.map(({ payload }) => payload.length),
      [5000, 1],
    );
  });

  it('observes a resource of its server', async () => {
    const devicePort = await freePort();
    const device = spawn('coap-server-notls', ['-A', '127.0.0.1', '-p', String(devicePort)], {
      stdio: 'ignore',
    });
    try {
      const told: string[] = [];
      const at = { address: '127.0.0.1', port: devicePort };
      const { response } = await endpoint.observe(at, { path: '/time' }, async ({ payload }) => {
        told.push(String(payload));
      });
      assert.equal(response.code, CODE.content);
      assert.notEqual(response.options.observe, undefined);
      await eventually(() => assert.ok(told.length >= 2), 10_000);
      assert.notEqual(told[0], told[1]);
    } finally {
      device.kill();
    }
  });
});
