/** Ten million readings of a town in the embedded database, as a published dataset. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Device } from '../nodes/devices/device.ts';
import { datasetFromConfig } from '../nodes/opendata/dataset-form.ts';
import { openEmbeddedStore } from '../nodes/timeseries/embedded-store.ts';
import { SqliteStore } from '../nodes/timeseries/sqlite-store.ts';
import type { Point, Store } from '../nodes/timeseries/store.ts';

export const SERIES = Number(process.env.BENCH_SERIES ?? 1000);
export const ROWS = Number(process.env.BENCH_ROWS ?? 10_000_000);
const HOUR = 3_600_000;
const FROM = Date.parse('2025-01-01T00:00:00Z');
/** Hours of all series that are written at a time. */
const STEP = 24;
/** One reading in so many has failed a check and is withheld. */
const FAILED_EVERY = 500;

export const DEVICES: readonly Device[] = Array.from({ length: SERIES }, (_, index) => ({
  id: `probe-${index}`,
  name: `Probe ${index}`,
  area: 'ski_trail',
  site: `Sted ${index}`,
  devEui: index.toString(16).padStart(16, '0'),
  model: 'ski-sensor',
  publication: 'open',
}));

export const DATASET = datasetFromConfig({
  slug: 'town',
  titleNb: 'Snø i byen',
  descriptionNb: 'Snøens temperatur og fuktighet i hele byen.',
  area: 'ski_trail',
  quantities: ['snow_temperature', 'snow_humidity'],
  licence: 'CC-BY-4.0',
  theme: 'ENVI',
  updateMinutes: 60,
});

/** Where the dataset is read from. */
export function sourcesOf(store: Store) {
  return { store: () => store, devices: () => DEVICES };
}

/** The embedded database as the app has it: in a thread of its own. */
export function openRows(path: string): Store {
  return openEmbeddedStore(path);
}

/** Columns of the plain file: what the database has, before the gate. */
export const PLAIN_COLUMNS =
  'device,time,snow_temperature,snow_temperature_qc,snow_humidity,snow_humidity_qc';

/**
 * Writes the rows as readings come: hour by hour, each probe at its own second, temperatures that wander; and the same
 * as plain text for the other database.
 */
export async function writeRows(path: string, plainPath: string): Promise<void> {
  const store = new SqliteStore(path);
  const plain = createWriteStream(plainPath);
  plain.write(`${PLAIN_COLUMNS}\n`);
  const temperatures = new Float64Array(SERIES);
  const hours = Math.ceil(ROWS / SERIES);
  for (let hour = 0; hour < hours; hour += STEP) {
    const points: Point[] = [];
    for (let at = hour; at < Math.min(hours, hour + STEP); at++) {
      for (let index = 0; index < SERIES; index++) points.push(pointOf(index, at, temperatures));
    }
    await store.write(points);
    if (!plain.write(points.map(plainLine).join(''))) await once(plain, 'drain');
  }
  plain.end();
  await Promise.all([once(plain, 'finish'), store.close()]);
}

function plainLine({ tags, time, fields }: Point): string {
  return `${tags.device},${time},${Object.values(fields).join(',')}\n`;
}

function pointOf(index: number, hour: number, temperatures: Float64Array): Point {
  const before = temperatures[index] ?? 0;
  temperatures[index] = before * 0.99 + Math.random() - 0.5;
  const failed = (index + hour * 7) % FAILED_EVERY === 0;
  return {
    measurement: 'ski_trail',
    tags: { device: `probe-${index}`, site: `Sted ${index}` },
    fields: {
      snow_temperature: Math.round((before - 4) * 10) / 10,
      snow_temperature_qc: failed ? 4 : 1,
      snow_humidity: Math.round(Math.random() * 300) / 10,
      snow_humidity_qc: 1,
    },
    time: FROM + hour * HOUR + (index % 3600) * 1000,
  };
}
