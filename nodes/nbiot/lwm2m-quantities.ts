import { ByflytError } from '../observation/errors.ts';
import type { Observation } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { convert } from '../observation/units.ts';
import type { Resource, ResourceValue } from './lwm2m.ts';
import { ucumOf } from './senml-units.ts';

/** What a resource of an object measures, and its unit (UCUM) where the client does not state one. */
interface Meaning {
  quantity: QuantityId;
  unit?: string;
}

/** IPSO's common resources: value, state, counter, cumulated energy. */
const [VALUE, STATE, COUNTER, ENERGY, UNITS] = [5700, 5500, 5501, 5805, 5701];

/**
 * Objects whose meaning needs no guess: OMA LwM2M registry; IPSO Smart Objects. The general ones (3300 sensor,
 * 3320 percentage, 3325 concentration ...) mean what a device model says.
 */
const MEANINGS: Readonly<Record<number, Readonly<Record<number, Meaning>>>> = {
  3: {
    7: { quantity: 'battery_voltage', unit: 'mV' },
    9: { quantity: 'battery_level', unit: '%' },
  },
  3200: { [STATE]: { quantity: 'digital_input' }, [COUNTER]: { quantity: 'pulse_count' } },
  3301: { [VALUE]: { quantity: 'illuminance', unit: 'lx' } },
  3302: { [STATE]: { quantity: 'motion' }, [COUNTER]: { quantity: 'motion_count' } },
  3303: { [VALUE]: { quantity: 'air_temperature', unit: 'Cel' } },
  3304: { [VALUE]: { quantity: 'relative_humidity', unit: '%' } },
  3305: {
    5800: { quantity: 'power', unit: 'W' },
    [ENERGY]: { quantity: 'energy', unit: 'W.h' },
    5820: { quantity: 'power_factor', unit: '1' },
  },
  3315: { [VALUE]: { quantity: 'air_pressure', unit: 'Pa' } },
  3316: { [VALUE]: { quantity: 'voltage', unit: 'V' } },
  3317: { [VALUE]: { quantity: 'current', unit: 'A' } },
  3323: { [VALUE]: { quantity: 'water_pressure', unit: 'Pa' } },
  3324: { [VALUE]: { quantity: 'sound_level', unit: 'dB[SPL]' } },
  3326: { [VALUE]: { quantity: 'ph', unit: '[pH]' } },
  3327: { [VALUE]: { quantity: 'electrical_conductivity', unit: 'S/m' } },
  3328: { [VALUE]: { quantity: 'power', unit: 'W' } },
  3329: { [VALUE]: { quantity: 'power_factor', unit: '1' } },
  3330: { [VALUE]: { quantity: 'distance', unit: 'm' } },
  3331: { [ENERGY]: { quantity: 'energy', unit: 'W.h' } },
  3342: { [STATE]: { quantity: 'digital_input' } },
  3347: { [STATE]: { quantity: 'button_pressed' }, [COUNTER]: { quantity: 'button_count' } },
};

/** Objects of IPSO that measure, whether what they mean is certain or a matter of the device model. */
export const MEASURING_OBJECTS: readonly number[] = [
  ...Object.keys(MEANINGS)
    .map(Number)
    .filter((object) => object >= 3200),
  ...[3202, 3300, 3313, 3314, 3318, 3319, 3320, 3321, 3322, 3325, 3334, 3346, 3349],
];

/** Radio signal strength, dBm: connectivity monitoring, resource 2. */
const SIGNAL_STRENGTH = '/4/0/2';

export interface Lwm2mReading {
  values: Observation['values'];
  /** dBm. */
  rssi?: number;
  /** Paths whose meaning or unit is not known, and further instances of a quantity that is there already. */
  unknownNames: string[];
}

/** Resources of one moment -> quantities in canonical units. What has no certain meaning is named, not guessed. */
export function lwm2mReading(resources: readonly Resource[]): Lwm2mReading {
  const units = new Map(resources.flatMap(({ path, value }) => unitOf(path, value)));
  const reading: Lwm2mReading = { values: {}, unknownNames: [] };
  for (const { path, value } of resources) {
    const [object = 0, instance = 0, resource = 0] = path.split('/').slice(1).map(Number);
    if (path === SIGNAL_STRENGTH && typeof value === 'number') reading.rssi = value;
    else if (object >= 3 && resource !== UNITS) {
      const meaning = MEANINGS[object]?.[resource];
      const canonical = meaning && canonicalValue(meaning, value, units.get(`/${object}/${instance}`));
      if (!meaning || canonical === undefined || Object.hasOwn(reading.values, meaning.quantity))
        reading.unknownNames.push(path);
      else reading.values[meaning.quantity] = canonical;
    }
  }
  return reading;
}

/** What a client says of the units of an object instance. */
function unitOf(path: string, value: ResourceValue): [instance: string, ucum: string][] {
  const [, instance, resource] = /^(\/\d+\/\d+)\/(\d+)$/.exec(path) ?? [];
  return instance && Number(resource) === UNITS && typeof value === 'string'
    ? [[instance, ucumOf(value)]]
    : [];
}

function canonicalValue(
  { quantity, unit }: Meaning,
  value: ResourceValue,
  stated: string | undefined,
): number | boolean | undefined {
  const { valueType, unit: canonical } = QUANTITIES[quantity];
  if (valueType === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (typeof value !== 'number') return undefined;
  if (unit === undefined) return value;
  try {
    return convert(value, stated ?? unit, canonical);
  } catch (error) {
    // A unit that does not exist, or does not fit: whoever reads the number could not trust it.
    if (error instanceof ByflytError) return undefined;
    throw error;
  }
}
