import type { Device, DeviceModel } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { isArea } from '../observation/areas.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';

/** What an area has, for the editor form. */
export interface AreaOverview {
  /** `isMarked`: for open data, one way or the other. */
  devices: { id: string; name: string; isMarked: boolean }[];
  /** What the models of those devices measure, without what is never published. */
  quantities: QuantityId[];
}

/** Devices of an area and what they can measure. `models` finds a model by its id. */
export function areaOverview(
  area: unknown,
  devices: readonly Device[],
  models: (id: string) => DeviceModel | undefined,
): AreaOverview {
  if (!isArea(area)) return { devices: [], quantities: [] };
  const found = devices.filter((device) => device.area === area);
  const measured = found.flatMap((device) => quantitiesOf(device, models(device.model)));
  return {
    devices: found.map(({ id, name, site, publication, sandbox }) => ({
      id,
      name: site ? `${name} (${site})` : name,
      isMarked: publication !== undefined || sandbox === true,
    })),
    quantities: [...new Set(measured)].filter((id) => !QUANTITIES[id].health),
  };
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
