/**
 * UCUM unit -> code of UNECE Recommendation 20, "Codes for Units of Measure Used in International Trade", which NGSI-LD
 * asks for in `unitCode` (ETSI GS CIM 009, 4.5.2). Units that it has no code for are left out: the member is optional.
 */
const CODES: Readonly<Record<string, string>> = {
  '1': 'C62',
  '%': 'P1',
  '[ppm]': '59',
  '[ppb]': '61',
  'g/kg': 'GK',
  Cel: 'CEL',
  hPa: 'A97',
  bar: 'BAR',
  m: 'MTR',
  mm: 'MMT',
  cm: 'CMT',
  km: 'KMT',
  m3: 'MTQ',
  'm/s': 'MTS',
  'mm/s': 'C16',
  'km/h': 'KMH',
  'm3/h': 'MQH',
  'mm/h': 'H67',
  deg: 'DD',
  lx: 'LUX',
  'W/m2': 'D54',
  'dB[SPL]': '2N',
  'ug/m3': 'GQ',
  'mg/m3': 'GP',
  'mg/L': 'M1',
  'Bq/m3': 'A19',
  'uS/cm': 'G42',
  '[pH]': 'Q30',
  kg: 'KGM',
  min: 'MIN',
  h: 'HUR',
  d: 'DAY',
  W: 'WTT',
  kW: 'KWT',
  'kW.h': 'KWH',
  V: 'VLT',
  mV: '2Z',
  A: 'AMP',
  'A.h': 'AMH',
  Hz: 'HTZ',
  '/h': 'H10',
  '[g]': 'K40',
};

/** The unit's code; undefined if there is none. */
export function unitCodeOf(ucum: string): string | undefined {
  return Object.hasOwn(CODES, ucum) ? CODES[ucum] : undefined;
}
