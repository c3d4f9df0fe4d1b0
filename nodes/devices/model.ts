import type { Observation, Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { convert } from '../observation/units.ts';
import type { Device, DeviceModel, Mapping } from './device.ts';

type Values = Observation['values'];

/** Quantities in canonical units, and the names of what has become none. */
interface Mapped {
  values: Values;
  unknownNames: string[];
}

/**
 * Turns a codec's own output into quantities in canonical units, by the model's mappings; battery level, fill level and
 * what this device's inputs measure are added. Names that the model does not know, and values that do not fit their
 * quantity, are returned as `unknownNames` and never guessed.
 * Throws ConfigurationError if the model names a unit that does not exist or does not fit.
 */
export function applyModel(model: DeviceModel, data: unknown, device?: Device): Mapped {
  const { values, unknownNames } = mappedValues(model, data);
  return { values: completed(values, model, device), unknownNames };
}

/** As `applyModel`, by the mappings alone. */
export function mappedValues(model: DeviceModel, data: unknown): Mapped {
  const measured: Values = {};
  const named = statedNames(model);
  const unknownNames: string[] = [];
  addNames(unknownNames, data, (name) => !named.has(name) && !isKnownName(model, name));
  for (const mapping of model.mappings) {
    const raw = valueAt(data, mapping.from);
    if (raw === undefined || raw === null || mapping.sentinels?.some((sentinel) => sentinel === raw))
      continue;
    const value = canonicalValue(mapping, raw);
    if (value === undefined) unknownNames.push(mapping.from);
    else measured[mapping.quantity] = mapping.sum ? added(measured[mapping.quantity], value) : value;
  }
  return { values: measured, unknownNames };
}

/** What was measured (it may be changed), with battery level, fill level and what this device's inputs measure. */
export function completed(measured: Values, model: DeviceModel, device?: Device): Values {
  addBatteryLevel(measured, model);
  const values = device?.measures ? renamed(measured, device.measures) : measured;
  if (device) addFillLevel(values, device);
  return values;
}

function added(before: Value | undefined, value: Value): Value {
  return typeof before === 'number' && typeof value === 'number' ? before + value : value;
}

/** Percent left at a voltage, between the points of a battery curve on a straight line. */
function batteryLevel(curve: NonNullable<DeviceModel['batteryCurve']>, volts: number): number | undefined {
  const points = curve.toSorted(([one], [other]) => one - other);
  const above = points.findIndex(([voltage]) => voltage >= volts);
  const upper = points[above] ?? points.at(-1);
  const lower = points[above - 1] ?? (above === 0 ? upper : points.at(-1));
  if (!upper || !lower) return undefined;
  const span = upper[0] - lower[0];
  const share = span === 0 ? 0 : (volts - lower[0]) / span;
  return Math.round(lower[1] + share * (upper[1] - lower[1]));
}

function addBatteryLevel(values: Values, model: DeviceModel): void {
  const volts = values.battery_voltage;
  if (!model.batteryCurve || typeof volts !== 'number' || values.battery_level !== undefined) return;
  const level = batteryLevel(model.batteryCurve, volts);
  if (level !== undefined) values.battery_level = level;
}

/** Percent below zero that uneven waste and a sensor hung a little askew explain. */
const BELOW_EMPTY = 10;

/**
 * Percent from the distance to the waste: empty and full as the device's owner measured them. Tenths of a percent.
 * A distance far beyond the bottom says nothing of the waste: its level stays below 0, where the quality check fails it.
 */
function addFillLevel(values: Values, { emptyDistance, fullDistance }: Device): void {
  const { distance } = values;
  if (typeof distance !== 'number' || emptyDistance === undefined || fullDistance === undefined) return;
  if (emptyDistance <= fullDistance) return;
  const percent = (100 * (emptyDistance - distance)) / (emptyDistance - fullDistance);
  const least = percent < -BELOW_EMPTY ? percent : 0;
  values.fill_level = Math.round(10 * Math.min(100, Math.max(least, percent))) / 10;
}

function renamed(values: Values, measures: NonNullable<Device['measures']>): Values {
  const result: Values = {};
  for (const [id, value] of Object.entries(values) as [QuantityId, Value][]) {
    const target = measures[id] ?? id;
    result[target] =
      typeof value === 'number' ? convert(value, QUANTITIES[id].unit, QUANTITIES[target].unit) : value;
  }
  return result;
}

/** The value in its quantity's type and unit; undefined if it is of another kind than the mapping says. */
function canonicalValue(mapping: Mapping, raw: unknown): Value | undefined {
  const { unit, valueType } = QUANTITIES[mapping.quantity];
  const stated = mapping.states ? stateOf(mapping.states, raw) : aboveLimit(mapping, raw);
  if (valueType === 'string') return typeof stated === 'string' ? stated : undefined;
  if (valueType === 'boolean') return booleanOf(stated);
  const number = numberOf(withoutSuffix(mapping, stated));
  if (number === undefined || mapping.unit === undefined) return number;
  return convert(number, mapping.unit, unit);
}

function withoutSuffix({ suffix }: Mapping, value: unknown): unknown {
  if (suffix === undefined || typeof value !== 'string' || !value.endsWith(suffix)) return value;
  return value.slice(0, -suffix.length);
}

function stateOf(states: NonNullable<Mapping['states']>, raw: unknown): Value | undefined {
  const name = String(raw);
  return Object.hasOwn(states, name) ? states[name] : undefined;
}

function aboveLimit({ above }: Mapping, raw: unknown): unknown {
  return above !== undefined && typeof raw === 'number' ? raw > above : raw;
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 0 || value === 1 ? value === 1 : undefined;
}

/** Some codecs write numbers as text (`toFixed`). */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The value at a path; a name that contains dots itself wins. */
function valueAt(data: unknown, path: string): unknown {
  if (typeof data !== 'object' || data === null) return undefined;
  if (Object.hasOwn(data, path)) return (data as Record<string, unknown>)[path];
  if (path !== '-1' && !path.includes('.')) return undefined;
  const [first = '', ...rest] = path.split('.');
  if (first === '-1' && rest.length === 0 && Array.isArray(data)) return data.at(-1);
  if (rest.length === 0 || !Object.hasOwn(data, first)) return undefined;
  return valueAt((data as Record<string, unknown>)[first], rest.join('.'));
}

/** Adds the paths of those single values in a codec's output that are `wanted`. */
function addNames(names: string[], data: unknown, wanted: (name: string) => boolean, path = ''): void {
  if (typeof data === 'object' && data !== null) {
    for (const name of Object.keys(data)) {
      const value = (data as Record<string, unknown>)[name];
      addNames(names, value, wanted, path === '' ? name : `${path}.${name}`);
    }
  } else if (path !== '' && wanted(path)) names.push(path);
}

const statedNamesOf = new WeakMap<DeviceModel, ReadonlySet<string>>();

/** The names that a model states as they are: most of what a codec gives, found without a search. */
function statedNames(model: DeviceModel): ReadonlySet<string> {
  let names = statedNamesOf.get(model);
  if (!names) {
    names = new Set([...model.mappings.map(({ from }) => from), ...(model.ignored ?? [])]);
    statedNamesOf.set(model, names);
  }
  return names;
}

/** Known though not stated: clock, age, signal or list of samples, below an ignored name, or beside a mapped `x.value` (its unit and display name). */
function isKnownName(model: DeviceModel, name: string): boolean {
  return (
    name === model.time ||
    name === model.age?.from ||
    name === model.signal?.from ||
    (model.samples !== undefined && isWithin(name, model.samples)) ||
    model.mappings.some(({ from }) => from.endsWith('.value') && isWithin(name, from.slice(0, -6))) ||
    (model.ignored ?? []).some((ignored) => isWithin(name, ignored))
  );
}

function isWithin(name: string, parent: string): boolean {
  return name === parent || name.startsWith(`${parent}.`);
}
