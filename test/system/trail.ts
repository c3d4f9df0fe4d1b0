/** A thermometer at a ski trail that sends and sends: every uplink has a time and a value of its own. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import type { Row, Store } from '../../nodes/timeseries/store.ts';
import type { Publication } from '../support/mqtt.ts';
import type { Installation } from './installation.ts';
import { thingsStackUplink } from './uplinks.ts';

const BEGINNING = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DEV_EUI = 'a840410000000001';

/** Row of a device list for it, below the header `id;name;area;site;devEui;model`. */
export const TRAIL = `trail;Trail;ski_trail;Start;${DEV_EUI};dragino-lht65n`;

/** Time and temperature of an uplink by its number, as they are to be stored. */
export function trailReading(index: number): [time: number, temperature: number] {
  return [BEGINNING + index * MINUTE, (index % 3000) / 100];
}

/** The readings of a store, oldest first, as `trailReading` gives them. */
export async function trailReadings(store: Store): Promise<[time: number, temperature: number][]> {
  const rows = await store.query({ measurement: 'ski_trail', fields: ['surface_temperature'] });
  return rows.map(({ time, values }) => [time, Number(values.surface_temperature)]);
}

/** Rows of the embedded database of an installation. */
export async function embeddedRows(
  { folder }: Installation,
  measurement: string,
  fields: string[],
): Promise<Row[]> {
  return withEmbedded({ folder }, (store) => store.query({ measurement, fields }));
}

export async function withEmbedded<T>(
  { folder }: Pick<Installation, 'folder'>,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = new SqliteStore(join(folder, 'measurements.db'));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/**
 * Publishes uplinks from number `first` on until `work` is done, which sees the numbers of those that the broker has
 * acknowledged so far; all are acknowledged when this resolves.
 */
export async function sendWhile<T>(
  installation: Installation,
  first: number,
  work: (acknowledged: ReadonlySet<number>) => Promise<T>,
): Promise<T> {
  const network = await mqtt.connectAsync(installation.brokerUrl);
  const acknowledged = new Set<number>();
  const underWay: Promise<unknown>[] = [];
  let isDone = false;
  const sending = (async () => {
    for (let index = first; !isDone; index++) {
      const { topic, body } = uplink(index);
      const sent = network.publishAsync(topic, JSON.stringify(body), { qos: 1 });
      underWay.push(sent.then(() => acknowledged.add(index)));
      if (index % 10 === 9) await delay(10);
    }
  })();
  try {
    return await work(acknowledged);
  } finally {
    isDone = true;
    await sending;
    await Promise.all(underWay);
    await network.endAsync();
  }
}

function uplink(index: number): Publication {
  const [time, externalTemperature] = trailReading(index);
  const { fPort, bytes } = encodeLht65n({
    battery: 3,
    internalTemperature: -5,
    humidity: 20,
    externalTemperature,
  });
  return thingsStackUplink({
    deviceId: 'trail',
    devEui: DEV_EUI,
    fPort,
    payload: bytes,
    time: new Date(time).toISOString(),
    fCnt: index,
  });
}
