/** Two weeks of two ski-trail sensors and three bins, as the flows would store them. */
import type { Observation, Quality, QualityFlag, Value } from '../../nodes/observation/observation.ts';
import type { QuantityId } from '../../nodes/observation/quantities.ts';
import { pointsOf, tagsOf } from '../../nodes/timeseries/points.ts';
import type { Point, Store } from '../../nodes/timeseries/store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DEPTH = 1.2;

/** What the dashboards must find again. */
export const FILLED = {
  skiDevices: ['ski-1', 'ski-2'],
  bins: ['bin-1', 'bin-2', 'bin-3'],
  /** bin-1 is at 90 % now; bin-3 is at 50 % and full within a day. */
  toEmpty: 2,
  /** bin-2 only. */
  emptied: ['bin-2'],
  /** ski-1 lost two uplinks in one gap. */
  lost: 2,
  /** ski-1 is at 40 % and falls by one percentage point a day; no other battery falls. */
  batteryDays: { 'ski-1': 40 },
} as const;

interface Device {
  id: string;
  site?: string;
  area: 'ski_trail' | 'waste';
  minutes: number;
  days: number;
}

const SKI: Device[] = [
  { id: 'ski-1', site: 'Start', area: 'ski_trail', minutes: 20, days: 14 },
  { id: 'ski-2', area: 'ski_trail', minutes: 20, days: 2 },
];
const BINS: Device[] = FILLED.bins.map((id, index) => ({
  id,
  site: `Storgata ${index + 1}/B`,
  area: 'waste',
  minutes: 60,
  days: 13,
}));

/** Writes everything up to `now` (ms since 1970). */
export async function fill(store: Store, now: number): Promise<void> {
  const observations = [
    ...SKI.flatMap((device) => skiReadings(device, now)),
    ...BINS.flatMap((device) => binReadings(device, now)),
  ];
  await store.write([...observations.flatMap(pointsOf), ...alarms(now)]);
}

function observation(
  device: Device,
  time: number,
  values: Partial<Record<QuantityId, Value>>,
  index: number,
): Observation {
  const iso = new Date(time).toISOString();
  return {
    device: { id: device.id, name: device.id, area: device.area, ...(device.site && { site: device.site }) },
    phenomenonTime: iso,
    timeSource: 'gateway',
    receivedTime: iso,
    values,
    quality: Object.fromEntries(Object.keys(values).map((id) => [id, verdict(1)])),
    link: { network: 'lorawan', fCnt: index, rssi: -108, snr: 7.5, spreadingFactor: 7 },
    raw: { payloadHex: '', codec: 'test', codecVersion: '1' },
  };
}

function verdict(flag: QualityFlag): Quality {
  return { flag, reasons: [] };
}

/** Times from oldest to newest; the newest is a minute ago. */
function times({ minutes, days }: Device, now: number): number[] {
  const count = Math.floor((days * DAY) / (minutes * 60_000));
  return Array.from({ length: count }, (_, index) => now - 60_000 - (count - 1 - index) * minutes * 60_000);
}

function skiReadings(device: Device, now: number): Observation[] {
  const readings = times(device, now).map((time, index) => {
    const left = device.id === 'ski-1' ? 40 + (now - time) / DAY : 90;
    const snow = -4 + 3 * Math.sin((time / DAY) * 2 * Math.PI);
    const values = {
      snow_temperature: snow,
      snow_humidity: 13,
      battery_level: left,
      battery_voltage: 3.4,
      internal_temperature: 1,
    };
    return observation(device, time, values, index);
  });
  const [suspect, failed, unchecked, missing] = readings.slice(-5, -1);
  for (const [reading, flag] of [
    [suspect, 3],
    [failed, 4],
    [unchecked, 2],
    [missing, 9],
  ] as const) {
    if (reading?.quality)
      reading.quality = { ...reading.quality, snow_temperature: verdict(flag), snow_humidity: verdict(flag) };
  }
  if (failed) failed.values.snow_temperature = 48;
  if (missing) delete missing.values.snow_temperature;
  if (failed)
    failed.anomalies = {
      snow_temperature: {
        score: 0.97,
        expected: -2,
        band: [-5, 1],
        sentence: '48 °C is far above the normal range.',
      },
    };
  if (device.id === 'ski-1') readings.splice(-20, FILLED.lost);
  return readings;
}

/** Percent full at the end; bin-2 was emptied six days ago. */
function fillLevel(id: string, daysAgo: number): number {
  if (id === 'bin-1') return 90 - daysAgo;
  if (id === 'bin-2') return daysAgo > 6 ? 95 - daysAgo : 30 - 4 * daysAgo;
  return 50 - daysAgo;
}

function binReadings(device: Device, now: number): Observation[] {
  const readings = times(device, now).map((time, index) => {
    const level = fillLevel(device.id, (now - time) / DAY);
    const days = device.id === 'bin-3' ? 0.6 : (100 - level) / 3;
    const values = {
      distance: DEPTH * (1 - level / 100),
      fill_level: level,
      time_until_full: days,
      battery_level: 80,
    };
    return observation(device, time, values, index);
  });
  for (const [at, flag] of [
    [-4, 2],
    [-5, 3],
    [-6, 4],
    [-7, 9],
  ] as const) {
    const reading = readings.at(at);
    if (reading?.quality)
      reading.quality = { ...reading.quality, distance: verdict(flag), fill_level: verdict(flag) };
  }
  const odd = readings.at(-5);
  if (odd)
    odd.anomalies = {
      distance: { score: 0.8, expected: 0.4, band: [0.3, 0.5], sentence: 'Fuller than expected.' },
    };
  return readings;
}

/** Per area one alarm that is still on; the ski trail has one that was cleared too. */
function alarms(now: number): Point[] {
  const event = (device: Device, alarm: string, state: string, time: number): Point => ({
    measurement: 'alarm',
    tags: { ...tagsOf({ device: { ...device, name: device.id } }), alarm },
    fields: { state, severity: 'warning', sentence: `${alarm} ${state}`, value: 1 },
    time,
  });
  return [...SKI, ...BINS].flatMap((device) => [
    event(device, 'silent', 'raised', now - 5 * HOUR),
    event(device, 'silent', 'cleared', now - 4 * HOUR),
    event(device, 'level', 'raised', now - 3 * HOUR),
  ]);
}
