/** The LwM2M server node in a real Node-RED, with an unmodified client that knows nothing of it: the package coap-node. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Device } from '../../../nodes/devices/device.ts';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import lwm2mServerNode from '../../../nodes/nbiot/lwm2m-server.node.ts';
import nbiotDecodeNode from '../../../nodes/nbiot/nbiot-decode.node.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type Message, type RunningFlow, startFlow } from '../../support/flow.ts';
import { freePort } from '../lorawan/gateway-support.ts';
import { SECRET } from '../lorawan/town.ts';
import { SpecClient } from './lwm2m-server/spec-client.ts';

interface SmartObject {
  init(object: string, instance: number, resources: object): void;
  write(object: string, instance: number, resource: string, value: unknown, done: () => void): void;
  get(object: string, instance: number, resource: string): unknown;
}

interface CoapNode {
  register(host: string, port: number, done: (error: Error | null, answer: { status: string }) => void): void;
  update(attributes: object, done: (error: Error | null, answer: { status: string }) => void): void;
  deregister(done: (error: Error | null, answer: { status: string }) => void): void;
}

const require = createRequire(import.meta.url);
const ownRequire = createRequire(require.resolve('coap-node'));
// Before it is loaded: else it asks the operating system for the machine's network, which a test machine may lack.
process.env.npm_lifecycle_event = 'test';
const Client = require('coap-node') as new (name: string, resources: SmartObject, facts: object) => CoapNode;
const Resources = ownRequire('smartobject') as new () => SmartObject;

const ROOM: Device = { id: 'room-7', name: 'Room 7', area: 'building', endpoint: 'room-7', model: 'lwm2m' };

describe('LwM2M server node', function () {
  this.timeout(30_000);
  let folder: string;
  let port: number;
  let running: RunningFlow;
  let resources: SmartObject;
  let client: CoapNode;

  const start = async (form: object = {}) => {
    running = await startFlow(
      [devicesNode, lwm2mServerNode, nbiotDecodeNode],
      [
        { id: 'devices', type: 'byflyt-devices' },
        {
          ...{ id: 'server', type: 'byflyt-lwm2m-server', devices: 'devices', port: String(port) },
          ...{ address: '127.0.0.1', allowed: [{ path: '/3311' }], wires: [['decode'], ['answers']] },
          ...form,
        },
        {
          ...{ id: 'decode', type: 'byflyt-nbiot-decode', devices: 'devices', area: '' },
          wires: [['readings'], ['others']],
        },
        { id: 'readings', type: 'helper' },
        { id: 'others', type: 'helper' },
        { id: 'answers', type: 'helper' },
        { id: 'catcher', type: 'catch', scope: null, wires: [['caught']] },
        { id: 'caught', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US' }, credentialSecret: SECRET },
    );
  };
  const started = async (form: object = {}) => {
    await start(form);
    await eventually(() => assert.match(running.statuses('server').at(-1) ?? '', /waiting for data/), 5000);
  };
  const asked = (ask: (done: (error: Error | null, answer: { status: string }) => void) => void) =>
    new Promise<string>((resolve, reject) =>
      ask((error, answer) => (error ? reject(error) : resolve(answer.status))),
    );
  const register = () => asked((done) => client.register('127.0.0.1', port, done));
  const answers = (): Message[] => running.received('answers').map(({ payload }) => payload);
  const readings = (): Message[] => running.received('readings').map(({ payload }) => payload.values);
  const done = (reference: string): Promise<Message> =>
    eventually(() => {
      const end = answers().find((answer) => answer.reference === reference && answer.state === 'done');
      assert.ok(end, JSON.stringify(answers()));
      return end;
    }, 10_000);

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'byflyt-lwm2m-'));
    openRegistry(folder, SECRET).save(ROOM);
    port = await freePort();
    resources = new Resources();
    resources.init('temperature', 0, { sensorValue: 21.5, units: 'Cel' });
    resources.init('humidity', 0, { sensorValue: 40, units: '%' });
    resources.init('lightCtrl', 0, { onOff: false, dimmer: 10 });
    client = new Client('room-7', resources, { lifetime: 300 });
  });
  afterEach(async () => {
    await running.stop();
    rmSync(folder, { recursive: true });
  });

  it('has an unmodified client report into a flow, sets it, and lets it go', async () => {
    await started();
    assert.equal(await register(), '2.01');
    await eventually(() => {
      assert.ok(readings().some(({ air_temperature }) => air_temperature === 21.5));
      assert.ok(readings().some(({ relative_humidity }) => relative_humidity === 40));
    }, 10_000);
    resources.write('temperature', 0, 'sensorValue', 22.25, () => undefined);
    await eventually(
      () => assert.ok(readings().some(({ air_temperature }) => air_temperature === 22.25)),
      10_000,
    );
    await running.send('server', { topic: 'room-7', payload: { read: '/3303/0/5700' }, reference: 'r' });
    assert.deepEqual((await done('r')).values, { '/3303/0/5700': 22.25 });
    await running.send('server', {
      topic: 'room-7',
      payload: { write: '/3311/0/5851', value: 40 },
      reference: 'w',
    });
    await done('w');
    assert.equal(Number(resources.get('lightCtrl', 0, 'dimmer')), 40);
    await running.send('server', { topic: 'room-7', payload: { discover: '/3303' }, reference: 'd' });
    assert.ok('/3303/0/5700' in (await done('d')).links);
    assert.equal(await asked((end) => client.update({ lifetime: 600 }, end)), '2.04');
    assert.equal(await asked((end) => client.deregister(end)), '2.02');
    const types = answers().flatMap(({ type = [] }) => type);
    for (const type of ['registered', 'observing', 'updated', 'deregistered'])
      assert.ok(types.includes(type), type);
    assert.deepEqual(running.received('caught'), []);
  });

  it('refuses a command that is not allowed, and says why', async () => {
    await started({ allowed: [] });
    await register();
    const write = running.send('server', {
      topic: 'room-7',
      payload: { write: '/3311/0/5850', value: true },
    });
    await assert.rejects(write, /Room 7.*\/3311\/0\/5850 may not be changed/);
    await assert.rejects(running.send('server', { topic: 'nobody', payload: { read: '/3' } }), /nobody/);
    await asked((end) => client.deregister(end));
  });

  it('lists a device that nobody registered', async () => {
    await started();
    const stranger = new SpecClient({ endpoint: 'urn:imei:352656100000010', port, resources: {} });
    await stranger.open();
    assert.equal((await stranger.register()).code, '4.03');
    stranger.close();
    const [unknown] = openRegistry(folder, SECRET).unknown.list();
    assert.equal(unknown?.imei, '352656100000010');
    assert.equal(unknown?.network, 'LwM2M');
  });

  it('has each report in the journal, and tells a wrong setting in words', async () => {
    await started();
    await register();
    await eventually(() => assert.ok(readings().length >= 2), 10_000);
    await asked((end) => client.deregister(end));
    await running.stop();
    const { journal, release } = openDataFolder(folder);
    assert.ok(Object.values(journal.counts()).reduce((sum, count) => sum + count, 0) >= 2);
    release();
    await start({ port: '70000' });
    assert.match(running.statuses('server').at(-1) ?? '', /port .* from 1 to 65535/);
  });
});
