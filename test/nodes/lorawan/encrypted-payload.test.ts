import assert from 'node:assert/strict';
import { isEncrypted, openPayload } from '../../../nodes/lorawan/encrypted-payload.ts';
import type { Uplink } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage } from '../../../nodes/lorawan/network-server.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { samplesOf } from './shared-samples.ts';
import { BIN, BIN_PAYLOAD, KEYS, Town } from './town.ts';

const CONTEXT = { receivedTime: '2026-01-02T12:00:00.000Z' };
const ADDRESS = '26011e53';

describe('payloads that a network server left encrypted', () => {
  const vectors = samplesOf('lorawan-crypto').find(({ name }) =>
    name.startsWith('python-lora-same-plaintext'),
  );
  const { appSKey, devAddr, frames } = (vectors?.body ?? {}) as {
    appSKey: string;
    devAddr: string;
    frames: { fCnt: number; encryptedHex: string }[];
  };
  const uplink = (hex: string, facts: Partial<Uplink> = {}): Uplink => ({
    kind: 'uplink',
    network: 'everynet',
    payload: Buffer.from(hex, 'hex'),
    payloadHex: hex,
    fPort: 1,
    ...facts,
  });

  for (const { fCnt, encryptedHex } of frames) {
    it(`are opened with the key, address and counter ${fCnt}`, () => {
      const clear = openPayload(uplink(encryptedHex, { fCnt }), { keys: { appSKey }, devAddr });
      assert.equal(clear.toString('hex'), vectors?.expect.plainHex);
    });
  }

  it("are opened in ThingPark's XML", () => {
    const sample = samplesOf('actility-xml').find(({ name }) => name === 'kpn-encrypted-payload-16');
    assert.ok(sample);
    const read = readNetworkMessage(sample.body) as Uplink;
    const keys = { appSKey: String(sample.expect.appSKey) };
    assert.equal(isEncrypted(read, keys), true);
    assert.equal(isEncrypted(read, { ...keys, nwkSKey: keys.appSKey }), false, 'keys for frames');
    assert.equal(isEncrypted(read, undefined), false);
    const clear = openPayload(read, { keys, devAddr: String(sample.expect.devAddr) });
    assert.equal(clear.toString('hex'), sample.expect.payloadHex);
  });

  for (const sample of samplesOf('everynet').filter(({ event }) => event === 'uplink-encrypted')) {
    it(`are known: ${sample.name}`, () => {
      const { encrypted, payloadHex } = readNetworkMessage(sample.body) as Uplink;
      assert.deepEqual([encrypted, payloadHex], [true, sample.expect.encryptedPayloadHex]);
    });
  }

  const missing: [what: string, facts: Partial<Uplink>, keys: object, key: string][] = [
    ['no key', { fCnt: 1, devAddr: ADDRESS }, {}, 'encryptedPayload'],
    ['a key that is none', { fCnt: 1, devAddr: ADDRESS }, { appSKey: 'xy' }, 'keyMissing'],
    ['no address', { fCnt: 1 }, { appSKey: KEYS.appSKey }, 'encryptedNoAddress'],
    ['no counter', { devAddr: ADDRESS }, { appSKey: KEYS.appSKey }, 'encryptedNoAddress'],
  ];
  for (const [what, facts, keys, key] of missing) {
    it(`stay closed with ${what}`, () => {
      assert.throws(
        () => openPayload(uplink('00', facts), { keys }),
        (error) => error instanceof MessageError && error.key === `lorawan.error.${key}`,
      );
    });
  }

  it('need no key where there are none, or only commands of the network', () => {
    assert.equal(openPayload(uplink(''), { keys: undefined }).length, 0);
    assert.equal(openPayload(uplink('02', { fPort: 0 }), { keys: undefined }).toString('hex'), '02');
  });

  describe('in a flow', () => {
    let town: Town;
    beforeEach(() => {
      town = new Town();
    });
    afterEach(() => town.remove());

    const fCnt = 4;
    const closed = openPayload(uplink(BIN_PAYLOAD, { fCnt, fPort: 85 }), {
      keys: { appSKey: KEYS.appSKey },
      devAddr: ADDRESS,
    });
    const everynet = {
      type: 'uplink',
      meta: { device: BIN.devEui, device_addr: ADDRESS },
      params: {
        port: 85,
        counter_up: fCnt,
        encrypted_payload: closed.toString('base64'),
        rx_time: 1767355200,
      },
    };

    it("are decoded with the device list's key, and the reading has the bytes in clear", async () => {
      town.registry.save(BIN, { appSKey: KEYS.appSKey });
      const result = await town.decoder().decode(everynet, CONTEXT);
      assert.ok('observations' in result);
      const [observation] = result.observations;
      assert.deepEqual([observation?.values.distance, observation?.raw.payloadHex], [2.116, BIN_PAYLOAD]);
    });

    it('are an error that names the device without it', async () => {
      await assert.rejects(
        town.decoder().decode(everynet, CONTEXT),
        (error) =>
          error instanceof MessageError &&
          error.key === 'lorawan.error.encryptedPayload' &&
          error.device === BIN.name,
      );
    });

    it('of ThingPark are opened for a device with nothing but an AppSKey', async () => {
      const thingpark = (payload_hex: string) => ({
        DevEUI_uplink: {
          ...{
            DevEUI: BIN.devEui?.toUpperCase(),
            DevAddr: ADDRESS.toUpperCase(),
            FPort: '85',
            FCntUp: `${fCnt}`,
          },
          ...{ payload_hex, Time: '2026-01-02T12:00:00.000+00:00' },
        },
      });
      const distance = async (payloadHex: string) => {
        const result = await town.decoder({ scope: payloadHex }).decode(thingpark(payloadHex), CONTEXT);
        return 'observations' in result ? result.observations[0]?.values.distance : undefined;
      };
      assert.equal(await distance(BIN_PAYLOAD), 2.116, 'decrypted by the server');
      town.registry.save(BIN, { appSKey: KEYS.appSKey });
      assert.equal(await distance(closed.toString('hex')), 2.116);
    });
  });
});
