import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { decodeLine } from '../../../nodes/lorawan/decode-line.ts';
import type { NetworkEvent } from '../../../nodes/lorawan/network-message.ts';
import { isObservation, type Observation } from '../../../nodes/observation/observation.ts';
import { loraPacket } from './lora-packet.ts';
import { NETWORK_OF_KIND, samplesOf } from './shared-samples.ts';
import { BIN, BIN_PAYLOAD, KEYS, SNOW_PAYLOAD, snowFrame, Town, uplink } from './town.ts';

const context = { models: ModelCatalog.open(), language: 'en-US' } as const;

async function single(line: unknown, options = {}): Promise<unknown> {
  const results = await decodeLine(line, { ...context, ...options });
  assert.equal(results.length, 1, JSON.stringify(results));
  return results[0];
}
const observation = async (line: unknown, options = {}): Promise<Observation> => {
  const result = await single(line, options);
  assert.ok(isObservation(result), JSON.stringify(result));
  return result;
};
const problem = async (line: unknown) => {
  const result = (await single(line)) as { error?: { key: string; message: string; device?: string } };
  assert.ok(result.error, JSON.stringify(result));
  assert.doesNotMatch(result.error.message, /__/);
  return [result.error.key, result.error.device];
};

/** What lists are made of. */
const EVENTS_IN: Readonly<Record<string, string>> = { 'uplink-batch': 'uplink-encrypted' };
/** Gateways' packets are what the frames in them are. */
const GATEWAYS = new Set<string>(['semtech-udp', 'basics-station', 'gateway-bridge']);

function assertReading(result: Observation, expect: Record<string, unknown>, isSingle: boolean): void {
  assert.deepEqual([result.values, result.device.area], [{}, 'unassigned']);
  if (!isSingle || Array.isArray(expect.items) || expect.messages !== undefined) return;
  assert.equal(result.raw.payloadHex, expect.payloadHex ?? '');
  const { rssi, snr, fCnt } = result.link ?? {};
  // Samples of a token say nothing of the radio.
  if (expect.token === undefined) assert.deepEqual([rssi, snr, fCnt], [expect.rssi, expect.snr, expect.fCnt]);
  const times = [expect.plausibleTime, expect.gatewayTime, expect.time].filter((time) => time !== undefined);
  const isKnown = times.some((time) => typeof time === 'string' && time > '2015');
  if (isKnown) assert.ok(times.includes(result.phenomenonTime), result.phenomenonTime);
}

