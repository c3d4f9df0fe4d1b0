import { QUANTITIES, type Quantity, type QuantityId } from '../../observation/quantities.ts';

/** How a quantity behaves where municipalities measure it, as far as that tells a fault from what is real. */
export interface FaultHabits {
  /** A meter reading: watched as its rate per hour. */
  counter: boolean;
  /** The value may rise, or move, for real and quickly, and come back within hours (rockets, rain, a crowd). */
  eventful: boolean;
  /** A quick lasting fall is real: somebody emptied it. */
  emptied: boolean;
  /** The quietest hour of a day tells of a leak. */
  leaks: boolean;
  /** What its daily figure is: the lowest hour, the mean, or the difference from sensors nearby. */
  daily: 'lowest' | 'mean' | 'difference';
  battery: boolean;
  /** Shortest time without a change that may be a fault, hours; and the same at rest (0). */
  stuckHours: number;
  restHours: number;
  /** At this value it stays for weeks: ice melts and water freezes at 0 °C. */
  plateau: number | undefined;
  /** Sensors of the same quantity within this distance see the same weather or water, km. */
  nearKm: number;
}

const ORDINARY: FaultHabits = {
  counter: false,
  eventful: true,
  emptied: false,
  leaks: false,
  daily: 'difference',
  battery: false,
  stuckHours: 3,
  restHours: 72,
  plateau: undefined,
  nearKm: 2,
};

const WEATHER: Partial<FaultHabits> = { eventful: false, nearKm: 25, restHours: 12 };
const ICY: Partial<FaultHabits> = { ...WEATHER, plateau: 0, stuckHours: 6 };
const LEVEL: Partial<FaultHabits> = { emptied: true, stuckHours: 24, nearKm: 0 };
const BATTERY: Partial<FaultHabits> = {
  battery: true,
  eventful: false,
  daily: 'mean',
  stuckHours: 24 * 21,
  nearKm: 0,
};

const HABITS: Partial<Record<QuantityId, Partial<FaultHabits>>> = {
  air_temperature: WEATHER,
  dew_point_temperature: WEATHER,
  relative_humidity: WEATHER,
  air_pressure: { ...WEATHER, nearKm: 50 },
  road_temperature: { ...ICY, nearKm: 10 },
  surface_temperature: { ...ICY, nearKm: 10 },
  snow_temperature: { ...ICY, nearKm: 10 },
  soil_temperature: { ...ICY, nearKm: 10 },
  water_temperature: { ...ICY, nearKm: 10, stuckHours: 12 },
  water_level: { nearKm: 15, stuckHours: 6 },
  co2_concentration: { nearKm: 0.1, daily: 'lowest' },
  pm1: { nearKm: 5 },
  pm2p5: { nearKm: 5 },
  pm10: { nearKm: 5 },
  sound_level: { nearKm: 0.5 },
  fill_level: LEVEL,
  paper_level: LEVEL,
  soap_level: LEVEL,
  weight: LEVEL,
  distance: { stuckHours: 24, nearKm: 0 },
  people_count: { nearKm: 1, restHours: 96 },
  parking_free_spaces: { nearKm: 0.5, stuckHours: 12 },
  water_volume: { leaks: true, daily: 'lowest', nearKm: 0, stuckHours: 24 },
  gas_volume: { leaks: true, daily: 'lowest', nearKm: 0, stuckHours: 48 },
  flow_rate: { leaks: true, daily: 'lowest', nearKm: 0, stuckHours: 6 },
  energy: { nearKm: 0, stuckHours: 12, restHours: 12 },
  power: { nearKm: 0, stuckHours: 6 },
  battery_voltage: BATTERY,
  battery_level: { ...BATTERY, stuckHours: 24 * 60 },
};

const known = new Map<string, FaultHabits>();

/** Habits of a quantity, one object for all its series; those of an ordinary one for what the vocabulary does not have. */
export function habitsOf(id: string): FaultHabits {
  const habits = known.get(id) ?? newHabits(id);
  if (Object.hasOwn(QUANTITIES, id)) known.set(id, habits);
  return habits;
}

function newHabits(id: string): FaultHabits {
  const quantity: Quantity | undefined = Object.hasOwn(QUANTITIES, id)
    ? QUANTITIES[id as QuantityId]
    : undefined;
  return { ...ORDINARY, counter: quantity?.kind === 'counter', ...HABITS[id as QuantityId] };
}
