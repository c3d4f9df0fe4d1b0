import { createHash } from 'node:crypto';
import type { Device } from '../devices/device.ts';
import type { PrivacyTerms } from './dataset.ts';

/** A place that the public knows. */
export interface PublicPlace {
  /** Lower-case letters, digits and hyphens; made from the name, and unique in the dataset. */
  id: string;
  name: string;
  /** Degrees, WGS 84, as exact as the dataset allows. */
  location?: { lat: number; lon: number };
}

/** Decimals of a degree: a millionth is a decimetre, a hundredth about a kilometre. */
const DECIMALS = { exact: 6, rounded: 2 } as const;

/**
 * The places of a dataset in order of their names. `places` are device ids with the names of their places; a place
 * with several devices is where the first of them is that has a location.
 */
export function placesOf(
  places: ReadonlyMap<string, string>,
  devices: readonly Device[],
  precision: PrivacyTerms['location'],
): PublicPlace[] {
  const idOf = placeIds(places.values());
  const located = new Map<string, PublicPlace>();
  for (const { id, location } of devices) {
    const name = places.get(id);
    if (name === undefined) continue;
    const place = located.get(name) ?? { id: idOf.get(name) ?? '', name };
    located.set(name, place);
    if (location && precision !== 'none') place.location ??= rounded(location, DECIMALS[precision]);
  }
  return [...located.values()].sort((a, b) => a.name.localeCompare(b.name, 'nb', { numeric: true }));
}

/** Name of a place -> its id. Names that would give the same one, or none, are told apart by their digest. */
export function placeIds(names: Iterable<string>): ReadonlyMap<string, string> {
  const plain = new Map([...new Set(names)].map((name) => [name, plainId(name)]));
  const users = Map.groupBy(plain.values(), (id) => id);
  return new Map(
    [...plain].map(([name, id]) => {
      const unique = id !== '' && users.get(id)?.length === 1;
      return [name, unique ? id : `${id || 'place'}-${digest(name)}`];
    }),
  );
}

/** Letters that Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  æ: 'ae',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  ł: 'l',
};

function plainId(name: string): string {
  return name
    .toLowerCase()
    .replace(/[æøđðþßł]/g, (letter) => LETTERS[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 6);
}

function rounded({ lat, lon }: NonNullable<PublicPlace['location']>, decimals: number) {
  return { lat: Number(lat.toFixed(decimals)), lon: Number(lon.toFixed(decimals)) };
}
