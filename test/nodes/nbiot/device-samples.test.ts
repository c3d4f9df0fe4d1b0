/** The shared messages of NB-IoT devices and water meters, read by the built-in models: every value, time and stored sample. */
import assert from 'node:assert/strict';
import type { DecodedPayload } from '../../../nodes/lorawan/payload.ts';
import { decodePayload } from '../../../nodes/lorawan/payload.ts';
import { ByflytError } from '../../../nodes/observation/errors.ts';
import { choosePhenomenonTime } from '../../../nodes/observation/time.ts';
import { modelOf } from '../codec/built-in.ts';
import { type Sample, samplesOf } from '../lorawan/shared-samples.ts';

type Values = Record<string, unknown>;

interface Case {
  model: string;
  /** What the sample calls a value -> path in the codec's output, where it is another. */
  names?: Readonly<Record<string, string>>;
  /** All that goes on as quantities of the newest sample, in canonical units. */
  quantities: Values;
  /** Quantities of the sample before it, if there is one. */
  before?: Values;
}

const DRAGINO = { batteryV: 'battery' };
const SN50 = { ...DRAGINO, ds18b20: 'probe_temperature' };
const EFENTO = { batteryVoltage: 'battery_voltage', batteryStatus: 'battery_status' };
const NIAB = { batteryPercent: 'battery' };
const AXIOMA = { statusCode: 'status', volumeL: 'volume', alarmCode: 'alarm' };
const milesight = (model: string): Case => ({
  model,
  quantities: { air_temperature: 26.7, distance: 0.315, tilt: true, battery_level: 100 },
});
const axioma = (water_volume: number, water_temperature: number, before: number): Case => ({
  model: 'axioma-qalcosonic-w1',
  names: AXIOMA,
  quantities: { water_volume, water_temperature, water_leak: false },
  before: { water_volume: before },
});

const hotdrop = (temperature: number): Case => ({
  model: 'vutility-hotdrop-direct',
  quantities: { electric_charge: 356, current: 12, internal_temperature: temperature },
});

