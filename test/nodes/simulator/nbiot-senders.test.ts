/** The sandbox's LwM2M device at the LwM2M server. */
import assert from 'node:assert/strict';
import { NBIOT_DEVICES } from '../../../nodes/simulator/nbiot-devices.ts';
import { SENDERS } from '../../../nodes/simulator/nbiot-senders.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { freePort } from '../lorawan/gateway-support.ts';
import { TestServer } from '../nbiot/lwm2m-server/server.ts';

const TIME = 1_799_990_000_000;
const HOUR = 3_600_000;

describe('sandbox device with LwM2M', () => {
  it('sends what it stored, then reports what it is asked for, and registers anew when nobody knows it', async () => {
    const device = NBIOT_DEVICES.find(({ way }) => way === 'lwm2m');
    assert.ok(device);
    const settings = { strangers: true, allowed: [], awake: 93_000, patience: 1000 };
    const port = await freePort();
    let server = new TestServer(port, new MemoryState(), { settings });
    const errors: Error[] = [];
    const ports = { host: '127.0.0.1', coap: 1, udp: 1, lwm2m: port };
    const sender = SENDERS.lwm2m(device, ports, (error) => errors.push(error));
    const reading = (hours: number) => device.reading(TIME + hours * HOUR, 7);
    const sends = () => server.kept.filter(({ datagram }) => datagram.method === 'POST').length;
    const observing = () =>
      eventually(() => {
        const paths = server.events.filter(({ type }) => type === 'observing').map(({ path }) => path);
        assert.deepEqual(paths.toSorted(), ['/3/0/9', '/3330/0']);
      }, 5000);
    try {
      await sender.send([reading(0), reading(1)]);
      assert.equal(sends(), 1);
      await observing();
      await sender.send([reading(2)]);
      assert.equal(sends(), 1);
      const last = { path: '/3330/0/5700', value: reading(2).distance, time: TIME / 1000 + 7200 };
      assert.deepEqual(
        server.values.filter(({ path, time }) => path === last.path && time === last.time),
        [last],
      );

      await server.stop();
      server = new TestServer(port, new MemoryState(), { settings });
      await assert.rejects(sender.send([reading(3)]), { key: 'simulator.error.refused' });
      await sender.send([reading(3)]);
      assert.equal(sends(), 1);
      await observing();
      assert.deepEqual(errors, []);
    } finally {
      await sender.close();
      await server.stop();
    }
  });
});
