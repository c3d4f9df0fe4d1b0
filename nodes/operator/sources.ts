import type { DeviceModel } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { Journal } from '../persistence/journal.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { KeptAside } from '../timeseries/kept-aside.ts';
import type { Point, Store } from '../timeseries/store.ts';

/** Everything the operator page reads. */
export interface OperatorSources {
  registry: Pick<DeviceRegistry, 'list' | 'get'> & { unknown: Pick<DeviceRegistry['unknown'], 'list'> };
  store(sandbox: boolean): Store;
  /** Puts points on their way to the database, real or sandbox. */
  save(points: readonly Point[], sandbox: boolean): void;
  state: StateStore;
  journal: Pick<Journal, 'rejected' | 'counts'>;
  aside: KeptAside;
  model(id: string): DeviceModel | undefined;
}
