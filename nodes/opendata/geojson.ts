import { framed, toJson } from './json.ts';
import type { PublicPlace } from './places.ts';
import type { LongTable } from './table.ts';

/** A point feature of RFC 7946: longitude first. */
export function feature({ lat, lon }: NonNullable<PublicPlace['location']>, properties: object) {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties };
}

/** A feature collection with what else is to be said of it as foreign members (RFC 7946, 6.1). */
export function featureCollection(about: object, features: readonly object[]) {
  return { type: 'FeatureCollection', ...about, features };
}

/** A table as a feature collection, a feature per row; rows of places without a public location are left out. */
export function toGeoJson(
  table: LongTable,
  about: object,
  places: readonly PublicPlace[],
  last: Record<string, unknown>,
): AsyncGenerator<string> {
  const locations = new Map(places.map(({ name, location }) => [name, location]));
  const frame = framed({ type: 'FeatureCollection', ...about }, 'features', last);
  return toJson(table, frame, (record) => {
    const location = locations.get(String(record.place));
    return location && feature(location, record);
  });
}
