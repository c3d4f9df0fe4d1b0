import type { Device } from '../devices/device.ts';
import { WRONG_FROM } from '../nbiot/clock-skew.ts';
import type { QualityFlag, Value } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { areaOverview } from '../opendata/area-overview.ts';
import { DEVICE_HEALTH } from '../timeseries/points.ts';
import { flagFieldOf, withFlagFields } from '../timeseries/quality-fields.ts';
import type { LatestRow } from '../timeseries/store.ts';
import type { OperatorSources } from './sources.ts';

/** The newest value of a quantity, with its quality flag if it was checked. */
export interface CurrentValue {
  quantity: QuantityId;
  value: Value;
  /** ms since 1970 UTC. */
  time: number;
  flag?: QualityFlag;
  /** The device was heard more than three intervals after it. */
  isOld: boolean;
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
  /** Seconds that its clock is ahead, if it is wrong. */
  clockOffset?: number;
}

const MINUTE = 60_000;
/** Intervals without a sign of life. */
const SILENT_AFTER = 3;
/** Minutes, for a device whose model is not known. */
const DEFAULT_INTERVAL = 60;
const CLOCK_OFFSET = 'clock_offset';
/** What every device reports of itself, whatever it measures. */
export const SIGN_OF_LIFE = ['battery_level', 'battery_voltage', 'internal_temperature', 'rssi'];

/** The devices of one area, real and sandbox, in the registry's order. `now` in ms since 1970 UTC. */
export async function devicesOfArea(
  area: Device['area'],
  devices: readonly Device[],
  sources: OperatorSources,
  now: number,
): Promise<DeviceOverview[]> {
  const stores = [sources.store(false), sources.store(true)];
  const { quantities } = await areaOverview(area, devices, sources.model, stores);
  const [real, sandbox] = await Promise.all([
    newest(sources, false, area, quantities, devices),
    newest(sources, true, area, quantities, devices),
  ]);
  return devices.map((device) =>
    overviewOf(device, (device.sandbox ? sandbox : real).get(device.id) ?? [], quantities, sources, now),
  );
}

/** Newest rows by device: readings, and signs of life. */
async function newest(
  sources: OperatorSources,
  isSandbox: boolean,
  area: string,
  quantities: readonly QuantityId[],
  devices: readonly Device[],
): Promise<Map<string, LatestRow[]>> {
  const ids = devices.filter((device) => Boolean(device.sandbox) === isSandbox).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const store = sources.store(isSandbox);
  const where = { device: ids };
  const fields = withFlagFields(quantities);
  const rows = await Promise.all([
    fields.length > 0 ? store.latest({ measurement: area, fields, where }) : [],
    store.latest({ measurement: DEVICE_HEALTH, fields: [...SIGN_OF_LIFE, CLOCK_OFFSET], where }),
  ]);
  return Map.groupBy(rows.flat(), ({ tags }) => tags.device ?? '');
}

/** Usual time between two readings of a device, ms. */
export function intervalOf({ interval, model }: Device, sources: Pick<OperatorSources, 'model'>): number {
  return (interval ?? sources.model(model)?.interval ?? DEFAULT_INTERVAL) * MINUTE;
}

function overviewOf(
  device: Device,
  rows: readonly LatestRow[],
  quantities: readonly QuantityId[],
  sources: Pick<OperatorSources, 'model'>,
  now: number,
): DeviceOverview {
  const silence = SILENT_AFTER * intervalOf(device, sources);
  const times = rows.map(({ time }) => time);
  const lastSeen = times.length > 0 ? Math.max(...times) : undefined;
  const level = newestOf(rows, 'battery_level')?.value;
  const voltage = newestOf(rows, 'battery_voltage')?.value;
  const offset = newestOf(rows, CLOCK_OFFSET)?.value;
  return {
    device,
    values: quantities.flatMap((quantity) => currentValue(rows, quantity, (lastSeen ?? 0) - silence) ?? []),
    silent: lastSeen === undefined || now - lastSeen > silence,
    ...(lastSeen !== undefined && { lastSeen }),
    ...(typeof level === 'number' && { batteryLevel: level }),
    ...(typeof voltage === 'number' && { batteryVoltage: voltage }),
    ...(typeof offset === 'number' && Math.abs(offset) >= WRONG_FROM && { clockOffset: offset }),
  };
}

/**
 * The newest value; it is old if it came before `oldest` (ms since 1970 UTC).
 * A flag that is newer than the value says that the value is missing since; an older one belongs to another value.
 */
function currentValue(
  rows: readonly LatestRow[],
  quantity: QuantityId,
  oldest: number,
): CurrentValue | undefined {
  const newest = SIGN_OF_LIFE.includes(quantity) ? undefined : newestOf(rows, quantity);
  if (!newest) return undefined;
  const flag = newestOf(rows, flagFieldOf(quantity));
  return {
    quantity,
    ...newest,
    isOld: newest.time < oldest,
    ...(flag && flag.time >= newest.time && { flag: flag.value as QualityFlag }),
  };
}

/** A device that was moved has a series per site: the newest value of all of them. */
function newestOf(rows: readonly LatestRow[], field: string): { value: Value; time: number } | undefined {
  const found = rows.flatMap(({ values, times }) => {
    const [value, time] = [values[field], times[field]];
    return value === undefined || time === undefined ? [] : [{ value, time }];
  });
  return found.sort((a, b) => b.time - a.time)[0];
}
