import * as units from '@grafana/grafana-foundation-sdk/units';
import { QUANTITIES, type QuantityId } from '../nodes/observation/quantities.ts';

/** UCUM code -> Grafana's unit id. Grafana has no id for the last group; those get the sign behind the number. */
const UNITS: Readonly<Record<string, string>> = {
  '1': units.Short,
  '%': units.Percent,
  A: units.Ampere,
  bar: units.Bars,
  Cel: units.Celsius,
  cm: 'suffix: cm',
  d: units.Days,
  deg: units.Degrees,
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
  '{NTU}': 'suffix: NTU',
  'Bq/m3': 'suffix: Bq/m³',
  'dB[SPL]': units.Decibel,
  'g/kg': 'suffix: g/kg',
  'm3/h': 'suffix: m³/h',
  'mg/L': 'suffix: mg/L',
  'mm/h': 'suffix: mm/h',
  'mm/s': 'suffix: mm/s',
  'uS/cm': 'suffix: µS/cm',
};

/**
 * Grafana's unit id for a quantity's canonical unit.
 * Throws if the table lacks the unit: a dashboard must not show a bare number for something measured.
 */
export function grafanaUnit(quantity: QuantityId): string {
  const { unit } = QUANTITIES[quantity];
  const id = UNITS[unit];
  if (id === undefined) throw new Error(`no Grafana unit for ${unit} (${quantity})`);
  return id;
}
