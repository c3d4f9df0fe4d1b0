/** The NB-IoT decode node in a real Node-RED. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import nbiotDecodeNode from '../../../nodes/nbiot/nbiot-decode.node.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { SECRET } from '../lorawan/town.ts';
import { DEVICES, datagram, NOW, ndds20, RECEIVED } from './town.ts';

describe('NB-IoT decode node', function () {
  this.timeout(20_000);
  let folder: string;
  let running: RunningFlow;

  const start = async (form: object = {}) => {
    running = await startFlow(
      [devicesNode, nbiotDecodeNode],
      [
        { id: 'devices', type: 'byflyt-devices' },
        {
          ...{ id: 'decode', type: 'byflyt-nbiot-decode', devices: 'devices', area: '' },
          ...form,
          wires: [['readings'], ['events']],
        },
        { id: 'readings', type: 'helper' },
        { id: 'events', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US', timeZone: 'UTC' }, credentialSecret: SECRET },
    );
  };
  /** Puts a message into the journal, as an intake does, and sends it through the node. */
  const take = async (payload: unknown) => {
    const { journal, release } = openDataFolder(folder);
    const body = Buffer.from(JSON.stringify(payload));
    const journalId = await journal.append({
      transport: 'nbiot/intake',
      topic: 'udp',
      body,
      receivedTime: RECEIVED,
    });
    try {
      await running.send('decode', {
        payload,
        topic: 'udp',
        intake: { journalId, receivedTime: RECEIVED, transport: 'nbiot' },
      });
    } finally {
      release();
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-nbiot-'));
    const registry = openRegistry(folder, SECRET);
    registry.saveAll(DEVICES.map((device) => ({ device })));
  });
  afterEach(async () => {
    await running.stop();
    openRegistry(folder, SECRET).unknown.flush();
    rmSync(folder, { recursive: true, force: true });
  });

  it('sends readings and other messages on their outputs, names the device in errors and settles the journal', async () => {
    await start();
    await take(datagram(ndds20(1500, NOW)));
    await take(
      datagram(
        [
          { n: 'water_level', u: 'm', v: 2 },
          { n: 'water_level', u: 'm', v: 1, t: -60 },
        ],
        { endpoint: 'level-1' },
      ),
    );
    await take(datagram(Buffer.alloc(0), { endpoint: 'level-1' }));
    await assert.rejects(take(datagram(ndds20(1500, NOW).subarray(0, 12))), /Container: .*cut off/);
    await assert.rejects(
      take(datagram(Buffer.from('00', 'hex'))),
      /Nobody registered a device with the IP address 10\.0\.0\.99/,
    );
    await eventually(() => assert.equal(running.received('readings').length, 3));
    const readings = running.received('readings');
    assert.deepEqual(
      readings.map(({ topic, payload, parts, intake }) => [
        topic,
        payload.values,
        parts?.index,
        intake.part?.count,
      ]),
      [
        ['container', { distance: 1.5, fill_level: 50, battery_voltage: 3.316 }, undefined, undefined],
        ['senml', { water_level: 1 }, 0, 2],
        ['senml', { water_level: 2 }, 1, 2],
      ],
    );
    assert.deepEqual(
      running.received('events').map(({ topic, payload }) => [topic, payload.type]),
      [['senml', 'empty']],
    );
    assert.match(running.statuses('decode').join(), /waiting for data/);
    const { journal, release } = openDataFolder(folder);
    const { inFlow, rejected, dropped } = journal.counts();
    assert.deepEqual({ inFlow, rejected, dropped }, { inFlow: 2, rejected: 2, dropped: 1 });
    assert.deepEqual(
      journal.rejected().map(({ reasonKey, device }) => [reasonKey, device]),
      [
        ['nbiot.error.unknown.address', undefined],
        ['codec.error.truncated', 'Container'],
      ],
    );
    release();
    assert.deepEqual(
      openRegistry(folder, SECRET)
        .unknown.list()
        .map(({ address, network }) => [address, network]),
      [['10.0.0.99', 'udp']],
    );
  });

  it('counts devices whose clock is wrong', async () => {
    await start();
    await take(datagram(ndds20(1500, NOW + 3600)));
    await eventually(() => assert.equal(running.statuses('decode').at(-1), 'the clock of 1 device is wrong'));
  });

  it('tells of a hundred unknown senders an hour, and leaves the reason of all in the journal', async () => {
    await start();
    let told = 0;
    for (let sender = 0; sender < 150; sender++) {
      const stranger = { source: { address: `192.0.2.${sender}`, port: 1 } };
      await take(datagram({ x: sender }, stranger)).catch(() => told++);
    }
    assert.equal(told, 100);
    const { journal, release } = openDataFolder(folder);
    assert.equal(journal.rejected({ limit: 200 }).length, 150);
    release();
  });

  it('reads by a mapping', async () => {
    await start({ platform: 'mapping', mapping: '{ "imei": payload.modem, "payloadHex": payload.hex }' });
    await take({ modem: DEVICES[0]?.imei, hex: ndds20(1500, NOW).toString('hex') });
    await eventually(() => assert.equal(running.received('readings')[0]?.payload.values.fill_level, 50));
  });

  it('says in the node what is not set, and to every message that comes', async () => {
    for (const [form, sentence] of [
      [{ devices: '' }, /Choose a device list/],
      [{ platform: 'mapping', mapping: ' ' }, /Write a mapping/],
    ] as const) {
      await start(form);
      assert.match(running.statuses('decode').at(-1) ?? '', sentence);
      await assert.rejects(running.send('decode', { payload: {} }), sentence);
      if (!('devices' in form)) break;
      await running.stop();
    }
  });
});
