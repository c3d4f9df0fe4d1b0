import { AIR_QUALITY } from './quantities/air-quality.ts';
import { RATES } from './quantities/counter-rates.ts';
import { GROUND } from './quantities/ground.ts';
import { PLACES } from './quantities/places.ts';
import { TECHNICAL } from './quantities/technical.ts';
import { WATER } from './quantities/water.ts';
import { WEATHER } from './quantities/weather.ts';
import type { Quantity } from './quantity.ts';

export type { Quantity } from './quantity.ts';

const TABLE = { ...WEATHER, ...AIR_QUALITY, ...WATER, ...GROUND, ...PLACES, ...TECHNICAL, ...RATES };

export type QuantityId = keyof typeof TABLE;

/**
 * The vocabulary: everything with a unit, a label or a range comes from here.
 * Ids follow the CF standard names where one is in daily use.
 */
export const QUANTITIES: Readonly<Record<QuantityId, Quantity>> = TABLE;

export function isQuantity(id: string): id is QuantityId {
  return Object.hasOwn(QUANTITIES, id);
}
