import type { AreaId } from '../../observation/areas.ts';
import type { Value } from '../../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { unitCodeOf } from './unit-codes.ts';

/** What a Smart Data Model is called and where its names are explained. */
export interface DataModel {
  type: string;
  /** Address of its JSON-LD context. */
  context: string;
}

/** A value as a model has it. */
export interface Attribute {
  name: string;
  value: Value;
  /** Code of UNECE Recommendation 20. */
  unitCode?: string;
}

/** Core context of the API version whose members are used here (ETSI GS CIM 009, annex B). */
export const CORE_CONTEXT = 'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld';

/** Type and subject (repository) of the Smart Data Model for what is measured in an area. */
const MODELS: Readonly<Record<AreaId, readonly [type: string, subject: string]>> = {
  air_quality: ['AirQualityObserved', 'Environment'],
  water_temperature: ['WaterQualityObserved', 'WaterQuality'],
  water: ['WaterObserved', 'Environment'],
  wastewater: ['WaterObserved', 'Environment'],
  waste: ['WasteContainer', 'WasteManagement'],
  streetlight: ['Streetlight', 'Streetlighting'],
  mobility: ['TrafficFlowObserved', 'Transportation'],
  parking: ['ParkingSpot', 'Parking'],
  winter_road: ['WeatherObserved', 'Weather'],
  building: ['IndoorEnvironmentObserved', 'Environment'],
  fire_safety: ['Device', 'Device'],
  ski_trail: ['WeatherObserved', 'Weather'],
  toilet: ['IndoorEnvironmentObserved', 'Environment'],
  citizen: ['WeatherObserved', 'Weather'],
  unassigned: ['Device', 'Device'],
};

/** Names that a model has of its own for a quantity; else the quantity vocabulary's name counts. */
const OWN_NAMES: Readonly<Record<string, Partial<Record<QuantityId, string>>>> = {
  WaterObserved: { water_level: 'height' },
  WasteContainer: { weight: 'cargoWeight', methane: 'methaneConcentration' },
};

type Rule = { unitCode?: string; of(value: Value): Value };

const fraction: Rule = { unitCode: 'C62', of: (value) => rounded(Number(value) / 100) };

/** Attributes whose values the models want otherwise than our units have them. */
const RULES: Readonly<Record<string, Rule>> = {
  relativeHumidity: fraction,
  fillingLevel: fraction,
  soilMoistureVwc: fraction,
  illuminanceLevel: fraction,
  airQualityIndex: { of: (value) => Math.round(Number(value)) },
  windDirection: { unitCode: 'DD', of: (value) => (Number(value) > 180 ? Number(value) - 360 : value) },
};

/** States that a model names by words. */
const WORDS: Partial<Record<QuantityId, readonly [no: string, yes: string]>> = {
  parking_occupied: ['free', 'occupied'],
  lamp_on: ['off', 'on'],
};

export function modelOf(area: AreaId): DataModel {
  const [type, subject] = MODELS[area];
  return {
    type,
    context: `https://raw.githubusercontent.com/smart-data-models/dataModel.${subject}/master/context.jsonld`,
  };
}

/** Names of a dataset's quantities in a model; where two would be called the same, the first in the dataset is. */
export function attributeNames(quantities: readonly QuantityId[], type: string): Map<QuantityId, string> {
  const names = new Map<QuantityId, string>();
  const taken = new Set<string>();
  for (const quantity of quantities) {
    const wanted = OWN_NAMES[type]?.[quantity] ?? QUANTITIES[quantity].smartData;
    const name = wanted === undefined || taken.has(wanted) ? camelCase(quantity) : wanted;
    taken.add(name);
    names.set(quantity, name);
  }
  return names;
}

/** A value under a model's name, in the model's unit. */
export function attributeOf(quantity: QuantityId, name: string, value: Value): Attribute {
  const words = WORDS[quantity];
  if (words && typeof value === 'boolean') return { name, value: words[value ? 1 : 0] };
  if (typeof value !== 'number') return { name, value };
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  const unitCode = rule ? rule.unitCode : unitCodeOf(QUANTITIES[quantity].unit);
  return { name, value: rule ? rule.of(value) : value, ...(unitCode !== undefined && { unitCode }) };
}

function camelCase(id: string): string {
  return id.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A hundredth of a number with at most four decimals more than dust. */
function rounded(value: number): number {
  return Number(value.toFixed(6));
}
