/** What the values of one device say about each other: multi-variate test and weak battery. */

import type { Quality, QualityReason } from '../observation/observation.ts';
import { QUANTITIES, type Quantity, type QuantityId } from '../observation/quantities.ts';
import { multiVariate } from './qartod.ts';
import { reasonOf, withReason } from './reasons.ts';
import type { SeriesState } from './series-state.ts';

type Verdicts = Partial<Record<QuantityId, Quality>>;

/** Always: the first is part of the second, or cannot be above it. */
const NOT_ABOVE: readonly [lesser: QuantityId, greater: QuantityId][] = [
  ['pm1', 'pm2p5'],
  ['pm2p5', 'pm10'],
  ['dew_point_temperature', 'air_temperature'],
  ['wind_speed', 'wind_gust_speed'],
];
/** Share of the greater, and of its plausible range, that rounding and noise explain. */
const NOISE = 0.1;
const ROUNDING = 0.002;

/** QARTOD's pairs: a quantity that does not change fast unless the other does. */
const CHANGES_WITH: readonly [QuantityId, QuantityId][] = [
  ['pm10', 'pm2p5'],
  ['salinity', 'electrical_conductivity'],
  ['dew_point_temperature', 'relative_humidity'],
];

/** The first of each pair: a device without any of them has nothing to compare. */
export const COMPARED: ReadonlySet<QuantityId> = new Set([...NOT_ABOVE, ...CHANGES_WITH].map(([id]) => id));

/** Adds what the multi-variate test finds to the verdicts. Each pair has sentences of its own. */
export function compareCompanions(values: Partial<Record<QuantityId, unknown>>, verdicts: Verdicts): void {
  for (const [lesser, greater] of NOT_ABOVE) {
    const [low, high] = [values[lesser], values[greater]];
    if (typeof low !== 'number' || typeof high !== 'number' || low <= high + slack(greater, high)) continue;
    const reason = reasonOf('multi_variate', 3, `above.${lesser}`, QUANTITIES[lesser].unit, { low, high });
    addTo(verdicts, lesser, reason);
    addTo(verdicts, greater, reason);
  }
  for (const [id, other] of CHANGES_WITH) {
    const [own, others] = [verdicts[id], verdicts[other]];
    if (own && others && own.flag > 2 && multiVariate(changeOf(own), changeOf(others)) === 3)
      addTo(verdicts, id, reasonOf('multi_variate', 3, `alone.${id}`, QUANTITIES[id].unit));
  }
}

function slack(id: QuantityId, value: number): number {
  const { range = [0, 0] }: Quantity = QUANTITIES[id];
  return Math.abs(value) * NOISE + (range[1] - range[0]) * ROUNDING;
}

function changeOf({ reasons }: Quality): 1 | 3 {
  return reasons.some(({ test }) => test === 'rate_of_change') ? 3 : 1;
}

function addTo(verdicts: Verdicts, id: QuantityId, reason: QualityReason): void {
  const verdict = verdicts[id];
  if (verdict && verdict.flag !== 9) verdicts[id] = withReason(verdict, reason);
}

/** Percent, and share of its usual voltage, at which a battery no longer feeds a sensor well. Frost costs ten percent. */
const EMPTY = 2;
const COLLAPSED = 0.8;
/** Percent that a level has been at if it is one: devices on the mains say 0 for ever. */
const CHARGED = 10;

/** How fast the usual level or voltage follows a lower one: what was charged once counts for ever, voltages age. */
const FOLLOWS = { battery_level: 0, battery_voltage: 0.02 } as const;
export const BATTERY = Object.keys(FOLLOWS) as (keyof typeof FOLLOWS)[];

/** Learns the level or voltage at which a battery usually is; not to be told of a weak one. */
export function learnBattery(id: keyof typeof FOLLOWS, state: SeriesState, value: number): void {
  const { usual = value } = state;
  state.usual = Math.max(value, usual + (value - usual) * FOLLOWS[id]);
}

/** Whether the battery is so weak that what the device measures may drift. `states` of the device's series. */
export function isBatteryWeak({
  battery_level: level,
  battery_voltage: voltage,
}: {
  battery_level?: SeriesState;
  battery_voltage?: SeriesState;
}): boolean {
  if (level?.good && level.good.value <= EMPTY && (level.usual ?? 0) >= CHARGED) return true;
  return voltage?.good !== undefined && voltage.good.value < COLLAPSED * (voltage.usual ?? 0);
}

/** Analogue values suffer from a weak battery; counts, meters and the device's own health do not. */
export function addWeakBattery(verdicts: Verdicts): void {
  for (const name in verdicts) {
    const id = name as QuantityId;
    const { kind, valueType, aggregation, health }: Quantity = QUANTITIES[id];
    if (health || kind !== 'gauge' || valueType !== 'number' || aggregation === 'sum') continue;
    addTo(verdicts, id, reasonOf('battery', 3, 'battery', '1'));
  }
}
