/** Real readings and payloads as the messages that a network server publishes. */
import { readFileSync } from 'node:fs';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import type { Publication } from '../support/mqtt.ts';

const SHARED = new URL('../../../shared/', import.meta.url);

/** Objects of a JSON-lines file of the shared material. */
export function sharedLines<T>(path: string): T[] {
  return readFileSync(new URL(path, SHARED), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}

export interface ThingsStackUplink {
  deviceId: string;
  devEui: string;
  fPort: number;
  payload: Buffer;
  /** ISO 8601. */
  time: string;
  fCnt?: number;
  rssi?: number;
  snr?: number;
}

/** The Things Stack v3 publication of an uplink. */
export function thingsStackUplink(uplink: ThingsStackUplink): Publication {
  const { deviceId, devEui, fPort, payload, time, fCnt = 1, rssi = -100, snr = 7 } = uplink;
  return {
    topic: `v3/municipality@ttn/devices/${deviceId}/up`,
    body: {
      end_device_ids: {
        device_id: deviceId,
        application_ids: { application_id: 'municipality' },
        dev_eui: devEui.toUpperCase(),
      },
      received_at: time,
      uplink_message: {
        f_port: fPort,
        f_cnt: fCnt,
        frm_payload: payload.toString('base64'),
        rx_metadata: [{ gateway_ids: { gateway_id: 'gw', eui: 'C49300FFFF0EDD88' }, time, rssi, snr }],
        settings: { data_rate: { lora: { bandwidth: 125000, spreading_factor: 7 } }, frequency: '868100000' },
        received_at: time,
      },
    },
  };
}

/** A row of the real ski-trail readings. */
export interface SkiTrailReading {
  place: 'A' | 'B';
  /** ISO 8601 UTC; the file has Swedish winter time. */
  time: string;
  snowTemperature: number;
  humidity: number;
  battery: number;
  sensorTemperature: number;
  rssi: number;
  snr: number;
  fCnt: number;
}

export function skiTrailReadings(): SkiTrailReading[] {
  const [, ...rows] = readFileSync(new URL('real/ski-trail.csv', SHARED), 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [place, , time, snow, humidity, battery, sensor, rssi, snr, , , fCnt] = row.split(',');
    return {
      place: place === 'A' ? 'A' : 'B',
      time: new Date(`${time}+01:00`).toISOString(),
      snowTemperature: Number(snow),
      humidity: Number(humidity),
      battery: Number(battery),
      sensorTemperature: Number(sensor),
      rssi: Number(rssi),
      snr: Number(snr),
      fCnt: Number(fCnt),
    };
  });
}

/** The reading as the payload of the sensor that sends these columns. */
export function skiTrailPayload(reading: SkiTrailReading): { fPort: number; bytes: Buffer } {
  return encodeLht65n({
    battery: reading.battery,
    internalTemperature: reading.sensorTemperature,
    humidity: reading.humidity,
    externalTemperature: reading.snowTemperature,
  });
}
