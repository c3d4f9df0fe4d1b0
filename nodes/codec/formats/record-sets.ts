import type { Field } from './field.ts';
import {
  calibration,
  distanceAlarm,
  ENABLE,
  order,
  type Records,
  setting,
  TIME_ZONE,
} from './milesight-parts.ts';

/**
 * Records that many devices of one vendor share; a model takes them in with `include`.
 * Milesight: channel and type of each record as the user guides list them ("Device Payload": basic information,
 * sensor data, downlink commands), names as the vendor's public decoders write them.
 */
const MILESIGHT: Records = {
  ff01: { length: 1, fields: [{ name: 'ipso_version', text: 'nibbleVersion', length: 1 }] },
  ff09: { length: 2, fields: [{ name: 'hardware_version', text: 'hardwareVersion', length: 2 }] },
  ff0a: { length: 2, fields: [{ name: 'firmware_version', text: 'hexVersion', length: 2 }] },
  ffff: { length: 2, fields: [{ name: 'tsl_version', text: 'version', length: 2 }] },
  ff08: { length: 6, fields: [{ name: 'sn', text: 'hex', length: 6 }] },
  ff16: { length: 8, fields: [{ name: 'sn', text: 'hex', length: 8 }] },
  ff0f: {
    length: 1,
    fields: [
      {
        name: 'lorawan_class',
        type: 'u8',
        states: { '0': 'Class A', '1': 'Class B', '2': 'Class C', '3': 'Class CtoB' },
        otherwise: 'unknown',
      },
    ],
  },
  fffe: { length: 1, fields: [{ name: 'reset_event', value: 'reset' }] },
  ff0b: { length: 1, fields: [{ name: 'device_status', value: 'on' }] },
  '0175': { length: 1, fields: [{ name: 'battery', type: 'u8' }] },
  ...order('10', 'reboot', 255),
  ...setting('03', 2, { name: 'report_interval', type: 'u16le' }),
};

/** Settings of how often the EM series measures. */
const MILESIGHT_COLLECTION: Records = {
  ...setting('02', 2, { name: 'collection_interval', type: 'u16le' }),
  ...order('28', 'report_status', 255),
};

/** How often a failed measurement is tried again, and after how many seconds. */
const MILESIGHT_RECOLLECTION: Records = setting(
  '1c',
  2,
  { name: 'counts', group: 'recollection_config', type: 'u8' },
  { name: 'interval', group: 'recollection_config', at: 1, type: 'u8' },
);

/** What devices with a memory of their own take and answer. */
const MILESIGHT_HISTORY: Records = {
  ...setting('68', 1, { name: 'history_enable', type: 'u8', ...ENABLE }),
  // The readings of one moment, and those of a period.
  fd6c: {
    length: 8,
    command: 'fd6c',
    fields: [
      { name: 'end_time', group: 'fetch_history', at: 4, type: 'u32le' },
      { name: 'start_time', group: 'fetch_history', type: 'u32le' },
    ],
  },
  fd6b: {
    length: 4,
    command: 'fd6b',
    fields: [{ name: 'start_time', group: 'fetch_history', type: 'u32le' }],
  },
  'fe6d,ff6d,fd6d': {
    length: 1,
    command: 'fd6d',
    fill: 255,
    fields: [{ name: 'stop_transmit', value: 'yes' }],
  },
  ...order('27', 'clear_history', 1),
  ...setting('69', 1, { name: 'retransmit_enable', type: 'u8', ...ENABLE }),
  ...setting(
    '6a',
    3,
    { name: 'retransmit_interval', at: 1, type: 'u16le', when: [{ at: 0, in: [0] }] },
    { name: 'resend_interval', at: 1, type: 'u16le', when: [{ at: 0, in: [1] }] },
  ),
};

const MILESIGHT_CLOCK: Records = {
  ...setting('11', 4, { name: 'timestamp', type: 'u32le' }),
  ...TIME_ZONE,
  ...setting('3b', 1, { name: 'time_sync_enable', type: 'u8', ...ENABLE }),
  ...order('4a', 'sync_time', 0),
};

