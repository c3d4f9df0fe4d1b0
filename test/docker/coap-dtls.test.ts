/** The stack's end of DTLS: its own script, a client of libcoap, and our CoAP endpoint behind it. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { UdpSocket } from '../../nodes/intake/udp-socket.ts';
import { CoapEndpoint } from '../../nodes/nbiot/coap-endpoint.ts';
import { CODE } from '../../nodes/nbiot/coap-message.ts';
import { freePort } from '../nodes/lorawan/gateway-support.ts';
import { eventually } from '../support/eventually.ts';
import { DOCKER } from './stack.ts';

const run = promisify(execFile);

describe('DTLS in front of CoAP', function () {
  this.timeout(60_000);
  let folder: string;
  let proxy: ChildProcess | undefined;
  let socket: UdpSocket | undefined;
  const file = (name: string) => path.join(folder, name);

  /** A key with a certificate that it signed itself. */
  const certificate = (name: string) => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const [key, cert] = [file(`${name}.key`), file(`${name}.crt`)];
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert],
      {
        stdio: 'ignore',
      },
    );
    const pem = execFileSync('cat', [key, cert]);
    writeFileSync(file(`${name}.pem`), pem);
  };
  const start = (port: number, target: number) => {
    const env = {
      ...process.env,
      COAP_DTLS_KEYS: folder,
      COAP_DTLS_PORT: String(port),
      COAP_DTLS_TARGET: `127.0.0.1:${target}`,
    };
    return spawn('sh', [path.join(DOCKER, 'coap-dtls/start.sh')], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  /** What a device hears that shows a certificate. */
  const post = async (port: number, name: string): Promise<string> => {
    const uri = `coaps://127.0.0.1:${port}/bins?ep=${name}`;
    const options = ['-m', 'post', '-e', 'full', '-B', '3', '-n', '-c', file(`${name}.pem`)];
    const { stdout } = await run('coap-client-openssl', [...options, '-R', file('server.crt'), uri], {
      timeout: 20_000,
    });
    return stdout.trim();
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'byflyt-dtls-'));
  });
  afterEach(async () => {
    proxy?.kill();
    await socket?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets in devices with a certificate that is known, and no others', async () => {
    for (const name of ['server', 'bin-4', 'stranger']) certificate(name);
    writeFileSync(file('devices.pem'), execFileSync('cat', [file('bin-4.crt')]));
    const [port, target] = [await freePort(), await freePort()];
    const senders: string[][] = [];
    const endpoint = new CoapEndpoint({
      send: (bytes, to) => socket?.send(bytes, to),
      handle: async ({ query }) => {
        senders.push(query);
        return { code: CODE.changed, payload: Buffer.from('thanks') };
      },
    });
    socket = new UdpSocket(
      { port: target, address: '127.0.0.1', onDatagram: (bytes, sender) => endpoint.receive(bytes, sender) },
      { onState: () => undefined, onError: assert.fail },
    );
    socket.open();
    proxy = start(port, target);
    await eventually(async () => assert.equal(await post(port, 'bin-4'), 'thanks'), 20_000);
    assert.doesNotMatch(await post(port, 'stranger').catch(() => ''), /thanks/);
    assert.ok(
      senders.length > 0 && senders.every(([sender]) => sender === 'ep=bin-4'),
      JSON.stringify(senders),
    );
    endpoint.close();
  });

  it('says which certificate is missing', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    proxy = start(await freePort(), 1);
    proxy.stderr?.on('data', (text) => resolve(String(text)));
    assert.match(await promise, /server\.pem is missing/);
  });
});