const CASES: Readonly<Record<string, Case | readonly Case[]>> = {
  'pulse-nb-0x5a': {
    model: 'adeunis-pulse-nb',
    names: { lowBattery: 'low_battery' },
    quantities: { pulse_count: 295 },
  },
  'ndds20-hex': {
    model: 'dragino-ndds20',
    names: DRAGINO,
    quantities: { distance: 0.057, battery_voltage: 3.316 },
  },
  'nse01-hex-with-stored-record': {
    model: 'dragino-nse01',
    names: DRAGINO,
    quantities: { soil_moisture: 2.72, soil_temperature: 8.35, electrical_conductivity: 1783 },
    before: {
      soil_moisture: 0,
      soil_temperature: 27.92,
      electrical_conductivity: 0,
      battery_voltage: 3.325,
    },
  },
  'sn50v3-cb-hex-gps': {
    model: 'dragino-sn50v3-cb',
    quantities: {
      probe_temperature: 26,
      air_temperature: 25.4,
      relative_humidity: 50.9,
      analog_voltage: 0.001,
      digital_input: false,
      battery_voltage: 3.258,
    },
  },
  'sn50v3-cb-hex-no-gps': {
    model: 'dragino-sn50v3-cb',
    names: SN50,
    quantities: {
      probe_temperature: 26,
      air_temperature: 25.4,
      relative_humidity: 50.9,
      analog_voltage: 0.001,
      digital_input: false,
      battery_voltage: 3.258,
    },
  },
  'sn50v3-nb-clock-2000-probe-missing': {
    model: 'dragino-sn50v3-nb',
    names: { ...DRAGINO, csq: 'signal', digitalIn: 'digital_in', adc1Mv: 'adc1' },
    quantities: { battery_voltage: 3.59, analog_voltage: 0.002, digital_input: false },
  },
  'proto-doc-battery-level': { model: 'efento-nb', names: EFENTO, quantities: { battery_voltage: 4.12 } },
  'proto-doc-binary': { model: 'efento-nb', quantities: {}, before: {} },
  'tb-binary-change-after-9-s': {
    model: 'efento-nb',
    quantities: { water_leak: false },
    before: { water_leak: true },
  },
  'tb-binary-same-state-twice': { model: 'efento-nb', quantities: {} },
  'tb-two-channels-period-900': {
    model: 'efento-nb',
    quantities: { air_temperature: 22.4, relative_humidity: 30 },
    before: { air_temperature: 22.3, relative_humidity: 20 },
  },
  'badge-tracker-heartbeat': {
    model: 'lansitec-badge-tracker-nb',
    names: {
      batteryVoltage: 'battery_voltage',
      batteryLevel: 'battery_level',
      bleReceivingCount: 'ble_count',
      gnssOnCount: 'gnss_count',
      movementDuration: 'movement_duration',
      messageId: 'message_id',
    },
    quantities: { internal_temperature: 35, battery_voltage: 3.2, battery_level: 11 },
  },
  'em400-udl-nb': [milesight('milesight-em400-udl-nb'), milesight('milesight-em400-mud-nb')],
  'mtb04-cbor-status': {
    model: 'minew-mtb04',
    names: {
      batteryPercent: 'pld.stat.batt.pct',
      batteryMv: 'pld.stat.batt.vol',
      rsrpDbm: 'pld.stat.cell.rsrp',
      reason: 'pld.reas.code',
    },
    quantities: { battery_level: 100, battery_voltage: 3.562, tamper: true },
  },
  'nb-14-json': {
    model: 'vega-nb-14',
    names: { battery: 'Telemetry.bat', temperature: 'Telemetry.temp', onewire: 'Telemetry.onewire' },
    quantities: {
      probe_temperature: 21.6,
      probe_temperature_2: 20.6,
      internal_temperature: 28,
      battery_level: 99,
    },
  },
  'axioma-alarm-5-bytes': { model: 'axioma-qalcosonic-w1', names: AXIOMA, quantities: {} },
  'axioma-unknown-frame-version': { model: 'axioma-qalcosonic-w1', quantities: {} },
  'axioma-w1t-2025-2': axioma(7028.668, 14.79, 7026.975),
  'axioma-w1t-2025-3': axioma(6737.716, 17.17, 6736.601),
  'axioma-w1t-2025-4': axioma(6713.233, 17.44, 6712.506),
  'axioma-w1t-2025-6': axioma(877.181, 13.76, 876.803),
  'axioma-w1t': axioma(302.578, 25.78, 302.22),
  'decentlab-dl-smtp-sentinel': {
    model: 'decentlab-dl-smtp',
    names: { batteryVoltage: 'battery_voltage.value' },
    quantities: { soil_temperature: 27, battery_voltage: 2.875, battery_level: 65 },
  },
  'decentlab-dl-tp-sentinel': {
    model: 'decentlab-dl-tp',
    names: { batteryVoltage: 'battery_voltage.value' },
    quantities: {
      probe_temperature: 27.48,
      probe_temperature_2: 27.06,
      battery_voltage: 2.812,
      battery_level: 52,
    },
  },
  'hotdrop-error-uplink-length-less-than-11-bytes': { model: 'vutility-hotdrop-direct', quantities: {} },
  'hotdrop-standard-uplink-fractional-numbers': hotdrop(18.823529411764703),
  'hotdrop-standard-uplink-whole-numbers': hotdrop(-32),
  'hotdrop-warning-minimum-amps-below-0': hotdrop(-32),
  'niab-minus': {
    model: 'niab-fls',
    names: NIAB,
    quantities: { distance: 0.965, internal_temperature: -15, battery_level: 80 },
  },
  'niab-ok': {
    model: 'niab-fls',
    names: NIAB,
    quantities: { distance: 0.965, internal_temperature: 15, battery_level: 80 },
  },
  'niab-too-long': { model: 'niab-fls', quantities: {} },
  'vegapuls-air-dummy': { model: 'vega-vegapuls-air', quantities: {} },
  'vegapuls-air-good': {
    model: 'vega-vegapuls-air',
    names: { batteryLevel: 'battery' },
    quantities: {
      distance: 1.2743860483169556,
      battery_level: 36,
      internal_temperature: 25,
      tilt_angle: 9,
    },
  },
  'vegapuls-air-truncated': { model: 'vega-vegapuls-air', quantities: {} },
  'vegapuls-air-unknown-packet': { model: 'vega-vegapuls-air', quantities: {} },
};

const KINDS = [
  'nbiot-adeunis',
  'nbiot-dragino',
  'nbiot-efento',
  'nbiot-lansitec',
  'nbiot-milesight',
  'nbiot-minew',
  'nbiot-vega',
  'water-meter',
];

/** What a value of the sample is called and measured in here; words that are no values of the payload are absent. */
const CONVERTED: Readonly<Record<string, (data: Values) => unknown>> = {
  volumeM3: ({ volume }) => Number(volume) / 1000,
  rssiDbm: ({ signal }) => -113 + 2 * Number(signal),
  rsrpDbm: (data) => at(data, 'CellStatus.RSRP', 10) ?? at(data, 'pld.stat.cell.rsrp'),
  rsrqDb: (data) => at(data, 'CellStatus.RSRQ', 10),
  snrDb: (data) => at(data, 'CellStatus.SNR', 10),
  soilMoistureAtDepth: (data) => inRow(data, 'soil_moisture_at_depth', 8),
  soilTemperatureAtDepth: (data) => inRow(data, 'soil_temperature_at_depth', 8),
  temperatureAtLevel: (data) => inRow(data, 'temperature_at_level', 16),
  tear: ({ tear }) => (tear === 1 ? 'teared' : tear),
};

