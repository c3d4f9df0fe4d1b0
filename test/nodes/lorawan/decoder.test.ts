import assert from 'node:assert/strict';
import type { DecodeContext, DecodeResult } from '../../../nodes/lorawan/decode-node.ts';
import { ServedAreas, sharedAreas } from '../../../nodes/lorawan/served-areas.ts';
import { ByflytError } from '../../../nodes/observation/errors.ts';
import { describeError } from '../../../nodes/observation/messages.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { BIN, BIN_PAYLOAD, gatewayFrame, KEYS, SNOW, SNOW_PAYLOAD, snowFrame, Town, uplink } from './town.ts';

const CONTEXT: DecodeContext = {
  receivedTime: '2026-01-02T03:04:06.000Z',
  journalId: '7',
  topic: 'v3/a/devices/b/up',
};
const STRANGER = '1122334455667788';

describe('areas that have a flow', () => {
  it('are those that somebody serves, for as long as he does', () => {
    const served = new ServedAreas();
    const [first, second] = [served.add('waste'), served.add('waste')];
    first();
    assert.deepEqual([served.has('waste'), served.has('parking')], [true, false]);
    second();
    const all = served.add(undefined);
    assert.deepEqual([served.has('waste'), served.has('parking')], [true, true]);
    all();
    assert.equal(served.has('waste'), false);
  });

  it('are those of one network: a decode node of another reads none of its messages', () => {
    const registry = {};
    sharedAreas(registry, 'nbiot').add(undefined);
    assert.equal(sharedAreas(registry).has('water'), false);
    assert.equal(sharedAreas(registry, 'nbiot').has('water'), true);
  });
});

