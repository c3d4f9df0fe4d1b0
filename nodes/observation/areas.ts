/** Application areas; also the measurement names in the store. Labels are in the message catalog as `observation.area.<id>`. */
export const AREAS = [
  'air_quality',
  'water_temperature',
  'water',
  'wastewater',
  'waste',
  'streetlight',
  'mobility',
  'parking',
  'winter_road',
  'building',
  'fire_safety',
  'ski_trail',
  'toilet',
  'citizen',
] as const;

/** `unassigned`: a reading made on the command line for a device that no registry knows. */
export type AreaId = (typeof AREAS)[number] | 'unassigned';

export function isArea(value: unknown): value is (typeof AREAS)[number] {
  return (AREAS as readonly unknown[]).includes(value);
}