/** Values of Decentlab's sensors in a row; null for those that are not connected. */
function inRow(data: Values, name: string, count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => at(data, `${name}_${index}.value`) ?? null);
}

function at(data: unknown, path: string, divisor?: number): unknown {
  const value = path
    .split('.')
    .reduce((part: unknown, step) => (part as Values | undefined)?.[step], data as unknown);
  return value === undefined || divisor === undefined ? value : Number(value) / divisor;
}

function bytesOf({ body }: Sample): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'hex') : Buffer.from(JSON.stringify(body));
}

async function read(sample: Sample, id: string): Promise<DecodedPayload> {
  const input = {
    fPort: Number(sample.expect.fPort ?? 0),
    bytes: bytesOf(sample),
    recvTime: new Date('2025-11-01'),
  };
  return decodePayload(modelOf(id), input);
}

function isoOf(time: string | number | undefined): string | undefined {
  return typeof time === 'number'
    ? new Date(time * 1000).toISOString()
    : time && new Date(time).toISOString();
}

function checkValues(values: Values, data: Values, names: Case['names'] = {}): void {
  for (const [name, expected] of Object.entries(values)) {
    const path: string | undefined = names[name];
    const convert = CONVERTED[name];
    if (name === 'rssiDbm' && data.signal === undefined) {
      assert.equal(at(data, 'CellStatus.RSSI', 10), expected);
    } else if (path !== undefined) assert.deepEqual(at(data, path), expected, name);
    else assert.deepEqual(convert ? convert(data) : data[name], expected, name);
  }
}

/** The sample's words for a stored record -> ours. */
const RECORD_NAMES: Readonly<Record<string, string>> = {
  soilMoisture: 'soil_moisture',
  soilTemperature: 'soil_temperature',
  soilConductivity: 'conductivity',
  soilDielectric: 'dielectric',
  litres: 'volume',
};

function checkRecords(records: readonly Values[], { samples }: DecodedPayload): void {
  for (const { time, type, value, channel: _, ...fields } of records) {
    const sample = samples.find(({ deviceTime }) => isoOf(deviceTime) === time);
    assert.ok(sample, `no sample at ${time}`);
    const data = sample.data as Values;
    if (type !== undefined) assert.deepEqual(data[String(type)], value);
    for (const [name, expected] of Object.entries(fields)) {
      assert.deepEqual(data[RECORD_NAMES[name] ?? name], expected, `${name} at ${time}`);
    }
  }
}

async function check(sample: Sample, { model, names, quantities, before }: Case): Promise<void> {
  const { expect } = sample;
  if (expect.error !== undefined) {
    await assert.rejects(read(sample, model), ByflytError);
    return;
  }
  const decoded = await read(sample, model);
  const newest = decoded.samples.at(-1);
  assert.deepEqual(newest?.values, quantities);
  assert.deepEqual(decoded.samples.at(-2)?.values, before);
  assert.deepEqual(
    decoded.samples.flatMap(({ unknownNames }) => unknownNames),
    [],
  );
  // What the device says of itself stands beside its first record.
  const data = Object.assign({}, ...decoded.samples.map((each) => each.data)) as Values;
  checkValues((expect.values ?? {}) as Values, data, names);
  checkRecords((expect.records ?? expect.volumes ?? []) as Values[], decoded);
  const time = (expect.time ?? expect.deviceTime) as string | undefined;
  if (time) assert.equal(isoOf(newest?.deviceTime), time);
  if (expect.time === null) {
    const { timeSource } = choosePhenomenonTime({
      device: newest?.deviceTime,
      received: '2025-11-01T00:00:00Z',
    });
    assert.equal(timeSource, 'arrival');
  }
  if (expect.location === null) assert.deepEqual([data.latitude, data.longitude], [undefined, undefined]);
  if (expect.lat !== undefined) assert.deepEqual([data.latitude, data.longitude], [expect.lat, expect.lon]);
  if (expect.gpsTime !== undefined) assert.equal(isoOf(data.gps_time as number), expect.gpsTime);
  if (expect.measurementPeriodS !== undefined) assert.equal(data.period, expect.measurementPeriodS);
  for (const id of ['imei', 'imsi', 'iccid'] as const) {
    if (expect[id] === undefined) continue;
    const found =
      data[id] ??
      data[id.toUpperCase()] ??
      at(data, `Message.${id.toUpperCase()}`) ??
      at(data, `pld.dev.${id}`);
    assert.equal(String(found).replace(/^f/, ''), expect[id]);
  }
}

describe('shared messages of NB-IoT devices and water meters', () => {
  for (const sample of [...KINDS, 'device-payload'].flatMap(samplesOf)) {
    for (const each of [CASES[sample.name] ?? []].flat()) {
      it(`${sample.kind}: ${sample.name} (${each.model})`, () => check(sample, each));
    }
  }

  it('are all read', () => {
    const names = KINDS.flatMap(samplesOf).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => !CASES[name]),
      [],
    );
  });
});
