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
    const values = {
      snow_temperature: -4 + 3 * Math.sin((time / DAY) * 2 * Math.PI),
      snow_humidity: 13,
      battery_level: device.id === 'ski-1' ? 40 + (now - time) / DAY : 90,
      battery_voltage: 3.4,
      internal_temperature: 1,
    };
    return observation(device, time, values, index);
  });
  const { failed } = markSome(readings, ['snow_temperature', 'snow_humidity']);
  failed.values.snow_temperature = 48;
  if (device.id === 'ski-1') readings.splice(-20, FILLED.lost);
  return readings;
}

/** Gives four of the newest readings the other quality flags; one of them is unusual too, one lacks its value. */
function markSome(readings: Observation[], quantities: QuantityId[]): { failed: Observation } {
  const [suspect, failed, unchecked, missing] = readings.slice(-5, -1);
  if (!suspect || !failed || !unchecked || !missing) throw new Error('too few readings');
  for (const id of quantities) {
    for (const [reading, flag] of [
      [suspect, 3],
      [failed, 4],
      [unchecked, 2],
      [missing, 9],
    ] as const) {
      reading.quality = { ...reading.quality, [id]: verdict(flag) };
    }
    const anomaly = {
      score: 0.97,
      expected: -2,
      band: [-5, 1] as [number, number],
      sentence: `${id} is far from the usual.`,
    };
    failed.anomalies = { ...failed.anomalies, [id]: anomaly };
    delete missing.values[id];
  }
  return { failed };
}

/** Percent full at the end; bin-2 was emptied six days ago. */
function fillLevel(id: string, daysAgo: number): number {
  if (id === 'bin-1') return 90 - daysAgo;
  if (id === 'bin-2') return daysAgo > 6 ? 95 - daysAgo : 30 - 4 * daysAgo;
  return 50 - daysAgo;
}

/** Days until full. bin-2 was nearly full before it was emptied and has no forecast since. */
function forecast(id: string, daysAgo: number, level: number): number | undefined {
  if (id === 'bin-2') return daysAgo > 6 ? 0.4 : undefined;
  return id === 'bin-3' ? 0.6 : (100 - level) / 3;
}

function binReadings(device: Device, now: number): Observation[] {
  const readings = times(device, now).map((time, index) => {
    const daysAgo = (now - time) / DAY;
    const level = fillLevel(device.id, daysAgo);
    const days = forecast(device.id, daysAgo, level);
    const values = {
      distance: DEPTH * (1 - level / 100),
      fill_level: level,
      battery_level: 80,
      ...(days !== undefined && { time_until_full: days }),
    };
    return observation(device, time, values, index);
  });
  markSome(readings, ['distance', 'fill_level']);
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
