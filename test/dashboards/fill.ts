/** Two weeks in a town with two ski-trail sensors, three bins and a river gauge, through the shipped flows into an InfluxDB. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { QuantityId } from '../../nodes/observation/quantities.ts';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { InfluxdbStore } from '../../nodes/timeseries/influxdb-store.ts';
import { ask } from '../nodes/nbiot/coap-devices.ts';
import { eventually } from '../support/eventually.ts';
import { publishAll } from '../support/mqtt.ts';
import { type Bin, binRows, binUplinks, inOrder, type TimedUplink } from '../system/bins.ts';
import type { Installation } from '../system/installation.ts';
import { thingsStackUplink } from '../system/uplinks.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const DAYS = 13;

/** What the dashboards must find again. */
export const FILLED = {
  skiDevices: ['ski-1', 'ski-2'],
  bins: ['bin-1', 'bin-2', 'bin-3'],
  /** bin-1 is above 90 % now; bin-3 is at 50 % and full within a day. */
  toEmpty: 2,
  /** bin-2 six days ago, bin-3 again and again. */
  emptied: ['bin-2', 'bin-3'],
  full: ['bin-1'],
  thawing: ['ski-2'],
  /** Its newest reading is above the shipped alarm's limit. */
  gauge: 'gauge-1',
  /** ski-1 lost two uplinks in one gap. */
  lost: 2,
  /** bin-1 sent one payload that cannot be read. */
  rejected: { device: 'bin-1', area: 'waste' },
  /** The battery of bin-1 is at 40 % and falls by one percentage point a day; no other falls. */
  batteryDays: { 'bin-1': 40 },
  /** °C: what no snow has, and what this snow had for one reading only. */
  failed: 85,
  unusual: -35,
} as const;

const BINS: Bin[] = [
  {
    id: 'bin-1',
    site: 'Storgata 1/B',
    devEui: '24e124136b000001',
    level: (daysAgo) => 92 - daysAgo,
    battery: (daysAgo) => Math.round(40 + daysAgo),
  },
  {
    id: 'bin-2',
    site: 'Storgata 2/B',
    devEui: '24e124136b000002',
    level: (daysAgo) => (daysAgo > 6 ? 100 - 2 * daysAgo : 30 - 4 * daysAgo),
    odd: { 3: 65_000 },
  },
  {
    id: 'bin-3',
    site: 'Storgata 3/B',
    devEui: '24e124136b000003',
    level: (daysAgo) => (50 - 60 * daysAgo + 9600) % 96,
  },
];

interface Trail {
  id: string;
  /** Empty: a device without a place has no such tag. */
  site: string;
  devEui: string;
  days: number;
  /** °C, in place of the usual, by the number of uplinks after it. */
  odd: Readonly<Record<number, number>>;
  /** Uplinks that never arrived, counted from the newest. */
  lost: readonly number[];
}

/** Above zero for two hours: thaw is raised, and cleared again if it was not the newest two. */
function thaw(newest: number): Record<number, number> {
  return Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((after) => [newest + after, 1.5]));
}

const TRAILS: Trail[] = [
  {
    id: 'ski-1',
    site: 'Start',
    devEui: 'a840410000000001',
    days: 4,
    odd: { ...thaw(8), 3: FILLED.failed },
    lost: [30, 31],
  },
  {
    id: 'ski-2',
    site: '',
    devEui: 'a840410000000002',
    days: 3,
    odd: { ...thaw(0), 12: FILLED.unusual },
    lost: [],
  },
];

/**
 * A gauge on NB-IoT, which sends its level (m) as SenML with times of its own; one was false, and
 * now the level rises by 0.3 m an hour.
 */
const GAUGE = { id: FILLED.gauge, site: 'Bridge', days: 5, newest: 3.3, rise: 0.3, odd: 40 };
/** Samples in one message. */
const PACK = 20;

const HEADER = 'id;name;area;site;devEui;model;emptyDistance;fullDistance;endpoint';

