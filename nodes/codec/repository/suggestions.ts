import type { Mapping } from '../../devices/device.ts';
import { ByflytError } from '../../observation/errors.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { convert } from '../../observation/units.ts';
import type { OutputName } from './output-names.ts';
import { normalizedMapping } from './vocabulary.ts';

/** Words of the device repository for what a device senses, and the quantities that this can be. */
const SENSED: Readonly<Record<string, readonly QuantityId[]>> = {
  temperature: ['air_temperature', 'water_temperature', 'soil_temperature', 'probe_temperature'],
  'surface temperature': ['surface_temperature', 'road_temperature'],
  humidity: ['relative_humidity'],
  barometer: ['air_pressure'],
  pressure: ['air_pressure', 'water_pressure'],
  battery: ['battery_voltage', 'battery_level'],
  co2: ['co2_concentration'],
  co: ['carbon_monoxide'],
  no: ['nitrogen_monoxide'],
  no2: ['nitrogen_dioxide'],
  o3: ['ozone'],
  so2: ['sulfur_dioxide'],
  h2s: ['hydrogen_sulfide'],
  tvoc: ['tvoc'],
  bvoc: ['tvoc'],
  iaq: ['air_quality_index'],
  dust: ['pm2p5', 'pm10'],
  'particulate matter': ['pm1', 'pm2p5', 'pm4', 'pm10'],
  'pm2.5': ['pm2p5'],
  pm10: ['pm10'],
  light: ['illuminance', 'light_level'],
  'solar radiation': ['solar_irradiance'],
  uv: ['uv_index'],
  sound: ['sound_level', 'sound_level_max'],
  'wind speed': ['wind_speed', 'wind_gust_speed'],
  'wind direction': ['wind_direction'],
  rainfall: ['precipitation', 'precipitation_rate'],
  precipitation: ['precipitation', 'precipitation_rate'],
  moisture: ['soil_moisture'],
  conductivity: ['electrical_conductivity'],
  ph: ['ph'],
  'dissolved oxygen': ['dissolved_oxygen'],
  turbidity: ['turbidity'],
  level: ['water_level', 'fill_level', 'distance'],
  distance: ['distance'],
  radar: ['distance', 'water_level'],
  proximity: ['distance', 'parking_occupied'],
  water: ['water_leak', 'water_level', 'water_volume'],
  motion: ['motion', 'motion_count'],
  pir: ['motion', 'occupancy', 'people_count'],
  occupancy: ['occupancy', 'people_count'],
  'reed switch': ['door_open', 'door_open_count'],
  'hall effect': ['door_open', 'door_open_count'],
  magnetometer: ['door_open', 'parking_occupied'],
  button: ['button_pressed', 'button_count'],
  tilt: ['tilt', 'tilt_angle'],
  accelerometer: ['acceleration_x', 'acceleration_y', 'acceleration_z', 'vibration'],
  vibration: ['vibration', 'vibration_velocity', 'vibration_acceleration'],
  smoke: ['smoke', 'fire_alarm'],
  weight: ['weight'],
  'pulse count': ['pulse_count', 'pulse_count_2'],
  energy: ['energy', 'heat_energy'],
  power: ['power'],
  voltage: ['voltage', 'analog_voltage'],
  'analog input': ['analog_voltage', 'analog_voltage_2'],
  current: ['current'],
  'digital input': ['digital_input', 'digital_input_2'],
  'smart valve': ['valve_position', 'setpoint_temperature'],
};

/** The quantities that a device measures by its `sensors` in the repository; forms offer them first. */
export function sensedQuantities(sensors: readonly string[]): QuantityId[] {
  return [...new Set(sensors.flatMap((sensor) => SENSED[sensor] ?? []))];
}

/**
 * Names as codecs write them, and the quantity that they usually are; the first that fits. The name is given in lower
 * case with `_` between its words. Only ever a suggestion: a person confirms it.
 */