describe('LoRaWAN decoder', () => {
  let town: Town;
  beforeEach(() => {
    town = new Town();
  });
  afterEach(() => town.remove());

  const readings = (result: DecodeResult): Observation[] => {
    assert.ok('observations' in result, JSON.stringify(result));
    return result.observations;
  };
  const fails = (work: Promise<unknown>, key: string, device?: string) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof ByflytError, String(error));
      assert.deepEqual([error.key, error.device], [key, device]);
      for (const language of ['en-US', 'nb'] as const)
        assert.doesNotMatch(describeError(error, language), /__/);
      return true;
    });

  it('says once that a reading has no flow for its area', async () => {
    const served = new ServedAreas();
    served.add('parking');
    const flow = () => town.decoder({ area: 'parking', served });
    const message = uplink(BIN.devEui ?? '', BIN_PAYLOAD);
    await fails(flow().decode(message, CONTEXT), 'lorawan.error.noFlowForArea', BIN.name);
    assert.deepEqual(await flow().decode(message, CONTEXT), { dropped: 'reported' });
    const frame = gatewayFrame(snowFrame(3));
    await fails(flow().decode(frame, CONTEXT), 'lorawan.error.noFlowForArea', SNOW.name);
    served.add('waste');
    assert.deepEqual(await flow().decode(message, CONTEXT), { dropped: 'other-area' });
  });

  it('makes a whole Observation of an uplink', async () => {
    const [observation] = readings(
      await town.decoder().decode(uplink(BIN.devEui ?? '', BIN_PAYLOAD), CONTEXT),
    );
    assert.ok(observation);
    const { codec, codecVersion } = observation.raw;
    assert.deepEqual(observation, {
      device: {
        id: 'bin-7',
        name: 'Bin 7',
        area: 'waste',
        site: 'Storgata 7',
        location: { lat: 69.65, lon: 18.96 },
      },
      phenomenonTime: '2026-01-02T03:04:05.500Z',
      timeSource: 'gateway',
      receivedTime: CONTEXT.receivedTime,
      values: { battery_level: 92, distance: 2.116, tilt: true, fill_level: observation.values.fill_level },
      link: { network: 'lorawan', fPort: 85, fCnt: 12, rssi: -80, snr: 0, spreadingFactor: 9, gateways: 2 },
      decoded: { battery: 92, distance: 2116, tilt: 'tilt' },
      raw: { journalId: '7', payloadHex: BIN_PAYLOAD, codec, codecVersion },
    });
    assert.equal(codec, 'milesight-em310-udl');
    assert.match(codecVersion, /^[0-9a-f]{12}$/);
    assert.ok(Math.abs(Number(observation.values.fill_level) - 19.2) < 0.1);
  });

  it('decrypts a raw frame to the same values, with the 32-bit counter', async () => {
    const decoder = town.decoder();
    const [observation] = readings(await decoder.decode(gatewayFrame(snowFrame(70_000)), CONTEXT));
    assert.deepEqual(observation?.values, {
      snow_humidity: 24.2,
      internal_temperature: 1.3,
      battery_level: 100,
      battery_voltage: 3.014,
    });
    assert.deepEqual([observation?.link?.fCnt, observation?.link?.fPort], [70_000, 2]);
    assert.equal(observation?.raw.payloadHex, SNOW_PAYLOAD);
  });

  it('refuses a replayed frame, also after a restart of the decoder, and takes the next one', async () => {
    const frame = gatewayFrame(snowFrame(5));
    await town.decoder().decode(frame, CONTEXT);
    const again = { ...CONTEXT, journalId: '8' };
    await fails(town.decoder().decode(frame, again), 'lorawan.error.replayed', 'Start');
    assert.equal(readings(await town.decoder().decode(gatewayFrame(snowFrame(6)), again)).length, 1);
  });

  it('follows a device that counts from zero again where that is allowed, and says so', async () => {
    const resets: unknown[] = [];
    const decoder = town.decoder({
      onCounterReset: ({ name }, { fCnt, lastFCnt }) => resets.push([name, fCnt, lastFCnt]),
    });
    town.registry.save({ ...SNOW, frameCounter: 'resets' });
    for (const fCnt of [7, 8, 0, 1]) {
      const result = await decoder.decode(gatewayFrame(snowFrame(fCnt)), CONTEXT);
      assert.equal(readings(result)[0]?.link?.fCnt, fCnt);
    }
    assert.deepEqual(resets, [['Start', 0, 8]]);
  });

  it('takes any counter of a device that is not to be checked', async () => {
    const decoder = town.decoder();
    town.registry.save({ ...SNOW, frameCounter: 'off' });
    for (const fCnt of [7, 3, 7]) {
      const [reading] = readings(await decoder.decode(gatewayFrame(snowFrame(fCnt)), CONTEXT));
      assert.equal(reading?.link?.fCnt, fCnt);
    }
  });

  it('names the MAC commands of a frame that carries nothing else', async () => {
    const frame = gatewayFrame(snowFrame(1, '0302', { ...KEYS, appSKey: KEYS.nwkSKey }, 0));
    const result = await town.decoder().decode(frame, CONTEXT);
    assert.ok('event' in result);
    assert.equal(result.event.type, 'mac-only');
    assert.deepEqual(result.event.macCommands, [{ name: 'LinkADRAns', cid: 3, payloadHex: '02' }]);
  });

  it('lets a frame that a second gateway heard go quietly', async () => {
    const decoder = town.decoder();
    await decoder.decode(gatewayFrame(snowFrame(5)), CONTEXT);
    const second = gatewayFrame(snowFrame(5), '00000000000000aa');
    assert.deepEqual(await decoder.decode(second, { ...CONTEXT, journalId: '8' }), { dropped: 'duplicate' });
  });

  it('finds the sender among devices that share an address', async () => {
    const twin = { nwkSKey: '0a'.repeat(16), appSKey: '0b'.repeat(16) };
    town.registry.save({ ...SNOW, id: 'twin', name: 'A twin', devEui: 'a840410000000002' }, twin);
    const { devEui: _, ...keyless } = SNOW;
    town.registry.save({ ...keyless, id: 'keyless', name: 'A keyless one' });
    const [own] = readings(await town.decoder().decode(gatewayFrame(snowFrame(1)), CONTEXT));
    const [other] = readings(
      await town.decoder().decode(gatewayFrame(snowFrame(1, SNOW_PAYLOAD, twin)), CONTEXT),
    );
    assert.deepEqual([own?.device.id, other?.device.id], ['snow-start', 'twin']);
  });

  it('names what is wrong and in which device', async () => {
    const decoder = town.decoder();
    const [bin, wrong] = [BIN.devEui ?? '', { ...KEYS, nwkSKey: '0f'.repeat(16) }];
    await fails(
      decoder.decode(gatewayFrame(snowFrame(1, SNOW_PAYLOAD, wrong)), CONTEXT),
      'lorawan.error.wrongMic',
      'Start',
    );
    await fails(
      decoder.decode(gatewayFrame(snowFrame(1).subarray(0, 11)), CONTEXT),
      'lorawan.error.frameTruncated',
    );
    await fails(decoder.decode({ hello: 'world' }, CONTEXT), 'lorawan.error.unknownFormat');
    await fails(decoder.decode(Buffer.from('x'), CONTEXT), 'lorawan.error.notJson');
    await fails(
      decoder.decode(uplink(bin, BIN_PAYLOAD.slice(0, 12)), CONTEXT),
      'codec.error.truncated',
      'Bin 7',
    );
    town.registry.save({ ...BIN, model: 'gone' });
    await fails(decoder.decode(uplink(bin, BIN_PAYLOAD), CONTEXT), 'lorawan.error.unknownModel', 'Bin 7');
    town.registry.save(SNOW, {});
    await fails(decoder.decode(gatewayFrame(snowFrame(1)), CONTEXT), 'lorawan.error.keyMissing', 'Start');
  });

  it('reports an unknown device and lists it; flows that hear the same uplink keep quiet', async () => {
    const message = uplink(STRANGER, '01');
    const [one, two] = [town.decoder({ area: 'waste' }), town.decoder({ area: 'ski_trail' })];
    await fails(one.decode(message, CONTEXT), 'lorawan.error.unknownDevice');
    assert.deepEqual(await two.decode(message, CONTEXT), { dropped: 'reported' });
    await fails(two.decode(uplink(STRANGER, '01', { f_cnt: 13 }), CONTEXT), 'lorawan.error.unknownDevice');
    const [unknown] = town.registry.unknown.list();
    assert.deepEqual(
      [unknown?.devEui, unknown?.count, unknown?.fPort, unknown?.payloadHex],
      [STRANGER, 2, 85, '01'],
    );
    assert.deepEqual([unknown?.network, unknown?.topic], ['tts-v3', CONTEXT.topic]);
  });

  it('reports a foreign address once', async () => {
    town.registry.remove(SNOW.id);
    await fails(town.decoder().decode(gatewayFrame(snowFrame(1)), CONTEXT), 'lorawan.error.unknownAddress');
    assert.deepEqual(await town.decoder().decode(gatewayFrame(snowFrame(2)), CONTEXT), {
      dropped: 'reported',
    });
  });

  it('leaves the devices of other areas, and their frame counters, to other flows', async () => {
    const [waste, snow] = [
      town.decoder({ area: 'waste', scope: 'a' }),
      town.decoder({ area: 'ski_trail', scope: 'a' }),
    ];
    assert.deepEqual(await snow.decode(uplink(BIN.devEui ?? '', BIN_PAYLOAD), CONTEXT), {
      dropped: 'other-area',
    });
    const frame = gatewayFrame(snowFrame(1));
    assert.deepEqual(await waste.decode(frame, CONTEXT), { dropped: 'other-area' });
    assert.equal(readings(await snow.decode(frame, CONTEXT)).length, 1);
    town.registry.save(
      { ...BIN, devAddr: SNOW.devAddr ?? '' },
      { nwkSKey: '0a'.repeat(16), appSKey: '0b'.repeat(16) },
    );
    assert.deepEqual(await waste.decode(gatewayFrame(snowFrame(2)), CONTEXT), { dropped: 'other-area' });
    assert.equal(readings(await snow.decode(gatewayFrame(snowFrame(2)), CONTEXT)).length, 1);
  });

  it('blames no device for a frame without a flow that it cannot have sent, nor misses a simulated one', async () => {
    const nobody = { area: 'waste', served: { has: () => false } } as const;
    const foreign = gatewayFrame(snowFrame(1, SNOW_PAYLOAD, { ...KEYS, nwkSKey: '0f'.repeat(16) }));
    assert.deepEqual(await town.decoder(nobody).decode(foreign, CONTEXT), { dropped: 'other-area' });
    const frame = gatewayFrame(snowFrame(1));
    await fails(town.decoder(nobody).decode(frame, CONTEXT), 'lorawan.error.noFlowForArea', 'Start');
    town.registry.save({ ...SNOW, sandbox: true }, KEYS);
    const later = gatewayFrame(snowFrame(2));
    assert.deepEqual(await town.decoder(nobody).decode(later, CONTEXT), { dropped: 'other-area' });
  });

  it('makes an event of what is no reading', async () => {
    const type = async (message: unknown) => {
      const result = await town.decoder().decode(message, CONTEXT);
      assert.ok('event' in result, JSON.stringify(result));
      return result.event.type;
    };
    const bin = BIN.devEui ?? '';
    assert.equal(
      await type({ end_device_ids: { dev_eui: bin }, join_accept: { session_key_id: 'AY' } }),
      'join',
    );
    assert.equal(await type(uplink(bin, '')), 'empty');
    assert.equal(await type(uplink(bin, '02', { f_port: 0 })), 'mac-only');
    assert.equal(await type(uplink(bin, '', { f_port: undefined })), 'mac-only');
    const join = Buffer.from('0001010101010101010202020202020202030309b97b32', 'hex');
    assert.equal(await type(gatewayFrame(join)), 'join-request');
    assert.equal(
      await type(gatewayFrame(snowFrame(1, '02', { ...KEYS, appSKey: KEYS.nwkSKey }, 0))),
      'mac-only',
    );
  });

  describe('with codecs of users', () => {
    const EUI = 'ffffffffffffff01';
    const decode = (source: string, payloadHex = '0102') => {
      town.addCodec('own', source, EUI);
      return town.decoder().decode(uplink(EUI, payloadHex), CONTEXT);
    };

    it('reports what a codec complains of, throws or never ends, each with the device', async () => {
      const codecs: [name: string, script: string, key: string][] = [
        ['complainer', 'return { errors: ["too short"] };', 'lorawan.error.codecErrors'],
        ['thrower', 'throw new Error("no");', 'codec.error.threw'],
        ['looper', 'for (;;);', 'codec.error.timeout'],
        ['silent', 'return {};', 'lorawan.error.codecNoData'],
      ];
      const eui = (index: number) => `ffffffffffffff0${index}`;
      for (const [index, [name, script]] of codecs.entries()) {
        town.addCodec(name, `function decodeUplink() { ${script} }`, eui(index));
      }
      const decoder = town.decoder();
      for (const [index, [name, , key]] of codecs.entries()) {
        await fails(decoder.decode(uplink(eui(index), '0102'), CONTEXT), key, name);
      }
      assert.equal(readings(await decoder.decode(uplink(BIN.devEui ?? '', BIN_PAYLOAD), CONTEXT)).length, 1);
    });

    it('gives one Observation per stored sample, oldest first, each with the time of the device', async () => {
      const at = (minute: number) => Date.UTC(2026, 0, 2, 3, minute) / 1000;
      const data = {
        t: 3,
        at: at(4),
        old: [
          { t: 2, at: at(2) },
          { t: 1, at: at(0) },
        ],
      };
      const result = await decode(`function decodeUplink() { return { data: ${JSON.stringify(data)} }; }`);
      const got = readings(result).map(({ values, phenomenonTime, timeSource }) => [
        values,
        phenomenonTime,
        timeSource,
      ]);
      assert.deepEqual(got, [
        [{ air_temperature: 1 }, '2026-01-02T03:00:00.000Z', 'device'],
        [{ air_temperature: 2 }, '2026-01-02T03:02:00.000Z', 'device'],
        [{ air_temperature: 3 }, '2026-01-02T03:04:00.000Z', 'device'],
      ]);
    });

    it('reports names that the model does not know once', async () => {
      const reported: string[][] = [];
      town.addCodec(
        'own',
        'function decodeUplink() { return { data: { t: 1, odd: 2, old: [{ t: 1, odder: 2 }] } }; }',
        EUI,
      );
      const decoder = town.decoder({
        onUnknownNames: (device, names) => reported.push([device.name, ...names]),
      });
      const [first] = readings(await decoder.decode(uplink(EUI, '01'), CONTEXT));
      await decoder.decode(uplink(EUI, '01'), CONTEXT);
      assert.deepEqual(reported, [['own', 'odder', 'odd']]);
      assert.deepEqual(first?.values, { air_temperature: 1 });
    });

    it('reports what a codec warns of once per device, whatever numbers are in it, and keeps the reading', async () => {
      const reported: string[][] = [];
      const codec = `function decodeUplink({ bytes }) {
        return { data: { t: bytes[0] }, warnings: ['battery ' + bytes[0] + ' mV', ...(bytes[0] > 2 ? ['tilted'] : [])] };
      }`;
      town.addCodec('own', codec, EUI);
      const decoder = town.decoder({
        onWarnings: (device, warnings) => reported.push([device.name, ...warnings]),
      });
      const decode = async (hex: string, fCnt: number) =>
        readings(await decoder.decode(uplink(EUI, hex, { f_cnt: fCnt }), CONTEXT)).map(
          ({ values }) => values,
        );
      assert.deepEqual(await decode('01', 1), [{ air_temperature: 1 }]);
      assert.deepEqual(await decode('02', 2), [{ air_temperature: 2 }]);
      assert.deepEqual(await decode('03', 3), [{ air_temperature: 3 }]);
      assert.deepEqual(reported, [
        ['own', 'battery 1 mV'],
        ['own', 'tilted'],
      ]);
    });

    it('takes what a codec says to people in any shape', async () => {
      const reported: string[][] = [];
      const onWarnings = (_device: unknown, warnings: string[]) => reported.push(warnings);
      const said = [
        { warnings: 'low battery', errors: null },
        { warnings: [{ code: 7 }], errors: [] },
        { errors: 'no such frame' },
      ];
      const codec = `function decodeUplink({ bytes }) {
        return { data: { t: 1 }, ...${JSON.stringify(said)}[bytes[0]] };
      }`;
      town.addCodec('own', codec, EUI);
      const decode = (hex: string) => town.decoder({ onWarnings }).decode(uplink(EUI, hex), CONTEXT);
      await decode('00');
      await decode('01');
      assert.deepEqual(reported, [['low battery'], ['{"code":7}']]);
      await fails(decode('02'), 'lorawan.error.codecErrors', 'own');
    });
  });
});
