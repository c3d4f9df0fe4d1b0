import * as units from '@grafana/grafana-foundation-sdk/units';
import { unitSymbol } from '../nodes/observation/labels.ts';
import { QUANTITIES, type QuantityId } from '../nodes/observation/quantities.ts';

/** UCUM code -> Grafana's unit id, where Grafana has one. */
const UNITS: Readonly<Record<string, string>> = {
  '1': units.NoUnit,
  '%': units.Percent,
  A: units.Ampere,
  bar: units.Bars,
  Cel: units.Celsius,
  d: units.Days,
  deg: units.Degrees,
  'dB[SPL]': units.Decibel,
  h: units.Hours,
  hPa: units.Hectopascals,
  Hz: units.Hertz,
  kg: units.Kilogram,
  'kW.h': units.KiloWattHour,
  'km/h': units.KilometersPerHour,
  lx: units.Lux,
  m: units.Meter,
  m3: units.CubicMeter,
  'm/s': units.MetersPerSecond,
  'mg/m3': units.MilligramPerCubicMeter,
  mm: units.Millimeter,
  mV: units.MilliVolt,
  'ug/m3': units.MicrogramPerCubicMeter,
  V: units.Volt,
  W: units.Watt,
  'W/m2': units.WattPerSquareMeter,
  '[g]': units.GUnit,
  '[ppm]': units.PartsPerMillion,
  '[pH]': 'suffix: pH',
};

/** Grafana's unit id for a quantity's canonical unit; one that Grafana does not know gets its sign behind the number. */
export function grafanaUnit(quantity: QuantityId): string {
  const { unit } = QUANTITIES[quantity];
  return UNITS[unit] ?? `suffix: ${unitSymbol(unit)}`;
}

/** The plausible range of a quantity, canonical unit, for an axis or a bar. Throws for a quantity without one. */
export function rangeOf(quantity: QuantityId): [min: number, max: number] {
  const { range } = QUANTITIES[quantity];
  if (!range) throw new Error(`${quantity} has no range`);
  return [range[0], range[1]];
}