/** Temperature, humidity and the settings of the EM300 family. */
const MILESIGHT_EM300: Records = {
  '0367': { length: 2, fields: [{ name: 'temperature', type: 'i16le', divide: 10 }] },
  '0468': { length: 1, fields: [{ name: 'humidity', type: 'u8', divide: 2 }] },
  ...MILESIGHT_COLLECTION,
  ...MILESIGHT_HISTORY,
  ...setting('ea', 3, ...calibration('temperature', 0, 10), ...calibration('humidity', 1, 2)),
};

/** Settings of the EM500 family. */
const MILESIGHT_EM500: Records = {
  ...MILESIGHT_COLLECTION,
  ...MILESIGHT_HISTORY,
  ...MILESIGHT_CLOCK,
  ff1b: {
    length: 5,
    fields: [
      {
        name: 'rate',
        group: 'measuring_equipment',
        type: 'u8',
        mask: 7,
        states: { '0': '0.01', '1': '0.1', '2': '1', '3': '10', '4': '100', '5': '1000' },
        otherwise: 'unknown',
      },
      { name: 'range_max', group: 'measuring_equipment', at: 1, type: 'i16le' },
      { name: 'range_min', group: 'measuring_equipment', at: 3, type: 'i16le' },
    ],
  },
  ...MILESIGHT_RECOLLECTION,
  // The key of the device-to-device radio: a secret, not decoded.
  'fe35,ff35': { length: 8 },
  ...setting('84', 1, { name: 'd2d_enable', type: 'u8', ...ENABLE }),
  'fe96,ff96': {
    length: 8,
    list: 'd2d_master_config',
    command: 'ff96',
    fields: [
      {
        name: 'mode',
        type: 'u8',
        states: { '1': 'threshold_alarm', '2': 'threshold_alarm_release', '3': 'mutation_alarm' },
        otherwise: 'unknown',
      },
      { name: 'enable', at: 1, type: 'u8', ...ENABLE },
      { name: 'lora_uplink_enable', at: 2, type: 'u8', ...ENABLE },
      { name: 'd2d_cmd', at: 3, text: 'reversedHex', length: 2 },
    ],
  },
  ...setting('f2', 2, { name: 'alarm_report_counts', type: 'u16le' }),
  ...setting('f5', 1, { name: 'alarm_release_enable', type: 'u8', ...ENABLE }),
};

/** Air quality and the settings of the AM300 family. */
const MILESIGHT_AM300: Records = {
  '0367': { length: 2, fields: [{ name: 'temperature', type: 'i16le', divide: 10 }] },
  '0468': { length: 1, fields: [{ name: 'humidity', type: 'u8', divide: 2 }] },
  '06cb': { length: 1, fields: [{ name: 'light_level', type: 'u8' }] },
  '077d': { length: 2, fields: [{ name: 'co2', type: 'u16le' }] },
  '087d': { length: 2, fields: [{ name: 'tvoc', type: 'u16le' }] },
  '08e6': { length: 2, fields: [{ name: 'tvoc', type: 'u16le' }] },
  '0973': { length: 2, fields: [{ name: 'pressure', type: 'u16le', divide: 10 }] },
  '0e01': {
    length: 1,
    fields: [{ name: 'beep', type: 'u8', states: { '0': 'no', '1': 'yes' }, otherwise: 'unknown' }],
  },
  'fe3a,ff3a': { length: 2, fields: [{ name: 'report_interval', type: 'u16le' }] },
  ...TIME_ZONE,
  'fe1a,ff1a': {
    length: 1,
    lengths: { '2': 3 },
    command: 'ff1a',
    fields: [
      {
        name: 'mode',
        group: 'co2_calibration_settings',
        type: 'u8',
        states: { '0': 'factory', '1': 'abc', '2': 'manual', '3': 'background', '4': 'zero' },
        otherwise: 'unknown',
      },
      {
        name: 'calibration_value',
        group: 'co2_calibration_settings',
        at: 1,
        type: 'u16le',
        when: [{ at: 0, in: [2] }],
      },
    ],
  },
  ...setting(
    '25',
    1,
    ...['off_button', 'on_button', 'collection_button'].map(
      (name, bit): Field => ({
        name,
        group: 'child_lock_settings',
        type: 'u8',
        mask: 1 << bit,
        shift: bit,
        ...ENABLE,
      }),
    ),
  ),
  ...order('2c', 'query_status', 0),
  ...setting('2e', 1, {
    name: 'led_indicator_mode',
    type: 'u8',
    states: { '0': 'off', '1': 'on', '2': 'blink' },
    otherwise: 'unknown',
  }),
  // Four reserved bytes follow.
  ...setting('39', 5, { name: 'co2_abc_calibration_enable', type: 'u8', ...ENABLE }),
  // Other than in the EM series, 2 switches it on.
  ...setting('3b', 1, {
    name: 'time_sync_enable',
    type: 'u8',
    states: { '0': 'disable', '2': 'enable' },
    otherwise: 'enable',
  }),
  ...order('3d', 'stop_buzzer', 0),
  ...setting('3e', 1, { name: 'buzzer_enable', type: 'u8', ...ENABLE }),
  ...MILESIGHT_HISTORY,
  ...setting('eb', 1, {
    name: 'tvoc_unit',
    type: 'u8',
    states: { '0': 'iaq', '1': 'µg/m³' },
    otherwise: 'unknown',
  }),
  ...setting('f4', 1, { name: 'co2_calibration_enable', type: 'u8', ...ENABLE }),
};

