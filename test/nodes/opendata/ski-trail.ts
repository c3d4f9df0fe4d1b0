/** The real ski-trail readings in a real SQLite store, as a published dataset. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import type { Device } from '../../../nodes/devices/device.ts';
import type { Dataset } from '../../../nodes/opendata/dataset.ts';
import { datasetFromConfig, publisherFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import type { PublicRequest } from '../../../nodes/opendata/request.ts';
import { type Body, isWhole } from '../../../nodes/opendata/response.ts';
import { answer } from '../../../nodes/opendata/routes.ts';
import { Site } from '../../../nodes/opendata/site.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';

/** Seven minutes after the newest reading (B, 11:08:36 local time). */
export const NOW = Date.parse('2018-03-18T11:15:00+01:00');
export const BASE = 'https://data.example.org/opendata/';

export const START: Device = {
  id: 'ski-a',
  name: 'Ski trail A',
  area: 'ski_trail',
  site: 'Start',
  devEui: '70b3d5499a2b0001',
  model: 'ski-sensor',
  publication: 'open',
};
export const SUMMIT: Device = {
  ...START,
  id: 'ski-b',
  name: 'Ski trail B',
  site: 'Toppen',
  devEui: '70b3d5499a2b0002',
};

export const CONFIG = {
  slug: 'ski-trail',
  titleNb: 'Skiløypa',
  titleEn: 'Ski trail',
  descriptionNb: 'Snøens temperatur og fuktighet to steder langs skiløypa.',
  descriptionEn: 'Temperature and moisture of the snow at two places along the ski trail.',
  methodNb: 'En føler ligger i snøen ved siden av sporet.',
  methodEn: 'A probe lies in the snow beside the track.',
  area: 'ski_trail',
  quantities: ['snow_temperature', 'snow_humidity'],
  licence: 'NLOD-2.0',
  theme: 'ENVI',
  updateMinutes: 20,
  spatialName: 'Skellefteå',
  location: 'exact',
};

export const PUBLISHER = publisherFromConfig(
  {
    publisher: 'Fjellby kommune',
    homepage: 'https://fjellby.example.org/',
    contactEmail: 'data@fjellby.example.org',
  },
  'nb',
);

interface Reading {
  place: string;
  time: string;
  snow_temperature_ext: string;
  humidity: string;
  battery_v: string;
  rssi: string;
}

/** All readings as points, with the battery and radio values that must never come out again. */
export function readings(): Point[] {
  const file = new URL('../../../../shared/real/ski-trail.csv', import.meta.url);
  const rows: Reading[] = parse(readFileSync(file), { columns: true });
  return rows.map((row) => ({
    measurement: 'ski_trail',
    tags: row.place === 'A' ? { device: 'ski-a', site: 'Start' } : { device: 'ski-b', site: 'Toppen' },
    fields: {
      snow_temperature: Number(row.snow_temperature_ext),
      snow_temperature_qc: 1,
      snow_humidity: Number(row.humidity),
      snow_humidity_qc: 1,
      battery_voltage: Number(row.battery_v),
      rssi: Number(row.rssi),
    },
    time: Date.parse(`${row.time}+01:00`),
  }));
}

export interface SkiTrail {
  dataset: Dataset;
  devices: Device[];
  real: SqliteStore;
  sandbox: SqliteStore;
  site: Site;
  sources: { store(sandbox: boolean): SqliteStore; devices(): Device[] };
  get(path: string, headers?: Record<string, string>, method?: string): ReturnType<typeof answer>;
  close(): Promise<void>;
}

/** Opens the dataset over two new stores, the real one filled with the readings. */
export async function openSkiTrail(config: object = {}, now = NOW): Promise<SkiTrail> {
  const folder = mkdtempSync(join(tmpdir(), 'byflyt-opendata-'));
  const real = new SqliteStore(join(folder, 'real.sqlite'));
  const sandbox = new SqliteStore(join(folder, 'sandbox.sqlite'));
  await real.write(readings());
  // Copies: some tests change them.
  const devices = [START, SUMMIT].map((device) => ({ ...device }));
  const sources = { store: (isSandbox: boolean) => (isSandbox ? sandbox : real), devices: () => devices };
  const dataset = datasetFromConfig({ ...CONFIG, ...config });
  // Nothing is kept: tests change what is behind the site.
  const site = new Site(0);
  site.publish({ dataset, publisher: PUBLISHER, sources });
  const options = { timeZone: 'Europe/Stockholm', fallback: PUBLISHER, now: () => now };
  return {
    dataset,
    devices,
    real,
    sandbox,
    site,
    sources,
    get: (path, headers = {}, method = 'GET') => answer(requestFor(path, headers, method), site, options),
    async close() {
      await Promise.all([real.close(), sandbox.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

function requestFor(path: string, headers: Record<string, string>, method: string): PublicRequest {
  const url = new URL(`http://localhost${path}`);
  return { method, path: url.pathname, query: url.searchParams, headers, base: BASE };
}

/** The whole body of an answer, streamed or not. */
export async function textOf(answer: { body: Body }): Promise<string> {
  return (await bytesOf(answer)).toString();
}

/** The same as bytes. */
export async function bytesOf({ body }: { body: Body }): Promise<Buffer> {
  if (isWhole(body)) return Buffer.from(body as Uint8Array);
  return Buffer.concat((await Readable.from(body).toArray()).map((piece) => Buffer.from(piece)));
}
