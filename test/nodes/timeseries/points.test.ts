import assert from 'node:assert/strict';
import type { Observation, Quality, QualityFlag } from '../../../nodes/observation/observation.ts';
import { pointsOf } from '../../../nodes/timeseries/points.ts';

const TIME = 1_768_435_200_000;
const AT = new Date(TIME).toISOString();

function observation(parts: Partial<Observation>): Observation {
  return {
    device: { id: 'start', name: 'Start', area: 'ski_trail', site: 'Start' },
    phenomenonTime: AT,
    timeSource: 'device',
    receivedTime: '2026-01-15T00:00:09.000Z',
    values: {},
    raw: { payloadHex: '00', codec: 'c', codecVersion: '1' },
    ...parts,
  };
}

const tags = { device: 'start', site: 'Start' };
const flagged = (flag: QualityFlag): Quality => ({ flag, reasons: [] });

describe('pointsOf', () => {
  it('puts values and flags into the measurement of the area, at the phenomenon time', () => {
    const values = { snow_temperature: -4.5, snow_humidity: 40 };
    const quality = { snow_temperature: flagged(1), snow_humidity: flagged(3) };
    assert.deepEqual(pointsOf(observation({ values, quality })), [
      {
        measurement: 'ski_trail',
        tags,
        time: TIME,
        fields: { ...values, snow_temperature_qc: 1, snow_humidity_qc: 3 },
      },
    ]);
  });

  it('tells the network and how the clock goes in device_health only, and no network for LoRaWAN', () => {
    const reading = observation({ values: { distance: 1, battery_level: 80 } });
    const [town, health] = pointsOf({ ...reading, link: { network: 'nbiot', rssi: -53, clockOffset: -4 } });
    assert.deepEqual(town?.tags, tags);
    assert.deepEqual(health?.tags, { ...tags, network: 'nbiot' });
    assert.deepEqual(health?.fields, { battery_level: 80, rssi: -53, clock_offset: -4 });
    assert.deepEqual(pointsOf({ ...reading, link: { network: 'lorawan' } })[1]?.tags, tags);
  });

  it('puts battery, device temperature and radio into device_health only', () => {
    const values = {
      snow_temperature: -4.5,
      battery_voltage: 3.1,
      battery_level: 80,
      internal_temperature: -3,
    };
    const link = {
      network: 'lorawan',
      fPort: 2,
      fCnt: 7,
      rssi: -101,
      snr: 5.5,
      spreadingFactor: 9,
      gateways: 2,
    } as const;
    const [reading, health, ...others] = pointsOf(
      observation({ values, link, quality: { battery_voltage: flagged(1) } }),
    );
    assert.deepEqual(reading?.fields, { snow_temperature: -4.5 });
    assert.deepEqual([health?.measurement, health?.tags], ['device_health', tags]);
    assert.deepEqual(health?.fields, {
      battery_voltage: 3.1,
      battery_voltage_qc: 1,
      battery_level: 80,
      internal_temperature: -3,
      rssi: -101,
      snr: 5.5,
      spreading_factor: 9,
      gateways: 2,
      frame_counter: 7,
    });
    assert.deepEqual(others, []);
  });

  it('keeps the flag of a value that is missing, and no NaN', () => {
    const quality = { snow_temperature: flagged(9) };
    const points = pointsOf(observation({ values: { snow_humidity: Number.NaN }, quality }));
    assert.deepEqual(
      points.map(({ fields }) => fields),
      [{ snow_temperature_qc: 9 }],
    );
  });

  it('gives a point for each unusual value, with its sentence, and none for ordinary ones', () => {
    const anomaly = {
      score: 0.97,
      expected: -4,
      band: [-6, -2] as [number, number],
      sentence: 'Much warmer than usual',
    };
    const anomalies = { snow_temperature: anomaly, snow_humidity: { ...anomaly, score: 0.1, sentence: '' } };
    const [, unusual, ...others] = pointsOf(
      observation({ values: { snow_temperature: 9, snow_humidity: 40 }, anomalies }),
    );
    assert.deepEqual(unusual, {
      measurement: 'anomaly',
      tags: { ...tags, quantity: 'snow_temperature' },
      time: TIME,
      fields: {
        value: 9,
        expected: -4,
        lower: -6,
        upper: -2,
        score: 0.97,
        sentence: 'Much warmer than usual',
      },
    });
    assert.deepEqual(others, []);
  });

  it('keeps what is normal where the detector says that an hour began', () => {
    const anomaly = { score: 0, expected: -4, band: [-6, -2] as [number, number], sentence: '' };
    const [, band, ...others] = pointsOf(
      observation({
        values: { snow_temperature: -3, snow_humidity: 40 },
        anomalies: { snow_temperature: { ...anomaly, hourly: true }, snow_humidity: anomaly },
      }),
    );
    assert.deepEqual(band, {
      measurement: 'normal_band',
      tags: { ...tags, quantity: 'snow_temperature' },
      time: TIME,
      fields: { value: -3, expected: -4, lower: -6, upper: -2 },
    });
    assert.deepEqual(others, []);
  });

  it('leaves out the tag of a device without a place', () => {
    const device = { id: 'x', name: 'X', area: 'waste' } as const;
    assert.deepEqual(pointsOf(observation({ device, values: { fill_level: 5 } }))[0]?.tags, { device: 'x' });
  });

  it('has no points for an Observation without any value', () => {
    assert.deepEqual(pointsOf(observation({})), []);
  });
});