/** Registers the devices, publishes their uplinks up to `now` (ms since 1970) and waits until all are stored. */
export async function fill(
  installation: Installation,
  influxdbUrl: string,
  coapPort: number,
  now: number,
): Promise<void> {
  const trailRows = TRAILS.map(({ id, site, devEui }) =>
    [id, id, 'ski_trail', site, devEui, 'ski-trail-lht65n', '', '', ''].join(';'),
  );
  const gaugeRow = [GAUGE.id, GAUGE.id, 'water', GAUGE.site, '', 'senml', '', '', GAUGE.id].join(';');
  await installation.write(
    'list.csv',
    [HEADER, ...trailRows, gaugeRow, ...binRows(BINS).map((row) => `${row};`)].join('\n'),
  );
  await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
  const uplinks = [
    ...TRAILS.flatMap((trail) => trailUplinks(trail, now)),
    ...BINS.flatMap((bin) => binUplinks(bin, DAYS, now)),
  ];
  await publishAll(installation.brokerUrl, inOrder([...uplinks, unreadable(now)]));
  const samples = await sendLevels(coapPort, now);
  await untilStored(influxdbUrl, 'device_health', 'frame_counter', uplinks.length);
  await untilStored(influxdbUrl, 'water', 'water_level', samples);
}

/** A battery level without its value: it is rejected. */
function unreadable(now: number): TimedUplink {
  const time = new Date(now).toISOString();
  const payload = Buffer.from('0175', 'hex');
  const [{ id: deviceId, devEui } = { id: '', devEui: '' }] = BINS;
  return {
    time: now,
    publication: thingsStackUplink({ deviceId, devEui, fPort: 85, payload, time, fCnt: 5000 }),
  };
}

async function untilStored(
  url: string,
  measurement: string,
  field: QuantityId | 'frame_counter',
  expected: number,
): Promise<void> {
  const store = new InfluxdbStore({ url, bucket: 'byflyt' });
  try {
    await eventually(async () => {
      const rows = await store.query({ measurement, fields: [field], aggregate: 'count' });
      const stored = rows.reduce((sum, { values }) => sum + Number(values[field]), 0);
      assert.equal(stored, expected);
    });
  } finally {
    await store.close();
  }
}

/** A flood after days of tide, every 20 minutes, the newest a minute ago; how many samples. */
async function sendLevels(port: number, now: number): Promise<number> {
  const count = (GAUGE.days * DAY) / (20 * MINUTE);
  const samples = Array.from({ length: count }, (_, index) => {
    const after = count - 1 - index;
    const time = now - MINUTE - after * 20 * MINUTE;
    const tide = 0.2 * Math.sin((time / DAY) * 2 * Math.PI * 1.93);
    const level =
      after === GAUGE.odd ? 4 : Math.max(1.2 + tide, GAUGE.newest - (after * 20 * GAUGE.rise) / 60);
    return { n: 'water_level', u: 'm', t: Math.round(time / 1000), v: Math.round(1000 * level) / 1000 };
  });
  for (let first = 0; first < count; first += PACK) {
    const payload = JSON.stringify(samples.slice(first, first + PACK));
    const options = { 'Content-Format': 110 };
    const { code } = await ask(port, { path: '/level', query: `ep=${GAUGE.id}`, payload, options });
    assert.equal(code, '2.04');
  }
  return count;
}

/** An uplink every 20 minutes, the newest a minute ago. */
function trailUplinks(trail: Trail, now: number): TimedUplink[] {
  const count = (trail.days * DAY) / (20 * MINUTE);
  const all = Array.from({ length: count }, (_, fCnt) => {
    const after = count - 1 - fCnt;
    const time = now - MINUTE - after * 20 * MINUTE;
    const usual = -4 + 2 * Math.sin((time / DAY) * 2 * Math.PI);
    const { fPort, bytes } = encodeLht65n({
      battery: 3.4,
      internalTemperature: usual + 2,
      humidity: 85,
      externalTemperature: trail.odd[after] ?? usual,
    });
    const { id: deviceId, devEui } = trail;
    const iso = new Date(time).toISOString();
    return {
      time,
      after,
      publication: thingsStackUplink({ deviceId, devEui, fPort, payload: bytes, time: iso, fCnt }),
    };
  });
  return all.filter(({ after }) => !trail.lost.includes(after));
}
