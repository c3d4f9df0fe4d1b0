import type { Device } from '../devices/device.ts';
import type { QualityFlag, Value } from '../observation/observation.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { areaOverview } from '../opendata/area-overview.ts';
import { DEVICE_HEALTH } from '../timeseries/points.ts';
import type { Row, Store } from '../timeseries/store.ts';
import type { OperatorSources } from './sources.ts';

/** The newest value of a quantity, with its quality flag if it was checked. */
export interface CurrentValue {
  quantity: QuantityId;
  value: Value;
  flag?: QualityFlag;
}

/** A device as the people who look after it see it. */
export interface DeviceOverview {
  device: Device;
  values: CurrentValue[];
  /** ms since 1970 UTC: newest reading or sign of life. */
  lastSeen?: number;
  /** No sign of life for three intervals. */
  silent: boolean;
  /** Percent left, else volts. */
  batteryLevel?: number;
  batteryVoltage?: number;
}

const MINUTE = 60_000;
/** Minutes, for a device whose model is not known. */
const DEFAULT_INTERVAL = 60;
const HEALTH_FIELDS = ['battery_level', 'battery_voltage', 'internal_temperature', 'rssi'];

/** The devices of one area, real and sandbox, in the registry's order. `now` in ms since 1970 UTC. */
export async function devicesOfArea(
  area: Device['area'],
  devices: readonly Device[],
  sources: OperatorSources,
  now: number,
): Promise<DeviceOverview[]> {
  const { quantities } = areaOverview(area, devices, sources.model);
  const [real, sandbox] = await Promise.all([
    newest(sources, false, area, quantities, devices),
    newest(sources, true, area, quantities, devices),
  ]);
  return devices.map((device) =>
    overviewOf(device, (device.sandbox ? sandbox : real).get(device.id) ?? [], sources, now),
  );
}

/** Newest rows by device: readings, and signs of life. */
async function newest(
  sources: OperatorSources,
  isSandbox: boolean,
  area: string,
  quantities: readonly QuantityId[],
  devices: readonly Device[],
): Promise<Map<string, Row[]>> {
  const ids = devices.filter((device) => Boolean(device.sandbox) === isSandbox).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const store: Store = sources.store(isSandbox);
  const where = { device: ids };
  const fields = quantities.flatMap((quantity) => [quantity, `${quantity}_qc`]);
  const rows = await Promise.all([
    fields.length > 0 ? store.latest({ measurement: area, fields, where }) : [],
    store.latest({ measurement: DEVICE_HEALTH, fields: HEALTH_FIELDS, where }),
  ]);
  return Map.groupBy(rows.flat(), ({ tags }) => tags.device ?? '');
}

function overviewOf(
  device: Device,
  rows: readonly Row[],
  { model }: OperatorSources,
  now: number,
): DeviceOverview {
  // Newest first: a device that was moved has a series per site, and only the newest value of each counts.
  const sorted = [...rows].sort((a, b) => b.time - a.time);
  const fields: Row['values'] = Object.assign({}, ...sorted.map(({ values }) => values).reverse());
  const lastSeen = sorted[0]?.time;
  const interval = (device.interval ?? model(device.model)?.interval ?? DEFAULT_INTERVAL) * MINUTE;
  const { battery_level: level, battery_voltage: voltage } = fields;
  return {
    device,
    values: valuesOf(fields),
    silent: lastSeen === undefined || now - lastSeen > 3 * interval,
    ...(lastSeen !== undefined && { lastSeen }),
    ...(typeof level === 'number' && { batteryLevel: level }),
    ...(typeof voltage === 'number' && { batteryVoltage: voltage }),
  };
}

function valuesOf(fields: Row['values']): CurrentValue[] {
  return Object.entries(fields).flatMap(([quantity, value]) => {
    if (!isQuantity(quantity) || HEALTH_FIELDS.includes(quantity)) return [];
    const flag = fields[`${quantity}_qc`] as QualityFlag | undefined;
    return [{ quantity, value, ...(flag !== undefined && { flag }) }];
  });
}
