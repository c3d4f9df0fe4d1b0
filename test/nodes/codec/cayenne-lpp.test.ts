import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CodecOutput } from '../../../nodes/codec/codec.ts';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { applyModel } from '../../../nodes/devices/model.ts';

const models = ModelCatalog.open();
const model = models.get('cayenne-lpp');
assert.ok(model);

function decode(hex: string): CodecOutput {
  assert.ok(model);
  const input = { fPort: 1, bytes: Buffer.from(hex, 'hex'), recvTime: new Date(0) };
  return models.codecFor(model).decodeUplink(input) as CodecOutput;
}

describe('Cayenne LPP', () => {
  // The first four are the examples of the format's description.
  const cases: [name: string, hex: string, data: unknown][] = [
    ['two temperatures', '03670110056700ff', { temperature_3: 27.2, temperature_5: 25.5 }],
    ['a temperature below zero', '0167ffd7', { temperature_1: -4.1 }],
    ['acceleration', '067104d2fb2e0000', { accelerometer_6: { x: 1.234, y: -1.234, z: 0 } }],
    [
      'a position',
      '018806765ff2960a0003e8',
      { gps_1: { latitude: 42.3519, longitude: -87.9094, altitude: 10 } },
    ],
    [
      'inputs and outputs',
      '000001 010101 0202ff9c 0303007b',
      { digital_in_0: 1, digital_out_1: 1, analog_in_2: -1, analog_out_3: 1.23 },
    ],
    [
      'what a room has',
      '016500fa 026601 046864 0573279d',
      { luminosity_1: 250, presence_2: 1, relative_humidity_4: 50, barometric_pressure_5: 1014.1 },
    ],
    [
      'a meter',
      '007459d8 017504e2 0280ffff 03830001e240 048200000bb8',
      { voltage_0: 230, current_1: 1.25, power_2: 65535, energy_3: 123.456, distance_4: 3 },
    ],
    [
      'other types',
      '0086 0064ff9c 012c 01857fffffff 0287ff8000 0379fff6 047d0320 058401 0e 068e01 0778 32 0976000000 32 0864 ffffffff',
      {
        gyrometer_0: { x: 1, y: -1, z: 3 },
        unixtime_1: 2147483647,
        colour_2: { r: 255, g: 128, b: 0 },
        altitude_3: -10,
        concentration_4: 800,
        direction_5: 270,
        switch_6: 1,
        percentage_7: 50,
        frequency_9: 50,
        generic_8: 4294967295,
      },
    ],
    ['nothing', '', {}],
  ];
  for (const [name, hex, data] of cases) {
    it(name, () => assert.deepEqual(decode(hex.replace(/\s/g, '')), { data }));
  }

  it('keeps what comes before an unknown type', () => {
    const { data, warnings } = decode('0367011005fe00ff');
    assert.deepEqual(data, { temperature_3: 27.2 });
    assert.deepEqual(warnings, ['unknown type 254 of channel 5']);
  });

  for (const hex of ['03', '036701', '0367011005']) {
    it(`refuses ${hex}, which is cut off`, () =>
      assert.throws(() => decode(hex), { key: 'codec.error.truncated' }));
  }

  it('gives quantities, the lowest channel first', () => {
    assert.ok(model);
    const { data } = decode('036700fa016700e0026832026601');
    assert.deepEqual(applyModel(model, data), {
      values: { air_temperature: 22.4, relative_humidity: 25, occupancy: true },
      unknownNames: [],
    });
  });
});
