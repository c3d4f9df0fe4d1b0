import type { AreaId } from '../observation/areas.ts';
import { PUBLIC_LANGUAGES, translate } from '../observation/messages.ts';
import type { QuantityId } from '../observation/quantities.ts';
import type { Localized } from './localized.ts';
import type { Condition, PhraseRule } from './phrases.ts';

type Row = readonly [key: string, ...when: Condition[]];

/**
 * What is said in an area if staff wrote no phrases: the first that fits. Texts are in the catalogs as `opendata.phrase.<key>`.
 * Grip wax by the colours that makers print on the tin. Classes of air by the hour means of Norway's forecast service
 * (µg/m³); carbon dioxide by the 1000 ppm of the Norwegian Institute of Public Health.
 */
const ROWS: Readonly<Partial<Record<AreaId, readonly Row[]>>> = {
  ski_trail: [
    ['wax_polar', { quantity: 'snow_temperature', below: -15 }],
    ['wax_green', { quantity: 'snow_temperature', from: -15, below: -8 }],
    ['wax_blue', { quantity: 'snow_temperature', from: -8, below: -2 }],
    ['wax_violet', { quantity: 'snow_temperature', from: -2, below: 0 }],
    ['wax_klister', { quantity: 'snow_temperature', from: 0 }],
  ],
  air_quality: [
    ['air_very_high', { quantity: 'pm2p5', from: 150 }],
    ['air_very_high', { quantity: 'pm10', from: 400 }],
    ['air_very_high', { quantity: 'nitrogen_dioxide', from: 400 }],
    ['air_high', { quantity: 'pm2p5', from: 50 }],
    ['air_high', { quantity: 'pm10', from: 120 }],
    ['air_high', { quantity: 'nitrogen_dioxide', from: 200 }],
    ['air_moderate', { quantity: 'pm2p5', from: 30 }],
    ['air_moderate', { quantity: 'pm10', from: 60 }],
    ['air_moderate', { quantity: 'nitrogen_dioxide', from: 100 }],
    ['air_low', { quantity: 'pm2p5', below: 30 }],
    ['air_low', { quantity: 'pm10', below: 60 }],
  ],
  water_temperature: [
    ['water_icy', { quantity: 'water_temperature', below: 10 }],
    ['water_cold', { quantity: 'water_temperature', from: 10, below: 16 }],
    ['water_fresh', { quantity: 'water_temperature', from: 16, below: 20 }],
    ['water_warm', { quantity: 'water_temperature', from: 20 }],
  ],
  waste: [
    ['bin_full', { quantity: 'fill_level', from: 95 }],
    ['bin_nearly', { quantity: 'fill_level', from: 75, below: 95 }],
    ['bin_room', { quantity: 'fill_level', below: 75 }],
  ],
  parking: [
    ['parking_full', { quantity: 'parking_free_spaces', below: 1 }],
    ['parking_free', { quantity: 'parking_free_spaces', from: 1 }],
    ['parking_taken', { quantity: 'parking_occupied', is: true }],
    ['parking_vacant', { quantity: 'parking_occupied', is: false }],
  ],
  toilet: [
    ['occupied', { quantity: 'occupancy', is: true }],
    ['vacant', { quantity: 'occupancy', is: false }],
  ],
  winter_road: [
    ['road_freezing', { quantity: 'road_temperature', below: 0 }],
    ['road_near', { quantity: 'road_temperature', from: 0, below: 2 }],
    ['road_freezing', { quantity: 'surface_temperature', below: 0 }],
    ['road_near', { quantity: 'surface_temperature', from: 0, below: 2 }],
  ],
  building: [
    ['room_stuffy', { quantity: 'co2_concentration', from: 1000 }],
    ['room_fresh', { quantity: 'co2_concentration', below: 1000 }],
  ],
};

/** The built-in phrases of an area that speak of nothing but what a dataset publishes. */
export function builtInPhrases(area: AreaId, published: readonly QuantityId[]): PhraseRule[] {
  const rows = ROWS[area] ?? [];
  return rows
    .filter(([, ...when]) => when.every(({ quantity }) => published.includes(quantity)))
    .map(([key, ...when]) => ({ when, text: textsOf(key, when[0]?.quantity) }));
}

/** `{value}` stands for the quantity that decides, so that one sentence serves several. */
function textsOf(key: string, quantity: QuantityId | undefined): Localized {
  return Object.fromEntries(
    PUBLIC_LANGUAGES.map((language) => [
      language,
      translate(language, `opendata.phrase.${key}`).replace('{value}', `{${quantity}}`),
    ]),
  );
}
