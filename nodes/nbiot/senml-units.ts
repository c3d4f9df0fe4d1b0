/**
 * Units of SenML (RFC 8428, section 12.1; secondary units: RFC 8798) as UCUM codes. Those that are missing are the
 * same in both. "C" is coulomb in SenML.
 */
const SENML: Readonly<Record<string, string>> = {
  '%RH': '%',
  '%EL': '%',
  '/': '1',
  '/100': '%',
  '/1000': '[ppth]',
  ppm: '[ppm]',
  ppb: '[ppb]',
  count: '1',
  pH: '[pH]',
  dB: 'dB[SPL]',
  kWh: 'kW.h',
  Wh: 'W.h',
  Ah: 'A.h',
  NTU: '{NTU}',
};

/** What devices write into LwM2M's resource "sensor units" (5701) in place of SenML's codes. */
const SENSOR_UNITS: Readonly<Record<string, string>> = {
  C: 'Cel',
  '°C': 'Cel',
  degC: 'Cel',
  celsius: 'Cel',
  Celsius: 'Cel',
  F: '[degF]',
  '°F': '[degF]',
  degF: '[degF]',
  '% RH': '%',
  '%rH': '%',
  percent: '%',
  lux: 'lx',
  Lux: 'lx',
};

/** UCUM code of a unit in an LwM2M client's resource 5701. */
export function ucumOf(sensorUnits: string): string {
  return SENSOR_UNITS[sensorUnits] ?? SENML[sensorUnits] ?? sensorUnits;
}

/** UCUM code of a unit in a SenML record. */
export function ucumOfSenml(unit: string): string {
  return SENML[unit] ?? unit;
}
