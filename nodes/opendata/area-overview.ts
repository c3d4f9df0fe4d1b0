import type { Device, DeviceModel } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { isArea } from '../observation/areas.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { Store } from '../timeseries/store.ts';

/** What an area has, for the editor form. */
export interface AreaOverview {
  /** `isMarked`: for open data, one way or the other. */
  devices: { id: string; name: string; isMarked: boolean }[];
  /** What those devices measure, without what is never published. */
  quantities: QuantityId[];
}

/** Devices of an area and what they can measure. `models` finds a model by its id; `stores` have what was measured. */
export async function areaOverview(
  area: unknown,
  devices: readonly Device[],
  models: (id: string) => DeviceModel | undefined,
  stores: readonly Pick<Store, 'measurements'>[],
): Promise<AreaOverview> {
  if (!isArea(area)) return { devices: [], quantities: [] };
  const found = devices.filter((device) => device.area === area);
  const named = found.flatMap((device) => quantitiesOf(device, models(device.model)));
  // No model says what a device measures that names it itself, in SenML or as an object of LwM2M.
  const isUnsaid = found.some(({ model }) => !models(model)?.mappings.length);
  const measured = isUnsaid ? [...named, ...(await storedQuantities(area, stores))] : named;
  return {
    devices: found.map(({ id, name, site, publication, sandbox }) => ({
      id,
      name: site ? `${name} (${site})` : name,
      isMarked: publication !== undefined || sandbox === true,
    })),
    quantities: [...new Set(measured)].filter((id) => !QUANTITIES[id].health),
  };
}

/** Quantities that are stored of an area. A store that is away tells none. */
async function storedQuantities(
  area: string,
  stores: readonly Pick<Store, 'measurements'>[],
): Promise<QuantityId[]> {
  const fields = stores.map(async (store) => (await store.measurements()).get(area) ?? []);
  const told = await Promise.allSettled(fields);
  return told.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])).filter(isQuantity);
}

/** Marks devices for open data; those that are private stay so. Throws ConfigurationError if the list cannot be saved. */
export function markOpen(registry: Pick<DeviceRegistry, 'get' | 'saveAll'>, ids: readonly string[]): void {
  const found = ids.flatMap((id) => registry.get(id) ?? []);
  const unmarked = found.filter(({ publication }) => publication === undefined);
  registry.saveAll(unmarked.map((device) => ({ device: { ...device, publication: 'open' } })));
}

function quantitiesOf(device: Device, model: DeviceModel | undefined): QuantityId[] {
  const mapped = model?.mappings.map(({ quantity }) => quantity) ?? [];
  const levelled = device.emptyDistance !== undefined && device.fullDistance !== undefined;
  return levelled ? ['fill_level', 'time_until_full', ...mapped] : mapped;
}
