import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decode } from './built-in.ts';

/** What the vendors' documents say beyond the published examples: Decentlab, Dragino, Netvox and single devices. */
const VICKI = {
  reason: 81,
  targetTemperature: 20,
  sensorTemperature: 18.12,
  relativeHumidity: 48.83,
  motorRange: 452,
  motorPosition: 277,
  batteryVoltage: 3.4,
  openWindow: false,
  highMotorConsumption: false,
  lowMotorConsumption: false,
  brokenSensor: false,
  childLock: false,
  calibrationFailed: false,
  attachedBackplate: false,
  perceiveAsOnline: false,
  antiFreezeProtection: false,
  targetTemperatureFloat: 20,
  valveOpenness: 39,
};

const LAYOUTS: [name: string, id: string, fPort: number, hex: string, data: unknown][] = [
  [
    'DL-TBRG: a total of more than 16 bits',
    'decentlab-dl-tbrg',
    1,
    '0202f80001 0001 0258 0000 0001',
    {
      protocol_version: 2,
      device_id: 760,
      precipitation: measured(0.1, 'Precipitation', 'mm'),
      precipitation_interval: measured(600, 'Precipitation interval', 's'),
      cumulative_precipitation: measured(6553.6, 'Cumulative precipitation', 'mm'),
    },
  ],
  [
    'DL-IAM: more infrared than light',
    'decentlab-dl-iam',
    1,
    '020bbd0008 0010 0100',
    {
      protocol_version: 2,
      device_id: 3005,
      ambient_light_visible_infrared: measured(16, 'Ambient light (visible + infrared)'),
      ambient_light_infrared: measured(256, 'Ambient light (infrared)'),
      illuminance: measured(0, 'Illuminance', 'lx'),
    },
  ],
  ['LDDS75 without its options', 'dragino-ldds75', 2, '0d0a 07e9', { Bat: 3.338, Distance: 2025 }],
  [
    'LDDS75 below zero',
    'dragino-ldds75',
    2,
    '4d0a 07e9 01 ffce 01',
    { Bat: 3.338, Distance: 2025, Interrupt_flag: 1, TempC_DS18B20: '-5.00', Sensor_flag: 1 },
  ],
  [
    'LDS02 as leak detector',
    'dragino-lds02',
    10,
    '4b88 02 000002 00000f 00',
    {
      Node_type: 'LDS02',
      BAT_V: 2.952,
      MOD: 2,
      WATER_LEAK_STATUS: 1,
      WATER_LEAK_TIMES: 2,
      LAST_WATER_LEAK_DURATION: 15,
    },
  ],
  [
    'LSN50v2-D20 with three probes',
    'dragino-lsn50v2-d20',
    2,
    '0cec 00fa 0000 8d ff38 f001',
    {
      BatV: 3.308,
      TempC1: 25,
      ADC_CH0V: 0,
      Digital_IStatus: 'L',
      EXTI_Trigger: 'TRUE',
      Door_status: 'CLOSE',
      Work_mode: '3DS18B20',
      TempC2: -20,
      TempC3: -409.5,
    },
  ],
  [
    'LSN50v2-D20 distance without signal strength',
    'dragino-lsn50v2-d20',
    2,
    '0cec 00fa 0000 04 07e9 ffff',
    {
      BatV: 3.308,
      TempC1: 25,
      ADC_CH0V: 0,
      Digital_IStatus: 'L',
      EXTI_Trigger: 'FALSE',
      Door_status: 'OPEN',
      Work_mode: ' Distance',
      Distance_cm: 202.5,
    },
  ],
  [
    'LMDS200 identity',
    'dragino-lmds200',
    5,
    '0c 0103 01 00 0ce4',
    { SENSOR_MODEL: 'LMDS200', Ver: 103, FREQUENCY_BAND: 'EU868', Sub_band: 0, BAT: 3.3 },
  ],
  [
    'LHT65N probe with its own clock, of the other kind',
    'dragino-lht65n',
    2,
    '0add 0b0d c376 0a 60065f97',
    {
      TempC_TMP117: 27.81,
      Bat_status: 3,
      TempC_SHT: 28.29,
      Hum_SHT: 88.6,
      Work_mode: 'TMP117 & timestamp',
      Systimestamp: 1611030423,
    },
  ],
  [
    'RA02A alarm below zero',
    'netvox-ra02a',
    6,
    '010a01 24 01 00 ffce 000000',
    { Device: 'RA02A', Volt: 3.6, FireAlarm: 'Alarm', HighTempAlarm: 'No Alarm', Temp: -5 },
  ],
  [
    'RA0716 air quality',
    'netvox-ra0716',
    6,
    '013501 24 0a28 1388 0023 00',
    { Device: 'RA0716', Volt: 3.6, Temp: 26, Humi: 50, PM25: 35 },
  ],
  [
    'RA02C threshold',
    'netvox-ra02a',
    7,
    '8411640000000000000000',
    { Cmd: 'GetAlarmThresholdRsp', Device: 'RA02C', AlarmThreshold: 100 },
  ],
  [
    'OY1110 with a leading byte',
    'talkpool-oy1110',
    3,
    '0a 3e441d',
    { Temperature: 19.3, RelativeHumidity: 85.1 },
  ],
  // The example that the vendor publishes with its parser.
  [
    'people counter with totals',
    'imbuildings-people-counter',
    1,
    '02060004A30B00F6B5690800F80003000220060305E661',
    {
      device_id: '0004a30b00f6b569',
      device_status: 8,
      battery_voltage: 2.48,
      counter_a: 3,
      counter_b: 2,
      sensor_status: 32,
      total_counter_a: 1539,
      total_counter_b: 1510,
      payload_counter: 97,
    },
  ],
  [
    'people counter on NB-IoT, with its signal and a time',
    'imbuildings-people-counter',
    1,
    '0204 0123456789ab 08 0166 c4 20261120193000 0005 0004 20',
    {
      device_id: '0123456789ab',
      device_status: 8,
      battery_voltage: 3.58,
      rssi: -60,
      counter_a: 5,
      counter_b: 4,
      sensor_status: 32,
    },
  ],
  [
    'people counter',
    'terabee-people-counting',
    1,
    '00000005 fffffffe 0a',
    { count_in: 5, count_out: 4294967294, flags: { TPC_STUCK: 1, WIFI_AP_ENABLED: 1 } },
  ],
  [
    'people counter without any flag',
    'terabee-people-counting',
    82,
    '00000005 00000003 00',
    { count_in: 5, count_out: 3, flags: {} },
  ],
  [
    'a command that was refused',
    'terabee-people-counting',
    100,
    'ff 81 ff',
    { cmd: { name: 'CMD_SET_HEIGHT', id: 129, success: false } },
  ],
  [
    'corners of a counting area, 13 bits each',
    'terabee-people-counting',
    101,
    '03 0000a1ffff',
    {
      cmd: {
        name: 'CMD_GET_AREA_PTS',
        success: true,
        value: {
          nb_of_points: 3,
          points: [
            { x: 0, y: 0 },
            { x: 20, y: 15 },
            { x: 127, y: 63 },
          ],
        },
      },
    },
  ],
  [
    'corners of a zone, 10 bits each',
    'terabee-people-counting',
    101,
    '02 24 80 60 14 05 fe',
    {
      cmd: {
        name: 'CMD_GET_OCCUPANCY_ZONE_COORDINATES',
        id: 2,
        success: true,
        value: { type: 'rectangle', zone_id: 2, point_1: [256, 768], point_2: [640, 767] },
      },
    },
  ],
  [
    'WILSEN revisions, and a record that nobody knows',
    'pepperl-fuchs-wilsen-sonic',
    1,
    '03 ffff 01 08 f502 0001 0002 000a',
    { payload: '03FFFF0108F50200010002000A', hardware_revision: '1.2.10' },
  ],
  [
    'Keller identity',
    'keller-adt1',
    1,
    '0c 00 05 18 14 05 00003039 254d4fca 40600000 63 2a',
    {
      func: 12,
      port: 1,
      payload: '0C000518140500003039254D4FCA40600000632A',
      battery_voltage: 3.5,
      battery_capacity_percentage: 99,
      humidity_percentage: 42,
      class_group_text: '05.24',
      sw_version_text: '20.05',
      serial_number: 12345,
      device_local_datetime: '2019-10-31 07:54:50',
    },
  ],
  [
    'Vicki: answer and state',
    'mclimate-vicki',
    2,
    '28 14 81 14 83 7d 15 c4 11 e0 00',
    { ...VICKI, manualTargetTemperatureUpdate: 20 },
  ],
  [
    'Vicki: a wish in tenths counts, an older lock does not',
    'mclimate-vicki',
    2,
    '52 00d7 14 01 81 14 83 7d 15 c4 11 e0 00',
    { ...VICKI, targetTemperatureFloat: 21.5 },
  ],
];

function measured(value: number, displayName: string, unit?: string) {
  return { displayName, value, ...(unit === undefined ? {} : { unit }) };
}

describe('documented layouts', () => {
  for (const [name, id, fPort, hex, expected] of LAYOUTS) {
    it(name, async () => assert.deepEqual((await decode(id, fPort, hex)).data, expected));
  }

  it('a warning of the device comes with its reading', async () => {
    const output = await decode('terabee-people-counting', 1, '05dc 00 0e10 09');
    assert.deepEqual(output.data, { distance: 1500, levelPercentage: 0, batteryVoltage: 3600 });
    assert.deepEqual(output.warnings, ['RESTARTED_AFTER_FAULT', 'DISTANCE_SENSOR_SILENT']);
  });
});