const USUAL: readonly [RegExp, QuantityId][] = [
  [/(^|_)bat(tery)?(_|$).*(volt|mv)|^bat_?v$|^vbat|battery_voltage|^batv/, 'battery_voltage'],
  [/(^|_)bat(tery)?(_|$)/, 'battery_level'],
  [/soil.*temp|temp.*soil/, 'soil_temperature'],
  [/water.*temp|temp.*water/, 'water_temperature'],
  [/(probe|ext(ernal)?|ds18?b?20?|_ds$).*temp|temp.*(probe|ext|_ds)/, 'probe_temperature'],
  [/target|setpoint/, 'setpoint_temperature'],
  [/dew/, 'dew_point_temperature'],
  [/temp/, 'air_temperature'],
  [/soil.*(moist|hum|vwc)|moisture|vwc|water_soil/, 'soil_moisture'],
  [/hum|(^|_)rh(_|$)/, 'relative_humidity'],
  [/co2/, 'co2_concentration'],
  [/tvoc|(^|_)voc/, 'tvoc'],
  [/pm_?1_?0_?$|pm10/, 'pm10'],
  [/pm_?2_?5|pm2p5/, 'pm2p5'],
  [/water_pressure/, 'water_pressure'],
  [/press|barom/, 'air_pressure'],
  [/lux|illum|(^|_)light(_|$)|ill_lx/, 'illuminance'],
  [/wind.*(speed|velocity)/, 'wind_speed'],
  [/wind.*dir/, 'wind_direction'],
  [/rain|precip/, 'precipitation'],
  [/leak|flood/, 'water_leak'],
  [/distance|dist(_|$)/, 'distance'],
  [/level/, 'water_level'],
  [/door|window|magnet|(^|_)open/, 'door_open'],
  [/motion|pir/, 'motion'],
  [/occupan|presence/, 'occupancy'],
  [/people|count_in|visitors/, 'people_count'],
  [/tilt|angle/, 'tilt_angle'],
  [/conductivity|(^|_)ec(_|$)/, 'electrical_conductivity'],
  [/(^|_)ph\d?(_|$)/, 'ph'],
  [/noise|sound|(^|_)la_?eq/, 'sound_level'],
  [/pulse|(^|_)count(er)?(_|$)/, 'pulse_count'],
  [/energy|kwh/, 'energy'],
  [/power/, 'power'],
  [/weight/, 'weight'],
];

/** The mapping that a name probably needs: by the repository's own vocabulary, else by its usual meaning. */
export function suggestionFor({ path, values }: OutputName): Omit<Mapping, 'from'> | undefined {
  const known = normalizedMapping(path);
  if (known) return known;
  const name = wordsOf(path);
  const quantity = USUAL.find(([pattern]) => pattern.test(name))?.[1];
  if (quantity === undefined || !fits(quantity, values)) return undefined;
  return { quantity };
}

/** `TempC_SHT` -> `temp_c_sht`, `air.relativeHumidity` -> `air_relative_humidity`. */
function wordsOf(path: string): string {
  return path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
}

/** Numbers for numbers; yes and no may come as anything. */
function fits(quantity: QuantityId, values: OutputName['values']): boolean {
  return QUANTITIES[quantity].valueType !== 'number' || values.every(isNumeric);
}

/** A number, also one that a codec writes as text. */
export function isNumeric(value: number | boolean | string): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

/** Units that sensors report in, as UCUM codes. */
const UNITS =
  'Cel [degF] K % 1 V mV A mA m cm mm km [in_i] [ft_i] hPa Pa kPa bar mbar [psi] lx W/m2 [ppm] [ppb] ug/m3 mg/m3 ' +
  'g/m3 W kW W.h kW.h MW.h m3 L L/h L/min m3/h m/s km/h mm/s deg uS/cm mS/cm dS/m kg g mg/L g/L s min h d mm/h g/kg';

/** Units that a value of a quantity may come in, the canonical one first. */
export function unitsFor(quantity: QuantityId): string[] {
  const { unit, valueType } = QUANTITIES[quantity];
  if (valueType !== 'number') return [];
  return [unit, ...UNITS.split(' ').filter((other) => other !== unit && isConvertible(other, unit))];
}

function isConvertible(from: string, to: string): boolean {
  try {
    convert(1, from, to);
    return true;
  } catch (error) {
    if (error instanceof ByflytError) return false;
    throw error;
  }
}
