/** Two published datasets, the real ski trail and made-up waste containers, as a client of the SensorThings API sees them. */
import type { Device } from '../../../../nodes/devices/device.ts';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import type { Point } from '../../../../nodes/timeseries/store.ts';
import { BASE, CONFIG, openSkiTrail, PUBLISHER, type SkiTrail, START, SUMMIT, textOf } from '../ski-trail.ts';

export const ROOT = `${BASE}sensorthings/v1.1`;

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  text: string;
  json: Json;
}

export interface Town {
  trail: SkiTrail;
  /** Asks an address below the service root (`/Things?$top=1`) or a whole one. */
  ask(address: string, method?: string): Promise<Answer>;
  /** The entities of a collection. */
  list(address: string): Promise<Json[]>;
  close(): Promise<void>;
}

const CONTAINERS: readonly Device[] = [
  { name: 'Container 1', site: 'Storgata 1', location: { lat: 59.27, lon: 15.21 } },
  { name: 'Container 2', site: 'Torget', location: { lat: 59.28, lon: 15.22 } },
  { name: 'Container 3', site: "Ole's plass" },
  { name: 'Container 4', site: 'Ny plass' },
].map((device, at) => ({
  ...device,
  id: `waste-${at + 1}`,
  area: 'waste',
  model: at === 0 ? 'dragino-ldds75' : 'own/secret-model.js',
  publication: 'open' as const,
}));

/** Where the ski trail's places are. */
const TRAIL = [
  { ...START, location: { lat: 64.75, lon: 20.95 } },
  { ...SUMMIT, location: { lat: 64.76, lon: 20.99 } },
];

/** First of the hourly readings of containers, 2026-01-01T00:00:00Z. */
export const BEGIN = Date.parse('2026-01-01T00:00:00Z');
export const HOURS = 30;

/** Container 4 has not measured yet. Fill levels rise by two per cent an hour from a start that differs; container 2 is tilted in the last five hours. */
function containerPoints(): Point[] {
  return CONTAINERS.slice(0, 3).flatMap(({ id, site = '' }, at) =>
    Array.from({ length: HOURS }, (_, hour) => ({
      measurement: 'waste',
      tags: { device: id, site },
      fields: { fill_level: at * 10 + hour * 2, tilt: at === 1 && hour >= HOURS - 5, battery_voltage: 3.6 },
      time: BEGIN + hour * 3_600_000,
    })),
  );
}

export const WASTE = {
  ...CONFIG,
  slug: 'waste',
  titleNb: 'Avfall',
  titleEn: 'Waste',
  area: 'waste',
  quantities: ['fill_level', 'tilt'],
  methodNb: '',
  methodEn: '',
};

export async function openTown(now = BEGIN + HOURS * 3_600_000): Promise<Town> {
  const trail = await openSkiTrail({}, now);
  trail.devices.splice(0, trail.devices.length, ...TRAIL, ...CONTAINERS);
  await trail.real.write(containerPoints());
  trail.site.publish({ dataset: datasetFromConfig(WASTE), publisher: PUBLISHER, sources: trail.sources });
  async function ask(address: string, method = 'GET'): Promise<Answer> {
    const path = address.replace(ROOT, '');
    const response = await trail.get(`/sensorthings/v1.1${path}`, {}, method);
    const text = await textOf(response);
    if (response.cause) throw response.cause;
    const isJson = response.headers['Content-Type']?.startsWith('application/json');
    return { status: response.status, text, json: isJson && text ? (JSON.parse(text) as Json) : {} };
  }
  return {
    trail,
    ask,
    async list(address) {
      const { status, json, text } = await ask(address);
      if (status !== 200) throw new Error(`${address}: ${status} ${text}`);
      return json.value as Json[];
    },
    close: () => trail.close(),
  };
}

/** Ids of entities, in the order of the answer. */
export function idsOf(entities: readonly Json[]): number[] {
  return entities.map((entity) => entity['@iot.id'] as number);
}

/** An entity, or what is expanded in it. */
export function inside(entity: Json | undefined, name?: string): Json {
  if (!entity) throw new Error('no such entity');
  return name === undefined ? entity : (entity[name] as Json);
}
