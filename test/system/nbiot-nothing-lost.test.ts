/**
 * Kills Byflyt again and again while devices send with CoAP: every message that was answered 2.04 is in the database,
 * once, and none is rejected.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import { freePort } from '../nodes/lorawan/gateway-support.ts';
import { ask } from '../nodes/nbiot/coap-devices.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const DEVICES = 'id;name;area;endpoint;model\nair;Air;air_quality;air-1;efento-nb\n';
const MINUTE = 60_000;
const CYCLES = 3;
const MESSAGES = 150;
/** The last hours, one message for each minute: a device's clock is not believed if it is months behind. */
const BEGINNING = Math.floor(Date.now() / MINUTE - CYCLES * MESSAGES) * MINUTE;
/** Milliseconds from the first message of a cycle to the kill. */
const KILL_AFTER = [30, 120, 400];

describe('nothing is lost of what devices send with CoAP', function () {
  this.timeout(110_000);
  let byflyt: Installation;
  let port: number;

  before(async () => {
    const [coap, udp, lwm2m] = [await freePort(), await freePort(), await freePort()];
    port = coap;
    byflyt = await Installation.prepare({
      BYFLYT_COAP_PORT: String(coap),
      BYFLYT_UDP_PORT: String(udp),
      BYFLYT_LWM2M_PORT: String(lwm2m),
    });
    await byflyt.write('list.csv', DEVICES);
    await byflyt.start();
    await byflyt.command('devices', 'import', join(byflyt.folder, 'list.csv'));
  });
  after(() => byflyt?.remove());

  it(`stores ${CYCLES * MESSAGES} messages once each, over ${CYCLES} kills`, async () => {
    const acknowledged: Promise<void>[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const first = cycle * MESSAGES;
      for (let index = first; index < first + MESSAGES; index++) acknowledged.push(post(index));
      await delay(KILL_AFTER[cycle]);
      await byflyt.kill();
      await byflyt.start();
    }
    await Promise.all(acknowledged);
    const expected = acknowledged.map((_, index) => [timeOf(index), index / 10]);
    await eventually(async () => assert.deepEqual(await stored(), expected));
  });

  /** As a device does it: repeats a message, and sends it anew, until it is answered. */
  async function post(index: number): Promise<void> {
    const pack = [{ n: '/3303/0/5700', v: index / 10, bt: timeOf(index) / 1000 }];
    const options = { 'Content-Format': 110 };
    const message = { path: '/air', query: 'ep=air-1', payload: JSON.stringify(pack), options };
    await eventually(async () => assert.equal((await ask(port, message)).code, '2.04'), 90_000);
  }

  async function stored(): Promise<unknown[]> {
    const store = new SqliteStore(join(byflyt.folder, 'measurements.db'));
    try {
      const rows = await store.query({ measurement: 'air_quality', fields: ['air_temperature'] });
      return rows.map(({ time, values }) => [time, values.air_temperature]);
    } finally {
      await store.close();
    }
  }
});

function timeOf(index: number): number {
  return BEGINNING + index * MINUTE;
}
