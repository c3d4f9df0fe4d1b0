import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { applyModel } from '../../../nodes/devices/model.ts';
import { CodecError } from '../../../nodes/observation/errors.ts';
import { decode, modelOf } from './built-in.ts';

const MEANINGS: [name: string, id: string, fPort: number, hex: string, values: object][] = [
  [
    'LDDS75 sees nothing',
    'dragino-ldds75',
    2,
    '0d0a 0014 00 0000 01',
    { battery_voltage: 3.338, battery_level: 28 },
  ],
  [
    'no probe at the second and third connector',
    'dragino-lsn50v2-d20',
    2,
    '0e10 f001 0000 0c f001 f001',
    { battery_voltage: 3.6, battery_level: 100 },
  ],
  [
    'low battery is still a voltage',
    'netvox-r311a',
    6,
    '010201 97 01 000000000000',
    { door_open: true, battery_voltage: 2.3 },
  ],
  [
    'RA0716 without its sensors',
    'netvox-ra0716',
    6,
    '013501 24 0a28 ffff ffff 00',
    { air_temperature: 26, battery_voltage: 3.6 },
  ],
  [
    'nothing in reach of the level sensor',
    'terabee-people-counting',
    1,
    'ffff ff 0e10 00',
    { battery_voltage: 3.6, battery_level: 100 },
  ],
  ['channel that could not be measured', 'keller-adt1', 1, '01030001 7fc00000', {}],
  [
    'weather station without lightning',
    'decentlab-dl-atm41',
    1,
    '02035a0001 800a 8000 8000 8000 8009 812b 8014 8108 80b4 a57c 820c 8109 8002 7fe8 8056 8008 8004',
    {
      solar_irradiance: 10,
      precipitation: 0,
      lightning_count: 0,
      wind_speed: 0.09,
      wind_direction: 29.9,
      wind_gust_speed: 0.2,
      air_temperature: 26.4,
      vapour_pressure: 18,
      air_pressure: 959.6,
      relative_humidity: 52.4,
      internal_temperature: 26.5,
    },
  ],
  [
    'the newest of several meter readings, in cubic metres; one of two seals is broken',
    'minol-zenner-edc',
    1,
    '20 0000000c 0000000d 0000000f',
    { water_volume: 0.015, tamper: true, detector_fault: false },
  ],
  [
    'thermostat',
    'mclimate-vicki',
    2,
    '81 14 83 7d 15 c4 11 e0 00',
    {
      setpoint_temperature: 20,
      air_temperature: 18.12,
      relative_humidity: 48.83,
      valve_position: 39,
      door_open: false,
      detector_fault: false,
      battery_voltage: 3.4,
      battery_level: 60,
    },
  ],
];

const DEVICES = [
  'decentlab-dl-atm41',
  'decentlab-dl-iam',
  'dragino-lds02',
  'dragino-lht65n',
  'dragino-lmds200',
  'dragino-lsn50v2-d20',
  'keller-adt1',
  'mclimate-vicki',
  'minol-zenner-edc',
  'netvox-r311a',
  'netvox-ra02a',
  'netvox-ra0716',
  'pepperl-fuchs-wilsen-sonic',
  'talkpool-oy1110',
  'terabee-people-counting',
];

const REFUSED: [name: string, id: string, fPort: number, hex: string, key: string][] = [
  ['cut off', 'decentlab-dl-atm41', 1, '02035a0003800a', 'truncated'],
  ['record cut off', 'pepperl-fuchs-wilsen-sonic', 1, '040b0206', 'truncated'],
  ['values cut off', 'keller-adt1', 1, '010300d3bf78937d', 'truncated'],
  ['meter without reading', 'minol-zenner-edc', 1, '27', 'truncated'],
  ['thermostat cut off', 'mclimate-vicki', 2, '81148379', 'truncated'],
  ['no such thermostat message', 'mclimate-vicki', 2, '02 14 83 7d 15 c4 11 e0 00', 'unknownLayout'],
  ['a sensor of another kind', 'keller-adt1', 1, '010c0001 3f800000', 'unknownChannel'],
  ['another Netvox device', 'netvox-r311a', 6, '010b01240100000000000000', 'unknownLayout'],
  ['a port that the vendor does not use', 'talkpool-oy1110', 9, '3e441d', 'unknownLayout'],
];

describe('payloads of built-in models', () => {
  for (const [name, id, fPort, hex, expected] of MEANINGS) {
    it(name, async () => {
      const { data } = await decode(id, fPort, hex);
      assert.deepEqual(applyModel(modelOf(id).model, data), { values: expected, unknownNames: [] });
    });
  }

  describe('that are refused', () => {
    for (const [name, id, fPort, hex, key] of REFUSED) {
      it(name, () => {
        assert.throws(
          () => decode(id, fPort, hex),
          (error) =>
            error instanceof CodecError &&
            error.key === `codec.error.${key}` &&
            error.parameters.model === id,
        );
      });
    }
  });

  it('can be refused in the words of the vendor', async () => {
    for (const [fPort, hex] of [
      [3, 'ff 63 01'],
      [9, '01'],
    ] as const) {
      assert.deepEqual(await decode('terabee-people-counting', fPort, hex), { errors: ['unknown command'] });
    }
    assert.deepEqual(await decode('netvox-ra02a', 42, '00'), { errors: ['unknown FPort'] });
  });

  it('have no name that the model does not know', async () => {
    const payload = fc.record({
      id: fc.constantFrom(...DEVICES),
      fPort: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 10, 82, 83, 100, 101),
      // Leading bytes by which the layouts are told apart.
      lead: fc.constantFrom('', '01', '0103', '02', '81', '0102', '0200010001', '0c', 'ff'),
      rest: fc.uint8Array({ maxLength: 50 }),
    });
    let understood = 0;
    await fc.assert(
      fc.asyncProperty(payload, async ({ id, fPort, lead, rest }) => {
        const output = await attempt(id, fPort, lead + Buffer.from(rest).toString('hex'));
        if (output?.data === undefined) return;
        understood += 1;
        const { model } = modelOf(id);
        const mapped = new Set(model.mappings.map(({ from }) => from));
        const { unknownNames } = applyModel(model, output.data);
        assert.deepEqual(
          unknownNames.filter((name) => !mapped.has(name)),
          [],
        );
      }),
      { numRuns: 5000 },
    );
    assert.ok(understood > 500, `only ${understood} payloads were understood`);
  });
});

async function attempt(id: string, fPort: number, hex: string) {
  try {
    return await decode(id, fPort, hex);
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    return undefined;
  }
}
