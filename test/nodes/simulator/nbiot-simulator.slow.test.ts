/** Sandbox devices on NB-IoT, taken in by the nodes of a flow in a real Node-RED. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { isImei } from '../../../nodes/devices/identity.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import lwm2mServerNode from '../../../nodes/nbiot/lwm2m-server.node.ts';
import nbiotDecodeNode from '../../../nodes/nbiot/nbiot-decode.node.ts';
import nbiotIntakeNode from '../../../nodes/nbiot/nbiot-intake.node.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { NBIOT_DEVICES } from '../../../nodes/simulator/nbiot-devices.ts';
import type { NbiotPorts } from '../../../nodes/simulator/nbiot-senders.ts';
import { NbiotSimulator } from '../../../nodes/simulator/nbiot-simulator.ts';
import { registerSandbox } from '../../../nodes/simulator/sandbox-registry.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { freePort } from '../../support/servers.ts';

const HOUR = 3_600_000;
const SECRET = 'secret of a test';

describe('sandbox devices on NB-IoT', function () {
  this.timeout(60_000);
  let folder: string;
  let ports: NbiotPorts;
  let running: RunningFlow | undefined;
  let simulator: NbiotSimulator | undefined;
  let errors: string[];

  const start = async () => {
    const common = { devices: 'devices', address: '127.0.0.1' };
    running = await startFlow(
      [devicesNode, nbiotIntakeNode, lwm2mServerNode, nbiotDecodeNode],
      [
        { id: 'devices', type: 'byflyt-devices' },
        {
          ...{ id: 'intake', type: 'byflyt-nbiot-intake', ...common, wires: [['decode'], []] },
          ...{ coap: true, coapPort: ports.coap, udp: true, udpPort: ports.udp },
          ...{ networks: [], paths: [], observed: [], acknowledgement: '', keepDownlinks: 1 },
          ...{ longest: 8192, perSource: 50, strangers: 200 },
        },
        {
          ...{ id: 'lwm2m', type: 'byflyt-lwm2m-server', ...common, port: ports.lwm2m },
          wires: [['decode'], ['events']],
        },
        {
          ...{ id: 'decode', type: 'byflyt-nbiot-decode', devices: 'devices', area: '' },
          wires: [['readings'], ['others']],
        },
        { id: 'readings', type: 'helper' },
        { id: 'others', type: 'helper' },
        { id: 'events', type: 'helper' },
        { id: 'catcher', type: 'catch', scope: null, wires: [['caught']] },
        { id: 'caught', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US' }, credentialSecret: SECRET },
    );
  };
  const simulate = (): NbiotSimulator => {
    const progressPath = join(folder, 'sandbox-nbiot.json');
    const made = new NbiotSimulator({
      ...{ ports, progressPath, seed: 7, backfill: 24 * HOUR },
      onError: ({ message }) => errors.push(message),
    });
    made.start();
    simulator = made;
    return made;
  };
  const flow = (): RunningFlow => {
    assert.ok(running);
    return running;
  };
  const observations = (): Observation[] =>
    flow()
      .received('readings')
      .map(({ payload }) => payload);
  /** Without those of the battery alone, which is asked for by itself. */
  const of = (id: string) =>
    observations().filter(
      ({ device, values }) =>
        device.id === id && Object.keys(values).some((name) => !name.startsWith('battery')),
    );

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-nbiot-simulator-'));
    registerSandbox(openRegistry(folder, SECRET), 'en-US');
    const [coap, udp, lwm2m] = [await freePort(), await freePort(), await freePort()];
    ports = { host: '127.0.0.1', coap, udp, lwm2m };
    errors = [];
  });

  afterEach(async () => {
    await simulator?.stop();
    await running?.stop();
    rmSync(folder, { recursive: true });
  });

  it('are in the device list with numbers that could be real', () => {
    const registry = openRegistry(folder, SECRET);
    for (const { id, imei, endpoint } of NBIOT_DEVICES) {
      assert.ok(isImei(imei), imei);
      assert.equal(registry.byIdentity('endpoint', endpoint)?.id, id);
      assert.equal(registry.get(id)?.sandbox, true);
    }
  });

  it('send what they stored with its own times, by CoAP, UDP and LwM2M', async () => {
    await start();
    simulate();
    await eventually(() => {
      for (const { id } of NBIOT_DEVICES) assert.ok(of(id).length > 15, `${id}: ${of(id).length}`);
    }, 20_000);
    assert.deepEqual(flow().received('caught'), []);
    assert.deepEqual(errors, []);
    for (const { id, kind, interval, emptyDistance = 0 } of NBIOT_DEVICES) {
      const own = of(id);
      const times = own.map(({ phenomenonTime }) => Date.parse(phenomenonTime));
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
        id,
      );
      const [first = 0, second = 0] = times;
      assert.ok(Date.now() - first > 20 * HOUR, id);
      assert.ok(second - first >= (interval - 1) * 60_000, id);
      for (const { timeSource, link, values } of own) {
        assert.equal(timeSource, 'device');
        assert.equal(link?.network, 'nbiot');
        if (kind === 'bin') {
          assert.ok(Number(values.distance) > 0 && Number(values.distance) <= emptyDistance + 0.05, id);
          assert.equal(typeof values.fill_level, 'number');
        } else assert.ok(Number(values.water_level) > 0.4 && Number(values.water_level) < 1.4);
      }
    }
    const types = flow()
      .received('events')
      .map(({ payload }) => payload.type);
    assert.ok(types.includes('registered'), types.join());
    assert.ok(types.includes('observing'), types.join());
  });

  it('wait for Byflyt, and go on where they were after a stop', async () => {
    const first = simulate();
    await start();
    await eventually(() => assert.ok(NBIOT_DEVICES.every(({ id }) => of(id).length > 15)), 30_000);
    const before = observations().length;
    await first.stop();
    await simulate().stop();
    assert.equal(observations().length, before);
  });
});
