import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Device } from '../../../nodes/devices/device.ts';
import { type IdentityField, isImei } from '../../../nodes/devices/identity.ts';
import { findDevice, senderOf, senderOnPlatform } from '../../../nodes/nbiot/device-finder.ts';
import type { Datagram } from '../../../nodes/nbiot/envelope.ts';
import { identityIn, identityInFields } from '../../../nodes/nbiot/payload-identity.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';

const IMEI = '352099001761481';
const IMSI = '242011234567890';
const device = (id: string, identity: Partial<Device>): Device => ({
  id,
  name: id,
  area: 'waste',
  model: 'efento-nb',
  ...identity,
});
const devices = [
  device('by-imei', { imei: IMEI }),
  device('by-imsi', { imsi: IMSI }),
  device('by-endpoint', { endpoint: 'bin-4' }),
  device('by-address', { address: '10.0.0.4', endpoint: 'bin-5' }),
  device('efento', { endpoint: '282c024fffc4' }),
];
const registry = {
  byIdentity: (field: IdentityField, value: string) => devices.find((one) => one[field] === value),
};
const datagram = (over: Partial<Datagram> = {}): Datagram => ({
  transport: 'coap',
  source: { address: '10.0.0.99', port: 5683 },
  payload: Buffer.alloc(0),
  ...over,
});
const found = (over: Partial<Datagram>): string | undefined =>
  findDevice(registry, senderOf(datagram(over)))?.id;
const failsWith = (key: string) => (error: unknown) =>
  error instanceof MessageError && error.key === key && error.device !== undefined;

describe('who sent a message of NB-IoT', () => {
  it('shows in its address, its endpoint name or its payload', () => {
    assert.equal(found({ source: { address: '10.0.0.4', port: 1 } }), 'by-address');
    assert.equal(found({ endpoint: 'bin-4' }), 'by-endpoint');
    for (const endpoint of [IMEI, `urn:imei:${IMEI}`, `urn:imei-imsi:${IMEI}-${IMSI}`, `imei:${IMEI}`])
      assert.equal(found({ endpoint }), 'by-imei');
    assert.equal(found({ payload: Buffer.from(`{"IMEI":"${IMEI}","battery":3.5}`) }), 'by-imei');
    assert.equal(found({ payload: Buffer.from(`{"imsi":${IMSI}}`) }), 'by-imsi');
    assert.equal(found({ payload: Buffer.from(`f${IMEI}0078`, 'hex') }), 'by-imei');
    assert.equal(found({ payload: Buffer.from(`f${IMEI}0078`) }), 'by-imei');
    assert.equal(found({ payload: Buffer.from('0a06282c024fffc41001', 'hex') }), 'efento');
  });

  it('is nobody of the list where nothing fits', () => {
    for (const payload of ['', '{', '{"IMEI":17}', 'null', 'f352099001761482', '\u0000'.repeat(40)])
      assert.equal(found({ payload: Buffer.from(payload) }), undefined);
  });

  it('is not guessed where the message fits two devices', () => {
    const mixed = { source: { address: '10.0.0.4', port: 1 }, endpoint: 'bin-4' };
    assert.throws(() => found(mixed), failsWith('nbiot.error.twoDevices'));
  });

  it('is not believed from another address than the one in the list', () => {
    assert.throws(() => found({ endpoint: 'bin-5' }), failsWith('nbiot.error.otherAddress'));
    const onPlatform = senderOnPlatform({
      kind: 'event',
      type: 'update',
      platform: 'lab5e-span',
      deviceId: 'bin-5',
    });
    assert.equal(findDevice(registry, onPlatform)?.id, 'by-address');
  });

  it('is what the platform says', () => {
    const uplink = { kind: 'uplink', platform: '1nce', payload: Buffer.from('00', 'hex') } as const;
    assert.equal(findDevice(registry, senderOnPlatform({ ...uplink, imei: IMEI }))?.id, 'by-imei');
    assert.equal(findDevice(registry, senderOnPlatform({ ...uplink, imsi: IMSI }))?.id, 'by-imsi');
    assert.equal(findDevice(registry, senderOnPlatform({ ...uplink, deviceId: 'bin-4' }))?.id, 'by-endpoint');
  });

  it('may stand in a field that staff have named', () => {
    assert.deepEqual(identityInFields({ sn: 'A17' }, 'sn'), { endpoint: 'A17' });
    assert.deepEqual(identityInFields({ unit: { id: 17 } }, 'unit.id'), { endpoint: '17' });
    assert.deepEqual(identityInFields({ id: IMSI }, 'id'), { endpoint: IMSI, imsi: IMSI });
    assert.deepEqual(identityIn(Buffer.from('[]')), {});
  });

  it('is where devices of many makes say it', () => {
    const numbers = ['nbiot-dragino', 'nbiot-milesight', 'nbiot-minew', 'nbiot-vega'].flatMap(samplesOf);
    assert.equal(numbers.length, 8);
    for (const { body, expect, name } of numbers) {
      const payload = typeof body === 'string' ? Buffer.from(body, 'hex') : Buffer.from(JSON.stringify(body));
      const { imei, imsi } = identityIn(payload);
      // Some of the numbers were made up, and their check digit does not fit.
      if (isImei(String(expect.imei))) assert.equal(imei, expect.imei, name);
      if (imsi !== undefined) assert.equal(imsi, expect.imsi, name);
    }
    assert.ok(numbers.filter(({ expect }) => isImei(String(expect.imei))).length >= 4);
  });

  it('is never more than a claim of bounded size', () => {
    for (const text of [
      '{"a":'.repeat(10_000),
      `{"IMEI":{"IMEI":"${IMEI}"}}`,
      '{"IMEI":[1]}',
      `{${Array.from({ length: 200_000 }, (_, index) => `"${index}":{}`).join()}}`,
      '{"imei":"1"}',
    ])
      assert.ok(Object.keys(identityIn(Buffer.from(text))).length <= 1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const value of Object.values(identityIn(Buffer.from(bytes))))
          assert.match(value, /^[0-9a-f]{12,15}$/);
      }),
      { numRuns: 2000 },
    );
  });
});