describe('byflyt decode: a line', () => {
  it('takes a root key and the nonces of a join in place of session keys', async () => {
    const keys = samplesOf('lorawan-crypto').find(({ name }) => name === 'lp-keys-10');
    assert.ok(keys);
    const { nwkSKey = '', appSKey = '' } = keys.expect as { nwkSKey?: string; appSKey?: string };
    const [network, application] = [Buffer.from(nwkSKey, 'hex'), Buffer.from(appSKey, 'hex')];
    const fields = {
      MType: 'Unconfirmed Data Up',
      DevAddr: Buffer.from('01020304', 'hex'),
      FCnt: 1,
      FPort: 2,
    };
    const frame = loraPacket.fromFields(
      { ...fields, payload: Buffer.from(SNOW_PAYLOAD, 'hex') },
      application,
      network,
    );
    const phyPayload = frame.PHYPayload?.toString('hex');
    const { raw } = await observation({ message: { phyPayload, keys: keys.body } });
    assert.equal(raw.payloadHex, SNOW_PAYLOAD);
    assert.deepEqual(
      await problem({ message: { phyPayload, keys: { ...(keys.body as object), netId: 'aabb' } } }),
      ['lorawan.error.keyMissing', undefined],
    );
  });

  it('lists the MAC commands of a frame, and opens a join accept whose key comes along', async () => {
    const sampleOf = (wanted: string) => samplesOf('lorawan-phy').find(({ name }) => name === wanted);
    const event = async (wanted: string, keys: unknown) => {
      const result = await single({ message: { phyPayload: sampleOf(wanted)?.body, keys } });
      return (result as { event: NetworkEvent }).event;
    };
    const port0 = await event('lp-port0-mac-commands', sampleOf('lp-port0-mac-commands')?.keys);
    assert.equal(port0.type, 'mac-only');
    assert.ok(port0.macCommands?.every(({ name }) => name !== 'unknown'));
    const accept = sampleOf('lora-rs-join-accept-cflist');
    const { joinAccept } = await event('lora-rs-join-accept-cflist', accept?.keys);
    assert.deepEqual(
      [joinAccept?.devAddr, joinAccept?.cfListHex],
      [accept?.expect.devAddr, accept?.expect.cfListHex],
    );
    assert.equal((await event('lora-rs-join-accept-cflist', {})).joinAccept, undefined);
    const wrong = { message: { phyPayload: accept?.body, keys: { appKey: '0f'.repeat(16) } } };
    assert.equal((await problem(wrong))[0], 'lorawan.error.wrongJoinMic');
    const request = await event('brocaar-join-request', {});
    assert.deepEqual([request.joinEui, request.devNonce], ['0102030401020304', 4141]);
  });

  for (const kind of Object.keys(NETWORK_OF_KIND)) {
    for (const sample of samplesOf(kind)) {
      const { name, body, topic, reading, expect, event } = sample;
      it(`${kind} ${name}: ${reading ? 'a reading' : 'no reading'}`, async () => {
        const { appSKey, devAddr } = expect;
        const keys = appSKey === undefined ? {} : { keys: { appSKey }, devAddr };
        const results = await decodeLine({ message: body, topic, ...keys }, context);
        for (const result of results) {
          assert.equal(isObservation(result), reading, JSON.stringify(result));
          if (isObservation(result)) assertReading(result, expect, results.length === 1);
          else if ('event' in result && !GATEWAYS.has(result.event.network))
            assert.ok([event, EVENTS_IN[event]].includes(result.event.type), event);
        }
      });
    }
  }

  for (const { name, body, keys, expect, reading } of samplesOf('lorawan-phy').filter(
    ({ expect, event }) => expect.micValid === true && event === 'uplink',
  )) {
    it(`frame ${name}: ${reading ? expect.frmPayloadHex : 'no reading'}`, async () => {
      const result = await single({
        message: { phyPayload: body, keys, micParameters: expect.micParameters },
      });
      assert.equal(isObservation(result), reading, JSON.stringify(result));
      if (!isObservation(result)) return;
      assert.deepEqual([result.raw.payloadHex, result.link?.fCnt], [expect.frmPayloadHex, expect.fCnt]);
    });
  }

  it('decodes with a model, with a codec file, and with both', async () => {
    const town = new Town();
    town.addCodec(
      'own',
      'function decodeUplink({ bytes }) { return { data: { distance: bytes.length } }; }',
      'ffffffffffffff01',
    );
    const codec = join(town.folder, 'codecs', 'own.js');
    const message = uplink('1122334455667788', BIN_PAYLOAD);
    assert.equal((await observation({ message, model: 'milesight-em310-udl' })).values.distance, 2.116);
    const bare = await observation({ message, codec });
    assert.deepEqual([bare.values, bare.decoded, bare.raw.codec], [{}, { distance: 10 }, 'own.js']);
    assert.deepEqual((await observation({ message, codec, model: 'milesight-em310-udl' })).values, {
      distance: 0.01,
    });
    const registered = await observation(
      { message: uplink(BIN.devEui ?? '', BIN_PAYLOAD) },
      { registry: town.registry },
    );
    assert.deepEqual([registered.device.id, registered.values.distance], ['bin-7', 2.116]);
    town.remove();
  });

  it('says what a codec warns of', async () => {
    const town = new Town();
    try {
      const codec = `function decodeUplink() { return { data: { t: 1 }, warnings: ['cut off'] }; }`;
      town.addCodec('own', codec, 'ffffffffffffff01');
      const line = { message: uplink('ffffffffffffff01', '01'), model: 'own' };
      const result = await observation(line, { models: town.models });
      assert.deepEqual([result.values, Object(result).warnings], [{ air_temperature: 1 }, ['cut off']]);
      const without = await observation({ message: uplink(BIN.devEui ?? '', BIN_PAYLOAD), model: BIN.model });
      assert.equal('warnings' in without, false);
    } finally {
      town.remove();
    }
  });

  it('decodes a frame with its keys and a model, any number of times', async () => {
    const message = { phyPayload: snowFrame(70_000).toString('hex'), keys: KEYS };
    for (let time = 0; time < 2; time++) {
      const { values, raw, link } = await observation({ message, model: 'ski-trail-lht65n' });
      assert.deepEqual([values.snow_humidity, raw.payloadHex, link?.fCnt], [24.2, SNOW_PAYLOAD, 70_000]);
    }
  });

  it('gives several messages one result each', async () => {
    const batch = samplesOf('tts-v3').find(({ name }) => name === 'smartparks-batch-array');
    assert.equal((await decodeLine({ message: batch?.body }, context)).length, 1);
    const mixed = [uplink('01', '01'), { hello: 1 }];
    const kinds = (await decodeLine({ message: mixed }, context)).map((result) => isObservation(result));
    assert.deepEqual(kinds, [true, false]);
  });

  it('says what is wrong', async () => {
    const frame = snowFrame(1).toString('hex');
    const message = uplink('1122334455667788', '01');
    const device = 'eui-1122334455667788';
    assert.deepEqual(await problem({}), ['lorawan.error.lineWithoutMessage', undefined]);
    assert.deepEqual(await problem(7), ['lorawan.error.lineWithoutMessage', undefined]);
    assert.deepEqual(await problem({ message: { hello: 'world' } }), [
      'lorawan.error.unknownFormat',
      undefined,
    ]);
    assert.deepEqual(await problem({ message, model: 'none' }), ['lorawan.error.unknownModel', device]);
    assert.deepEqual(await problem({ message, codec: '/none.js' }), ['codec.error.unreadable', device]);
    assert.deepEqual(await problem({ message: { phyPayload: frame } }), [
      'lorawan.error.keyMissing',
      undefined,
    ]);
    const keys = { ...KEYS, nwkSKey: '0'.repeat(32) };
    assert.deepEqual(await problem({ message: { phyPayload: frame, keys } }), [
      'lorawan.error.wrongMic',
      undefined,
    ]);
    const cut = { phyPayload: frame.slice(0, 20), keys: KEYS };
    assert.deepEqual(await problem({ message: cut }), ['lorawan.error.frameTruncated', undefined]);
  });
});
