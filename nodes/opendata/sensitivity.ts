import type { AreaId } from '../observation/areas.ts';
import type { QuantityId } from '../observation/quantities.ts';
import type { Release } from './dataset.ts';

/**
 * What a quantity tells about people.
 * people: how many they are; peopleRate: the same per hour, which hides how few were counted; presence: whether
 * somebody is there; meter: what a household uses; total: a meter reading, whose differences tell the small numbers.
 */
export type Sensitivity = 'people' | 'peopleRate' | 'presence' | 'meter' | 'total';

const SENSITIVE: Partial<Record<QuantityId, Sensitivity>> = {
  people_count: 'people',
  people_in: 'people',
  people_out: 'people',
  pedestrian_count: 'people',
  bicycle_count: 'people',
  people_in_total_rate: 'peopleRate',
  people_out_total_rate: 'peopleRate',
  people_in_total: 'total',
  people_out_total: 'total',
  occupancy: 'presence',
  occupied_share: 'presence',
  motion: 'presence',
  motion_share: 'presence',
  motion_count: 'presence',
  door_open: 'presence',
  door_open_count: 'presence',
  door_open_duration: 'presence',
  door_openings_total_rate: 'presence',
  door_openings_total: 'total',
  button_pressed: 'presence',
  button_count: 'presence',
  power: 'meter',
  energy_rate: 'meter',
  heat_energy_rate: 'meter',
  gas_volume_rate: 'meter',
  water_volume_rate: 'meter',
  pulse_count_rate: 'meter',
  pulse_count_2_rate: 'meter',
  energy: 'total',
  heat_energy: 'total',
  gas_volume: 'total',
  water_volume: 'total',
  pulse_count: 'total',
  pulse_count_2: 'total',
};

/** Meters of the municipality's own works: nobody lives there. */
const WORKS: readonly AreaId[] = ['streetlight', 'wastewater', 'winter_road', 'ski_trail'];

const NOT_SENSITIVE: readonly { quantities: readonly QuantityId[]; areas: readonly AreaId[] }[] = [
  {
    quantities: [
      'power',
      'energy',
      'energy_rate',
      'heat_energy',
      'heat_energy_rate',
      'gas_volume',
      'gas_volume_rate',
      'water_volume',
      'water_volume_rate',
      'pulse_count',
      'pulse_count_rate',
      'pulse_count_2',
      'pulse_count_2_rate',
    ],
    areas: WORKS,
  },
  // A car in a public parking space.
  { quantities: ['occupancy', 'occupied_share'], areas: ['parking'] },
];

/** What a quantity tells about people where it is measured in an area; undefined if nothing. */
export function sensitivityOf(quantity: QuantityId, area: AreaId): Sensitivity | undefined {
  const harmless = NOT_SENSITIVE.some(
    ({ quantities, areas }) => quantities.includes(quantity) && areas.includes(area),
  );
  return harmless ? undefined : SENSITIVE[quantity];
}

/** Whether it is a number of people, which is withheld where it is small. */
export function isCount(sensitivity: Sensitivity | undefined): boolean {
  return sensitivity === 'people' || sensitivity === 'peopleRate';
}

/** Areas whose sensors are at people's homes. */
export function isPrivateArea(area: AreaId): boolean {
  return area === 'citizen' || area === 'unassigned';
}

/** States of which the share of places is released -> the quantity that the share is. */
const SHARES = { occupancy: 'occupied_share', motion: 'motion_share' } as const satisfies Partial<
  Record<QuantityId, QuantityId>
>;

/** Quantities as they stand in a dataset: of states that are shown together, the share of places. */
export function releasedQuantities(
  quantities: readonly QuantityId[],
  release: Release | undefined,
): QuantityId[] {
  if (release?.by !== 'area') return [...quantities];
  const shares: Partial<Record<QuantityId, QuantityId>> = SHARES;
  return [...new Set(quantities.map((quantity) => shares[quantity] ?? quantity))];
}

/** The measured quantity behind a released one. */
export function sourceOf(quantity: QuantityId): QuantityId {
  const share = Object.entries(SHARES).find(([, released]) => released === quantity);
  return share ? (share[0] as keyof typeof SHARES) : quantity;
}
