/** A small town on real files: registry, data folder and stores, as the operator page reads them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import type { Device } from '../../../nodes/devices/device.ts';
import { type DeviceRegistry, openRegistry } from '../../../nodes/devices/registry.ts';
import type { OperatorSources } from '../../../nodes/operator/sources.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import type { Outbox } from '../../../nodes/persistence/outbox.ts';
import { DeadLetterShelf } from '../../../nodes/timeseries/kept-aside.ts';
import { POINT_FORMAT } from '../../../nodes/timeseries/point-format.ts';
import { SqliteStore } from '../../../nodes/timeseries/sqlite-store.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';

export const NOW = Date.parse('2026-03-18T14:10:00Z');
const MINUTE = 60_000;

export const DEVICES: Device[] = [
  {
    id: 'bin-1',
    name: 'Dunk 1',
    area: 'waste',
    site: 'Storgata 1',
    model: 'milesight-em310-udl',
    interval: 60,
    emptyDistance: 1.5,
    fullDistance: 0.3,
  },
  { id: 'bin-2', name: 'Dunk 2', area: 'waste', site: 'Torget', model: 'milesight-em310-udl', interval: 60 },
  { id: 'bin-3', name: 'Dunk 3', area: 'waste', model: 'milesight-em310-udl', sandbox: true },
];

export interface Town {
  folder: DataFolder;
  registry: DeviceRegistry;
  /** Where its databases would put aside what they do not take. */
  outbox: Outbox<Point[]>;
  real: SqliteStore;
  sandbox: SqliteStore;
  sources: OperatorSources;
  close(): Promise<void>;
}

export function point(
  device: string,
  minutesAgo: number,
  fields: Point['fields'],
  measurement = 'waste',
): Point {
  return { measurement, tags: { device }, fields, time: NOW - minutesAgo * MINUTE };
}

export async function openTown(): Promise<Town> {
  const path = mkdtempSync(join(tmpdir(), 'byflyt-operator-'));
  const folder = openDataFolder(path);
  const registry = openRegistry(path, 'a secret of this test');
  registry.saveAll(DEVICES.map((device) => ({ device })));
  const real = new SqliteStore(join(path, 'real.sqlite'));
  const sandbox = new SqliteStore(join(path, 'sandbox.sqlite'));
  const models = ModelCatalog.open();
  const { state, journal } = folder;
  const outbox = folder.outbox('database:town', POINT_FORMAT);
  const again = (points: readonly Point[]) => {
    outbox.append([...points]);
    return true;
  };
  return {
    folder,
    registry,
    outbox,
    real,
    sandbox,
    sources: {
      registry,
      state,
      journal,
      store: (isSandbox) => (isSandbox ? sandbox : real),
      save: (points) => outbox.append([...points]),
      aside: new DeadLetterShelf(
        () => [{ name: 'database:town', outbox, again }],
        (id) => registry.get(id)?.site,
      ),
      model: (id) => models.get(id),
    },
    async close() {
      folder.release();
      await Promise.all([real.close(), sandbox.close()]);
      rmSync(path, { recursive: true });
    },
  };
}
