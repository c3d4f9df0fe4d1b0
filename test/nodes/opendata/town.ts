/** Devices of one area in a real SQLite store, for tests of what the public may see of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../../nodes/devices/device.ts';
import type { Dataset } from '../../../nodes/opendata/dataset.ts';
import { type DatasetConfig, datasetFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import type { PublicRow } from '../../../nodes/opendata/privacy.ts';
import { readAll, readColumns, readHistory, readLatest } from '../../../nodes/opendata/reader.ts';
import { ReleaseBook } from '../../../nodes/opendata/release-book.ts';
import type { Sources } from '../../../nodes/opendata/sources.ts';
import { publicColumns, recordAt } from '../../../nodes/opendata/table.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';

export const HOUR = 3_600_000;
/** A Monday. */
export const START = Date.parse('2026-03-02T00:00:00Z');

const FORM: DatasetConfig = {
  slug: 'town',
  titleEn: 'Town',
  descriptionEn: 'What is measured in town.',
  licence: 'CC0',
  themes: ['SOCI'],
  updateMinutes: 60,
};

export function device(index: number, changes: Partial<Device> = {}): Device {
  return {
    id: `device-${index}`,
    name: `Device ${index}`,
    site: `Place ${index}`,
    area: 'building',
    model: 'any',
    publication: 'open',
    ...changes,
  };
}

export function datasetOf(form: DatasetConfig): Dataset {
  return datasetFromConfig({ ...FORM, area: 'building', ...form });
}

export interface Town {
  devices: Device[];
  store: SqliteStore;
  sources: Sources & { publications: { book(dataset: Dataset): ReleaseBook } };
  book: ReleaseBook;
  /** Ids that the second person agreed to; undefined if nobody did. */
  approved: string[] | undefined;
  now: number;
  /** Values of a device by time (ms since 1970 UTC). */
  write(id: string, values: [time: number, fields: Record<string, number | boolean>][]): Promise<void>;
  all(dataset: Dataset, range?: object): Promise<PublicRow[]>;
  close(): Promise<void>;
}

export function openTown(devices: Device[]): Town {
  const folder = mkdtempSync(join(tmpdir(), 'byflyt-town-'));
  const store = new SqliteStore(join(folder, 'town.sqlite'));
  const town: Town = {
    devices,
    store,
    book: new ReleaseBook(),
    approved: devices.map(({ id }) => id),
    now: START + 1000 * HOUR,
    sources: {
      store: () => store,
      devices: () => town.devices,
      now: () => town.now,
      publications: { approvedDevices: () => town.approved, book: () => town.book },
    },
    async write(id, values) {
      const site = town.devices.find((candidate) => candidate.id === id)?.site ?? '';
      const tags = { device: id, site };
      await store.write(values.map(([time, fields]) => ({ measurement: 'building', tags, fields, time })));
    },
    async all(dataset, range = {}) {
      const rows: PublicRow[] = [];
      for await (const page of readAll(dataset, town.sources, range)) rows.push(...page);
      return rows;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  return town;
}

/** Everything that the public can get of a dataset, by every way of asking; place, time and quantity -> values seen. */
export async function everythingSeen(
  town: Town,
  dataset: Dataset,
  spans: readonly [from: number, to: number][],
): Promise<Map<string, Set<unknown>>> {
  const seen = new Map<string, Set<unknown>>();
  const note = (place: string, time: number, values: PublicRow['values']) => {
    for (const [quantity, value] of Object.entries(values)) {
      const key = `${place} ${time} ${quantity}`;
      seen.set(key, (seen.get(key) ?? new Set()).add(value));
    }
  };
  const ranges = [
    {},
    ...spans.map(([from, to]) => ({ from, to })),
    ...town.devices.map((_device, index) => ({ places: [`place-${index}`] })),
    { places: ['town'] },
    ...dataset.quantities.map((quantity) => ({ quantities: [quantity] })),
  ];
  for (const range of ranges) {
    for (const order of ['ascending', 'descending'] as const) {
      for (const { place, time, values } of await town.all(dataset, { ...range, order }))
        note(place, time, values);
      const { rows } = await readHistory(dataset, town.sources, { ...range, order, limit: 3 });
      for (const { place, time, values } of rows) note(place, time, values);
    }
  }
  for await (const portion of readColumns(dataset, town.sources, {})) {
    for (let row = 0; row < portion.length; row++) {
      const { time, place, ...values } = recordAt(publicColumns(dataset), portion, row);
      note(String(place), Date.parse(String(time)), values as PublicRow['values']);
    }
  }
  for (const { place, values } of (await readLatest(dataset, town.sources)).places) {
    for (const [quantity, latest] of Object.entries(values))
      note(place, latest.time, { [quantity]: latest.value });
  }
  return seen;
}
