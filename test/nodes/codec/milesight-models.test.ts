import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { applyModel } from '../../../nodes/devices/model.ts';
import { bytesOf, catalog, decoded, files, modelOf } from './milesight.ts';

async function measured(name: string, hex: string): Promise<unknown> {
  return applyModel(modelOf(name).model, await decoded(name, hex)).values;
}

/** The quantities of each stored sample. */
async function stored(name: string, hex: string): Promise<unknown[]> {
  const { model } = modelOf(name);
  const { history } = (await decoded(name, hex)) as { history: { timestamp: number }[] };
  assert.equal(model.samples, 'history');
  assert.equal(model.time, 'timestamp');
  return history.map((sample) => [sample.timestamp, applyModel(model, sample).values]);
}

describe('Milesight models', () => {
  describe('quantities', () => {
    const readings: [name: string, hex: string, values: Record<string, unknown>][] = [
      [
        'AM104',
        '01755c 0367f6ff 046865 056a4900 06654a0021000900',
        {
          battery_level: 92,
          air_temperature: -1,
          relative_humidity: 50.5,
          motion_count: 73,
          illuminance: 74,
        },
      ],
      [
        'AM307L',
        '0367ee00 04687c 050001 06cb02 077da803 087d2500 09736627 01755c',
        {
          air_temperature: 23.8,
          relative_humidity: 62,
          motion: true,
          light_level: 2,
          co2_concentration: 936,
          air_pressure: 1008.6,
          battery_level: 92,
        },
      ],
      [
        'AM319',
        '050000 0a7d0400 0b7d2000 0c7d3000 0d7d0200',
        { motion: false, formaldehyde: 0.04, pm2p5: 32, pm10: 48, ozone_concentration: 20 },
      ],
      ['EM300-TH', '03672c00 046817', { air_temperature: 4.4, relative_humidity: 11.5 }],
      ['EM300-SLD/ZLD', '050001', { water_leak: true }],
      ['EM300-MCS', '060001 017564', { door_open: true, battery_level: 100 }],
      ['EM310-UDL', '03824408 040001', { distance: 2.116, tilt: true }],
      ['EM400-MUD', '0367ecff 04824408 050000', { air_temperature: -2, distance: 2.116, tilt: false }],
      ['EM400-MUD', '8367220101 8482330701', { air_temperature: 29, distance: 1.843 }],
      ['EM400-TLD', '8482330701 880001', { distance: 1.843, tamper: true }],
      ['EM500-SWL', '03770201', { water_level: 2.58 }],
      ['EM500-PT100', '0367d4fe', { probe_temperature: -30 }],
      ['EM500-PP', '037b5e01', { water_pressure: 3.5 }],
      ['VS121', '04c903030002 05cc02000100', { people_count: 3, people_in: 2, people_out: 1 }],
      ['VS121', '0dcc2c011801', { people_in_total: 300, people_out_total: 280 }],
      [
        'VS133',
        '05cc01000200 08cc03000400 03d248000000 06d201000000',
        { people_in: 4, people_out: 6, people_in_total: 73 },
      ],
      ['WS202', '030001 040000', { motion: true, light_level: 0 }],
      ['WS301', '030001 040001', { door_open: true, tamper: true }],
      [
        'WS52x',
        '087001 05812c 07c94a00 03743009 068309660000 048007000000',
        {
          switched_on: true,
          power_factor: 0.44,
          current: 0.074,
          voltage: 235.2,
          energy: 26.121,
          power: 7,
        },
      ],
      [
        'WS558',
        '08310081 07c9413f',
        {
          current: 16.193,
          switched_on: true,
          switched_on_2: false,
          switched_on_3: false,
          switched_on_4: false,
          switched_on_5: false,
          switched_on_6: false,
          switched_on_7: false,
          switched_on_8: true,
        },
      ],
      [
        'GS301',
        '02671c01 036864 047d0500 067d0100',
        { air_temperature: 28.4, relative_humidity: 50, ammonia: 0.05, hydrogen_sulfide: 0.001 },
      ],
      [
        'WTS506',
        '0584ba04 06734f27 07922000 08ec7b00000001',
        { wind_direction: 121, air_pressure: 1006.3, wind_speed: 3.2, precipitation_total: 1.23 },
      ],
      [
        'CT101',
        '0498b80b 039710270000 0967f6ff',
        { current: 30, electric_charge: 100, probe_temperature: -1 },
      ],
    ];
    for (const [name, hex, values] of readings) {
      it(`${name} ${hex}`, async () => assert.deepEqual(await measured(name, hex), values));
    }

    it('do not call a socket on that is to be switched later', async () => {
      assert.deepEqual(await decoded('WS52x', 'fe22003c0011'), { delay_time: 60, socket_status: 'on' });
      assert.deepEqual(await measured('WS52x', 'fe22003c0011'), {});
    });

    it('are stated for every model of the published examples', () => {
      const named = new Set(readings.map(([name]) => modelOf(name).model.id));
      const others = files.map(({ id }) => id).filter((id) => !named.has(id));
      assert.deepEqual(others, ['milesight-am307l-v2'], 'AM307L of hardware 2 differs in the settings only');
    });
  });

  describe('no reading', () => {
    const failed: [name: string, what: string, hex: string, data: unknown][] = [
      ['EM400-MUD', 'ultrasound out of range', '0482fdff', { distance: 65533 }],
      ['EM310-UDL', 'ultrasound without an echo', '0382ffff', { distance: 65535 }],
      ['EM500-SWL', 'pressure not read', '0377ffff', { depth_error: 'collection failed' }],
      ['EM500-SWL', 'pressure beyond the range', '0377fdff', { depth_error: 'out of range' }],
      // Temperature and pressure have no room for the codes 0xffff and 0xfffd beside their values.
      ['EM500-PT100', 'probe not read', '0367ffff', { temperature: -0.1 }],
      ['EM500-PT100', 'probe beyond the range', '0367fdff', { temperature: -0.3 }],
      ['EM500-PP', 'pressure not read', '037bffff', { pressure: -1 }],
      ['GS301', 'gas sensor warming up', '047dfeff', { nh3_sensor_status: 'polarizing' }],
      ['GS301', 'gas sensor broken', '067dffff', { h2s_sensor_status: 'device error' }],
      ['CT101', 'clamp not read', '0498ffff', { current_sensor_status: 'read failed' }],
      ['CT101', 'probe beyond the range', '0967fdff', { temperature_sensor_status: 'over range alarm' }],
      ['AM307L', 'CO₂ sensor broken', '077dffff', { co2: 65535 }],
    ];
    for (const [name, what, hex, data] of failed) {
      it(`${name}: ${what}`, async () => {
        assert.deepEqual(await decoded(name, hex), data);
        assert.deepEqual(await measured(name, hex), {});
      });
    }
  });

  describe('stored samples', () => {
    const samples: [name: string, hex: string, expected: unknown[]][] = [
      [
        'EM300-SLD/ZLD',
        '20ce00f15365ff007801 20ce58f35365feff7800',
        [
          [1_700_000_000, { air_temperature: 25.5, relative_humidity: 60, water_leak: true }],
          [1_700_000_600, { air_temperature: -0.2, relative_humidity: 60, water_leak: false }],
        ],
      ],
      ['EM500-SWL', '20ce00f153651000', [[1_700_000_000, { water_level: 0.16 }]]],
      ['EM500-PP', '20ce00f153656400', [[1_700_000_000, { water_pressure: 1 }]]],
      [
        'AM319',
        '20ce00f15365ff00790001 02a803250066272000 30000400',
        [
          [
            1_700_000_000,
            {
              air_temperature: 25.5,
              relative_humidity: 60.5,
              motion: true,
              light_level: 2,
              co2_concentration: 936,
              air_pressure: 1008.6,
              pm2p5: 32,
              pm10: 48,
              formaldehyde: 0.04,
            },
          ],
        ],
      ],
      [
        'WTS506',
        '21ce00f15365ff00794f27ba043200ea840100',
        [
          [
            1_700_000_000,
            {
              air_temperature: 25.5,
              relative_humidity: 60.5,
              air_pressure: 1006.3,
              wind_direction: 121,
              wind_speed: 5,
              precipitation_total: 995.62,
            },
          ],
        ],
      ],
      [
        'VS121',
        '20ce00f1536501 03030002 20ce58f3536502 05000400 20ceb0f5536503 07',
        [
          [1_700_000_000, { people_count: 3 }],
          [1_700_000_600, { people_in: 5, people_out: 4 }],
          [1_700_001_200, {}],
        ],
      ],
      [
        'VS133',
        '20ce00f1536505 01000200 20ce58f3536510 020a00',
        [
          [1_700_000_000, { people_in: 1, people_out: 2 }],
          [1_700_000_600, {}],
        ],
      ],
    ];
    for (const [name, hex, expected] of samples) {
      it(`${name} ${hex}`, async () => assert.deepEqual(await stored(name, hex), expected));
    }
  });

  describe('answers of the device', () => {
    const answers: [name: string, hex: string, data: unknown][] = [
      ['EM300-TH', 'fe02b004', { collection_interval: 1200 }],
      [
        'EM300-SLD/ZLD',
        'fe790301 3412 fe790401 0100',
        {
          d2d_master_config: [
            { mode: 'leakage_alarm', report_type: 'd2d', d2d_cmd: '1234' },
            { mode: 'leakage_alarm_release', report_type: 'd2d', d2d_cmd: '0001' },
          ],
        },
      ],
      [
        'AM104',
        'fe3a02 000c58020005 0c18b004000a',
        {
          report_schedule_config: [
            { start_time: 0, end_time: 1.2, report_interval: 600, collection_interval: 5 },
            { start_time: 1.2, end_time: 2.4, report_interval: 1200, collection_interval: 10 },
          ],
        },
      ],
      [
        'EM500-PT100',
        'fe0655 0000 3200 00000000',
        { temperature_mutation_alarm_config: { enable: 'enable', mutation: 5 } },
      ],
      ['VS121', 'f8860300', { data_rate: 3 }],
      [
        'VS121',
        'f8860302 05cc02000100',
        {
          device_response_result: {
            channel_type: 0x86,
            result: 'invalid parameter',
            request: { data_rate: 3 },
          },
          people_in: 2,
          people_out: 1,
        },
      ],
      ['EM500-PP', 'fe350102030405060708 fe8401', { d2d_enable: 'enable' }],
    ];
    for (const [name, hex, data] of answers) {
      it(`${name} ${hex}`, async () => assert.deepEqual(await decoded(name, hex), data));
    }
  });

  it('know every name that their records can give', async () => {
    for (const { id, records } of files) {
      const model = catalog.get(id);
      assert.ok(model);
      const mapped = new Set(model.mappings.map(({ from }) => from));
      for (const [tags, { length, list }] of Object.entries(records)) {
        const tag = tags.split(',')[0] ?? '';
        if (tag.length !== 4 || length === 'counted' || list !== undefined) continue;
        for (const fill of ['00', '01', 'ff']) {
          const bytes = bytesOf(tag + fill.repeat(length));
          const { data } = await catalog
            .codecFor(model)
            .decodeUplink({ fPort: 85, bytes, recvTime: new Date(0) });
          const { unknownNames } = applyModel(model, data);
          assert.deepEqual(
            unknownNames.filter((name) => !mapped.has(name)),
            [],
            `${id} ${tag}`,
          );
        }
      }
    }
  });
});