/** Distance, temperature and the settings of the EM400 family. */
const MILESIGHT_EM400: Records = {
  '0367': { length: 2, fields: [{ name: 'temperature', type: 'i16le', divide: 10 }] },
  '0482': { length: 2, fields: [{ name: 'distance', type: 'u16le' }] },
  '0500': {
    length: 1,
    fields: [{ name: 'position', type: 'u8', states: { '0': 'normal', '1': 'tilt' }, otherwise: 'unknown' }],
  },
  ...order('4a', 'sync_time', 0),
  ...order('28', 'query_device_status', 255),
  ...setting('02', 2, { name: 'collection_interval', type: 'u16le' }),
  ...setting('70', 2, { name: 'people_existing_height', type: 'u16le' }),
  ...setting('77', 2, { name: 'install_height', type: 'u16le' }),
  ...setting('13', 1, { name: 'install_height_enable', type: 'u8', ...ENABLE }),
  ...setting('71', 1, {
    name: 'working_mode',
    type: 'u8',
    states: { '0': 'standard', '1': 'bin', '2': 'parking' },
    otherwise: 'unknown',
  }),
  ...setting('3e', 1, { name: 'tilt_linkage_distance_enable', type: 'u8', ...ENABLE }),
  ...setting('56', 1, { name: 'tof_detection_enable', type: 'u8', ...ENABLE }),
  ...setting('06', 9, ...distanceAlarm('standard_mode', 1), ...distanceAlarm('bin_mode', 2)),
  ...MILESIGHT_RECOLLECTION,
};

/** Versions and addressing of the VS series; its extended commands begin with 0xf9, the answers with 0xf8 or 0xf9. */
const MILESIGHT_VS: Records = {
  ff1f: { length: 4, fields: [{ name: 'firmware_version', text: 'dotted', length: 4 }] },
  ...order('10', 'reboot', 255),
  ...setting('04', 1, { name: 'confirm_mode_enable', type: 'u8', ...ENABLE }),
  ...setting('40', 1, { name: 'adr_enable', type: 'u8', ...ENABLE }),
  ...setting('42', 1, { name: 'wifi_enable', type: 'u8', ...ENABLE }),
  f985: {
    length: 2,
    command: 'f985',
    fields: [
      { name: 'enable', group: 'rejoin_config', type: 'u8', ...ENABLE },
      { name: 'max_count', group: 'rejoin_config', at: 1, type: 'u8' },
    ],
  },
  f986: { length: 1, command: 'f986', fields: [{ name: 'data_rate', type: 'u8' }] },
  f987: { length: 1, command: 'f987', fields: [{ name: 'tx_power_level', type: 'u8' }] },
};

const RECORD_SETS: Readonly<Record<string, Records>> = {
  milesight: MILESIGHT,
  'milesight-history': MILESIGHT_HISTORY,
  'milesight-clock': MILESIGHT_CLOCK,
  'milesight-em300': MILESIGHT_EM300,
  'milesight-em400': MILESIGHT_EM400,
  'milesight-em500': MILESIGHT_EM500,
  'milesight-am300': MILESIGHT_AM300,
  'milesight-vs': MILESIGHT_VS,
};

/** The records of a set by its name; undefined if there is none. */
export function recordSet(name: string): Records | undefined {
  return Object.hasOwn(RECORD_SETS, name) ? RECORD_SETS[name] : undefined;
}
