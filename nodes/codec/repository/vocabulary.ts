import type { Mapping } from '../../devices/device.ts';

/**
 * The measurement vocabulary of the LoRaWAN device repository: what `normalizeUplink` gives, by its path, and the
 * quantity and unit that it is here. Source: lib/payload.json of the repository ("normalized payload").
 */
const NORMALIZED: Readonly<Record<string, Omit<Mapping, 'from'>>> = {
  battery: { quantity: 'battery_voltage' },
  'air.temperature': { quantity: 'air_temperature' },
  'air.relativeHumidity': { quantity: 'relative_humidity' },
  'air.pressure': { quantity: 'air_pressure' },
  'air.co2': { quantity: 'co2_concentration' },
  'air.lightIntensity': { quantity: 'illuminance' },
  'wind.speed': { quantity: 'wind_speed' },
  'wind.direction': { quantity: 'wind_direction' },
  'soil.moisture': { quantity: 'soil_moisture' },
  'soil.temperature': { quantity: 'soil_temperature' },
  'soil.ec': { quantity: 'electrical_conductivity', unit: 'dS/m' },
  'soil.pH': { quantity: 'ph' },
  'water.leak': { quantity: 'water_leak' },
  'water.temperature.current': { quantity: 'water_temperature' },
  'metering.water.total': { quantity: 'water_volume', unit: 'L' },
  'action.motion.detected': { quantity: 'motion' },
  'action.motion.count': { quantity: 'motion_count' },
  'action.contactState': { quantity: 'door_open', states: { open: true, closed: false } },
};

/** Where the normalized measurements are in a codec's output. */
export const NORMALIZED_NAME = 'normalized';
/** Where the time of a measurement is, if a codec gives several with their own. */
export const NORMALIZED_TIME = 'normalizedTime';

/** What the vocabulary says of a path in a codec's output (`normalized.air.temperature`). */
export function normalizedMapping(path: string): Omit<Mapping, 'from'> | undefined {
  const [first, ...rest] = path.split('.');
  const name = rest.join('.');
  return first === NORMALIZED_NAME && Object.hasOwn(NORMALIZED, name) ? NORMALIZED[name] : undefined;
}
