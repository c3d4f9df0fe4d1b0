import type { Device } from '../devices/device.ts';
import type { QualityFlag, Value } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { FAILED, flagFieldOf } from '../timeseries/quality-fields.ts';
import type { Row } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';

/** The only shape in which a reading leaves the house. */
export interface PublicRow {
  /** Phenomenon time, ms since 1970 UTC. */
  time: number;
  /** Name of the place that the public knows. */
  place: string;
  values: Partial<Record<QuantityId, Value>>;
  /** QARTOD flags of the values that were checked, where the dataset marks what failed instead of withholding it. */
  quality?: Partial<Record<QuantityId, QualityFlag>>;
}

/** Which devices a dataset may show, and under which names. */
export interface PublicDevices {
  /** True while only sandbox devices measure in the area: then every view says so. */
  sandbox: boolean;
  /** Device id -> name of its place. */
  places: ReadonlyMap<string, string>;
  /** Names of devices that are withheld because nothing about them is fit to be their public name. */
  unnamed: readonly string[];
}

/**
 * Devices that a dataset publishes: those of its area (or those chosen in it), sandbox devices only while the area
 * has no real one. A device whose only name contains its DevEUI or address is withheld.
 */
export function publicDevices(dataset: Dataset, devices: readonly Device[]): PublicDevices {
  const inArea = devices.filter((device) => device.area === dataset.area);
  const real = inArea.filter((device) => !device.sandbox);
  const sandbox = real.length === 0 && inArea.length > 0;
  const chosen = (sandbox ? inArea : real).filter(
    (device) => !dataset.devices || dataset.devices.includes(device.id),
  );
  const places = new Map<string, string>();
  const unnamed: string[] = [];
  for (const device of chosen) {
    const place = publicName(device);
    if (place === undefined) unnamed.push(device.name);
    else places.set(device.id, place);
  }
  return { sandbox, places, unnamed };
}

/** A stored row as the public may see it; undefined if nothing of it is left. Values that failed a check are withheld or marked. */
export function publicRow(
  row: Row,
  dataset: Dataset,
  places: ReadonlyMap<string, string>,
): PublicRow | undefined {
  const place = places.get(row.tags.device ?? '');
  if (place === undefined) return undefined;
  const values: PublicRow['values'] = {};
  const quality: NonNullable<PublicRow['quality']> = {};
  const marks = dataset.failed === 'mark';
  for (const quantity of dataset.quantities) {
    const value = row.values[quantity];
    const flag = row.values[flagFieldOf(quantity)] as QualityFlag | undefined;
    if (value === undefined || (flag === FAILED && !marks)) continue;
    values[quantity] = value;
    if (flag !== undefined && marks) quality[quantity] = flag;
  }
  if (Object.keys(values).length === 0) return undefined;
  return { time: row.time, place, values, ...(marks && { quality }) };
}

function publicName(device: Device): string | undefined {
  return [device.site, device.name].find((name) => name?.trim() && !revealsIdentity(name, device))?.trim();
}

/** Names typed by hand often hold the identifier from the sticker, with or without separators. */
function revealsIdentity(name: string, { devEui, devAddr }: Device): boolean {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return [devEui, devAddr].some((identifier) => identifier !== undefined && letters.includes(identifier));
}
