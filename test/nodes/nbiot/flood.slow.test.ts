/** 20,000 datagrams a second from unknown senders, while known devices send with CoAP: real sockets, real Node-RED. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import coap from 'coap';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { readEnvelope } from '../../../nodes/nbiot/envelope.ts';
import nbiotIntakeNode from '../../../nodes/nbiot/nbiot-intake.node.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { freePort } from '../lorawan/gateway-support.ts';
import { SECRET } from '../lorawan/town.ts';

const PER_SECOND = 20_000;
const SECONDS = 5;
const DEVICES = 20;
/** Messages of each known device, spread over the time of the flood. */
const MESSAGES = 15;
/** More than what the flood may leave behind, which is its own share of the limits. */
const MEMORY_MB = 200;

const addressOf = (device: number) => `127.0.1.${device + 1}`;

/** The coap library's client at an address of its own; it repeats what is not answered. */
async function send(port: number, device: number): Promise<string[]> {
  const socket = createSocket('udp4');
  socket.bind(0, addressOf(device));
  await once(socket, 'listening');
  const agent = new coap.Agent({ type: 'udp4', socket });
  const codes: string[] = [];
  for (let count = 0; count < MESSAGES; count++) {
    const request = coap.request({ hostname: '127.0.0.1', port, pathname: '/bins', method: 'POST', agent });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    request.on('response', ({ code }) => resolve(code));
    request.on('error', reject);
    request.end(`${device}/${count}`);
    codes.push(await promise);
    await delay((1000 * SECONDS) / MESSAGES);
  }
  socket.close();
  return codes;
}

describe('flood of the NB-IoT intake', function () {
  this.timeout(110_000);
  let folder: string;
  let running: RunningFlow;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'byflyt-flood-'));
  });
  afterEach(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stops no known device from being stored, and is counted', async () => {
    const devices = Array.from({ length: DEVICES }, (_, device) => device);
    const registry = openRegistry(folder, SECRET);
    for (const device of devices) {
      const id = `bin-${device}`;
      registry.save({ id, name: id, area: 'waste', model: 'efento-nb', address: addressOf(device) });
    }
    const port = await freePort();
    running = await startFlow(
      [devicesNode, nbiotIntakeNode],
      [
        { id: 'devices', type: 'byflyt-devices' },
        {
          ...{ id: 'intake', type: 'byflyt-nbiot-intake', devices: 'devices', wires: [['messages'], []] },
          ...{
            coap: true,
            coapPort: port,
            udp: false,
            address: '127.0.0.1',
            keepDownlinks: 1,
            longest: 2000,
          },
          ...{ networks: [], paths: [], observed: [], acknowledgement: '', perSource: 50, strangers: 200 },
        },
        { id: 'messages', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US' }, credentialSecret: SECRET },
    );
    await eventually(() => assert.match(running.statuses('intake').at(-1) ?? '', /waiting/), 5000);
    const before = process.memoryUsage.rss();

    const source = path.join(import.meta.dirname, 'flood-source.ts');
    const flood = fork(source, [port, PER_SECOND, SECONDS].map(String));
    const [codes, [{ sent, seconds }]] = await Promise.all([
      Promise.all(devices.map((device) => send(port, device))),
      once(flood, 'message') as Promise<[{ sent: number; seconds: number }]>,
    ]);

    assert.equal(sent, PER_SECOND * SECONDS);
    assert.ok(seconds < 2 * SECONDS, `the flood took ${seconds} s`);
    assert.deepEqual(new Set(codes.flat()), new Set(['2.04']));
    const data = openDataFolder(folder);
    const kept = [...data.journal.unfinished()].map(({ body }) => readEnvelope(JSON.parse(body.toString())));
    data.release();
    const known = kept.filter((datagram) => datagram?.source.address.startsWith('127.0.1.'));
    assert.equal(known.length, DEVICES * MESSAGES, 'each message once');
    assert.equal(new Set(known.map((datagram) => String(datagram?.payload))).size, DEVICES * MESSAGES);
    // Two seconds' worth at once, and 200 a second from then on.
    const strangers = kept.length - known.length;
    assert.ok(strangers <= 200 * (2 + 2 * SECONDS), `${strangers} of strangers were kept`);
    assert.match(running.statuses('intake').at(-1) ?? '', /[\d,]+ datagrams from unknown senders dropped/);
    const grown = (process.memoryUsage.rss() - before) / 1e6;
    assert.ok(grown < MEMORY_MB, `${grown.toFixed()} MB more`);
  });
});
