import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { applyModel } from '../../../nodes/devices/model.ts';
import { CodecError } from '../../../nodes/observation/errors.ts';
import { QUANTITIES } from '../../../nodes/observation/quantities.ts';
import { convert } from '../../../nodes/observation/units.ts';
import { catalog, decode, modelOf } from './built-in.ts';

async function data(id: string, fPort: number, hex: string): Promise<unknown> {
  const output = await decode(id, fPort, hex);
  assert.deepEqual(output.errors ?? [], []);
  return output.data;
}

describe('built-in device models', () => {
  describe('layouts that the vendors document', () => {
    const frames: [name: string, id: string, fPort: number, hex: string, data: unknown][] = [
      ['ELSYS external probe twice', 'elsys-ers', 5, '19 0064 19 ff9c', { externalTemperature2: [10, -10] }],
      ['ELSYS absolute pulses, more than 31 bits', 'elsys-ers', 5, '0b ffffffff', { pulseAbs: 4294967295 }],
      [
        'ELSYS infrared temperatures',
        'elsys-ers',
        5,
        '10 00d7 ff38',
        { irInternalTemperature: 21.5, irExternalTemperature: -20 },
      ],
      ['ELSYS microvolts below zero', 'elsys-ers', 5, '1b fffffc18', { analogUv: -1000 }],
      [
        'ELSYS settings without the keys in them',
        'elsys-ers',
        6,
        `3e 1a 0805 05${'aa'.repeat(16)} 1400000258 0701 0100ea`,
        { settings: { Port: 5, SplPer: 600, OTA: 1 }, temperature: 23.4 },
      ],
      [
        'Milesight identity',
        'milesight-em310-udl',
        85,
        'ff0101 ff16 6713b28425620015 ff090310 ff0a0101 ff0f00 ffff0100 ff0bff',
        {
          ipso_version: 'v0.1',
          sn: '6713b28425620015',
          hardware_version: 'v3.1',
          firmware_version: 'v1.1',
          lorawan_class: 'Class A',
          tsl_version: 'v1.0',
          device_status: 'on',
        },
      ],
      [
        'EM310-UDL alarm settings',
        'milesight-em310-udl',
        85,
        'fe06 82 9cff e803 0a00 1400',
        {
          distance_alarm_config: {
            condition: 'above',
            alarm_release_enable: 'enable',
            threshold_min: -100,
            threshold_max: 1000,
            lock_time: 10,
            continue_time: 20,
          },
        },
      ],
      [
        'AM307L all values',
        'milesight-am307l',
        85,
        '0367ee00 04687c 050001 06cb02 077da803 087d2500 09736627',
        {
          temperature: 23.8,
          humidity: 62,
          pir: 'trigger',
          light_level: 2,
          co2: 936,
          tvoc: 37,
          pressure: 1008.6,
        },
      ],
      [
        'AM307L of hardware 2',
        'milesight-am307l-v2',
        85,
        '0367ee00 04687c 050001 06cb02 077da803 087d2500 09736627',
        {
          temperature: 23.8,
          humidity: 62,
          pir: 'trigger',
          light_level: 2,
          co2: 936,
          tvoc: 0.37,
          pressure: 1008.6,
        },
      ],
      [
        'AM307L stored samples',
        'milesight-am307l',
        85,
        `21ce 80436d65 d200 6400 00 05 9001 0a00 9426`.repeat(2),
        {
          history: Array(2).fill({
            timestamp: 1701659520,
            temperature: 21,
            humidity: 50,
            pir: 'idle',
            light_level: 5,
            co2: 400,
            tvoc: 10,
            pressure: 987.6,
          }),
        },
      ],
      [
        'AM307L settings',
        'milesight-am307l',
        85,
        'ff1a02 9001 ff1a01 fe2505 ff17 0a00',
        {
          co2_calibration_settings: { mode: 'abc', calibration_value: 400 },
          child_lock_settings: { off_button: 'enable', on_button: 'disable', collection_button: 'enable' },
          time_zone: 'UTC+1',
        },
      ],
      [
        'LHT65N without probe',
        'dragino-lht65n',
        2,
        'cbf6 0b0d 0376 00 7fff7fff',
        { BatV: 3.062, Bat_status: 3, TempC_SHT: 28.29, Hum_SHT: 88.6, Ext_sensor: 'No external sensor' },
      ],
      [
        'LHT65N below zero',
        'dragino-lht65n',
        2,
        'cbf6 ff9c 0376 01 ff3800ff',
        {
          BatV: 3.062,
          Bat_status: 3,
          TempC_SHT: -1,
          Hum_SHT: 88.6,
          Ext_sensor: 'Temperature Sensor',
          TempC_DS: -2,
        },
      ],
      [
        'LHT65N light',
        'dragino-lht65n',
        2,
        'cbf6 0b0d 0376 05 01907fff',
        {
          BatV: 3.062,
          Bat_status: 3,
          TempC_SHT: 28.29,
          Hum_SHT: 88.6,
          Work_mode: 'Illumination Sensor',
          ILL_lx: 400,
        },
      ],
      [
        'LHT65N voltage',
        'dragino-lht65n',
        2,
        'cbf6 0b0d 0376 06 04d27fff',
        {
          BatV: 3.062,
          Bat_status: 3,
          TempC_SHT: 28.29,
          Hum_SHT: 88.6,
          Work_mode: 'ADC Sensor',
          ADC_V: 1.234,
        },
      ],
      [
        'LHT65N counter',
        'dragino-lht65n',
        2,
        'cbf6 0b0d 0376 08 fffffffe',
        {
          BatV: 3.062,
          Bat_status: 3,
          TempC_SHT: 28.29,
          Hum_SHT: 88.6,
          Work_mode: 'Interrupt Sensor count',
          Exit_count: 4294967294,
        },
      ],
      [
        'LHT65N interrupt',
        'dragino-lht65n',
        2,
        'cbf6 0b0d 0376 04 0100 0000',
        {
          BatV: 3.062,
          Bat_status: 3,
          TempC_SHT: 28.29,
          Hum_SHT: 88.6,
          Work_mode: 'Interrupt Sensor send',
          Exti_pin_level: 'High',
          Exti_status: 'False',
        },
      ],
      [
        'LHT65N with its own clock',
        'dragino-lht65n',
        2,
        '0add 0b0d c376 09 60065f97',
        {
          TempC_DS: 27.81,
          Bat_status: 3,
          TempC_SHT: 28.29,
          Hum_SHT: 88.6,
          Work_mode: 'DS18B20 & timestamp',
          Systimestamp: 1611030423,
        },
      ],
      [
        'LHT65N identifier of the probe',
        'dragino-lht65n',
        2,
        'cbf6 2801 0203 0f 04050607',
        { BatV: 3.062, Bat_status: 3, Work_mode: 'DS18B20ID', ID: '28 01 02 03 04 05 06 07 ' },
      ],
      [
        'LHT65N stored samples',
        'dragino-lht65n',
        3,
        '0add 0b0d 0376 41 60065f97 0ade 0b0e 0377 41 60066447',
        {
          DATALOG: [
            { Systimestamp: 1611030423, TempC_SHT: 28.29, Hum_SHT: 88.6, TempC_DS: 27.81 },
            { Systimestamp: 1611031623, TempC_SHT: 28.3, Hum_SHT: 88.7, TempC_DS: 27.82 },
          ],
        },
      ],
      [
        'LHT65N group of temperatures',
        'dragino-lht65n',
        3,
        'cbf6 01 09c4 ff38',
        { bat: 3062, sensor: 'ds18b20', Temp: [25, -2] },
      ],
      [
        'LHT65N status',
        'dragino-lht65n',
        5,
        '0b 0132 01 ff 0bf6',
        {
          SENSOR_MODEL: 'LHT65N',
          FIRMWARE_VERSION: '1.3.2',
          FREQUENCY_BAND: 'EU868',
          SUB_BAND: 'NULL',
          BAT: 3.062,
        },
      ],
      [
        'DL-ITST battery only',
        'decentlab-dl-itst',
        1,
        '0202d900020c54',
        {
          protocol_version: 2,
          device_id: 729,
          battery_voltage: { displayName: 'Battery voltage', value: 3.156, unit: 'V' },
        },
      ],
    ];
    for (const [name, id, fPort, hex, expected] of frames) {
      it(name, async () => assert.deepEqual(await data(id, fPort, hex), expected));
    }

    it('ELSYS thermal image: 64 pixels on top of a reference', async () => {
      const { grideye } = (await data('elsys-ers', 5, `13 14 ${'0f'.repeat(64)}`)) as { grideye: number[] };
      assert.deepEqual(grideye, Array(64).fill(21.5));
    });

    it('DL-ITST names a wrong protocol version', async () => {
      assert.deepEqual(await decode('decentlab-dl-itst', 1, '0102d9'), {
        errors: ["protocol version 1 doesn't match v2"],
      });
    });

    it('DL-ITST commands read back what was encoded', async () => {
      const { codec } = modelOf('decentlab-dl-itst');
      for (const command of [{ command: 'set param 15 + save', parameter: 65535 }, { command: 'reset' }]) {
        const { bytes = [] } = await codec.encodeDownlink(command);
        assert.deepEqual(await codec.decodeDownlink({ fPort: 1, bytes: Uint8Array.from(bytes) }), {
          data: command,
        });
      }
      const broken = await codec.decodeDownlink({ fPort: 1, bytes: Uint8Array.of(0, 2, 14, 16, 72, 165) });
      assert.deepEqual(broken, { errors: ['invalid CRC'] });
      assert.deepEqual(await codec.encodeDownlink({ command: 'explode' }), { errors: ['invalid command'] });
      assert.deepEqual(await codec.encodeDownlink({ command: 'set dr' }), { errors: ['invalid parameter'] });
    });
  });

  describe('payloads that are cut off', () => {
    const cut: [id: string, fPort: number, hex: string][] = [
      ['elsys-ers', 5, '0100ea02'],
      ['milesight-em310-udl', 85, '01755c038244'],
      ['milesight-am307l', 85, '21ce8043'],
      ['decentlab-dl-itst', 1, '0202d9000304f904c4'],
      ['dragino-lht65n', 2, 'cbf60b0d0376'],
    ];
    for (const [id, fPort, hex] of cut) {
      it(id, () => {
        assert.throws(
          () => decode(id, fPort, hex),
          (error) =>
            error instanceof CodecError &&
            error.key === 'codec.error.truncated' &&
            error.parameters.model === id,
        );
      });
    }
  });

  it('fail with nothing but a CodecError, whatever the bytes', () => {
    const payload = fc.record({
      id: fc.constantFrom(...catalog.list().map(({ id }) => id)),
      fPort: fc.constantFrom(1, 2, 3, 5, 6, 85),
      hex: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    });
    fc.assert(
      fc.property(payload, ({ id, fPort, hex }) => {
        try {
          decode(id, fPort, hex);
        } catch (error) {
          assert.ok(error instanceof CodecError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  describe('mappings', () => {
    for (const model of catalog.list()) {
      it(`${model.id} names units that fit`, () => {
        for (const { unit, quantity } of model.mappings) {
          const canonical = QUANTITIES[quantity].unit;
          assert.ok(Number.isFinite(convert(1, unit ?? canonical, canonical)), `${quantity} ${unit}`);
        }
      });
    }

    it('leave no documented name unexplained', async () => {
      for (const [id, fPort, hex] of [
        ['elsys-ers', 5, '0100ea0237030127050400270506060308070e0a140006010112110f020e0400'],
        ['milesight-em310-udl', 85, '01755c03824408040001ff166713b28425620015'],
        [
          'milesight-am307l',
          85,
          '01755c0367340104686505000106cb02077da803087d25000973662721ce80436d65d20064000005 9001 0a00 9426',
        ],
        ['decentlab-dl-itst', 1, '0202d9000304f904c40c54'],
        ['dragino-lht65n', 2, 'cbf60b0d0376010add7fff'],
        ['dragino-lht65n', 5, '0b013201ff0bf6'],
        ['ski-trail-lht65n', 2, 'cbf60b0d0376010add7fff'],
      ] as const) {
        assert.deepEqual(applyModel(modelOf(id).model, await data(id, fPort, hex)).unknownNames, [], id);
      }
    });

    it('give canonical units', async () => {
      const { model } = modelOf('milesight-em310-udl');
      const { values } = applyModel(model, await data('milesight-em310-udl', 85, '01755c03824408040001'));
      assert.deepEqual(values, { distance: 2.116, tilt: true, battery_level: 92 });
    });

    it('give a voltage and a battery level, and no value for a probe that is missing', async () => {
      const { model } = modelOf('dragino-lht65n');
      const { values } = applyModel(model, await data('dragino-lht65n', 2, 'cbc6008200f2017fff7fff'));
      assert.deepEqual(values, {
        air_temperature: 1.3,
        relative_humidity: 24.2,
        battery_voltage: 3.014,
        battery_level: 100,
      });
    });

    it('give what an ELSYS sensor measures', async () => {
      const { model } = modelOf('elsys-ers');
      const hex = '0100e2 0229 040027 0506 060308 070e4c 0e0834 1400 0f6a3f 154130 0a0001';
      const { values, unknownNames } = applyModel(model, await data('elsys-ers', 5, hex));
      assert.deepEqual(unknownNames, []);
      assert.deepEqual(values, {
        air_temperature: 22.6,
        relative_humidity: 41,
        illuminance: 39,
        motion_count: 6,
        co2_concentration: 776,
        battery_voltage: 3.66,
        battery_level: 100,
        distance: 2.1,
        air_pressure: 1010.239,
        sound_level_max: 65,
        sound_level: 48,
      });
    });

    it('give a leak for any strength', async () => {
      const { model } = modelOf('elsys-ers');
      for (const [hex, leak] of [
        ['1211', true],
        ['1200', false],
      ] as const) {
        assert.deepEqual(applyModel(model, await data('elsys-ers', 5, hex)).values, { water_leak: leak });
      }
    });

    it('call the probe of the ski trail snow', async () => {
      const { model } = modelOf('ski-trail-lht65n');
      const { values } = applyModel(model, await data('ski-trail-lht65n', 2, 'cbf6ff9c037601ff387fff'));
      assert.equal(values.snow_temperature, -2);
      assert.equal(values.snow_humidity, 88.6);
      assert.equal(values.internal_temperature, -1);
      assert.equal(values.air_temperature, undefined);
    });
  });
});
