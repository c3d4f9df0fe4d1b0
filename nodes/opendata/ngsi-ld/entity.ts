import { type Dataset, LICENCES, type Publisher } from '../dataset.ts';
import type { LatestPlace } from '../reader.ts';
import { attributeNames, attributeOf, CORE_CONTEXT, modelOf } from './models.ts';

/** An NGSI-LD entity in the normalised form (ETSI GS CIM 009, 4.5), with its context. */
export interface Entity {
  id: string;
  type: string;
  '@context': string[];
  [attribute: string]: unknown;
}

/** A place as the publication gate lets it be known. */
interface Place {
  /** Stable, unique in the dataset. */
  id: string;
  name: string;
  location?: { lat: number; lon: number };
}

/** What an entity is made of, beside the place's values. */
export interface Source {
  dataset: Dataset;
  publisher: Publisher;
  places: readonly Place[];
  /** Address of the dataset's page, where it is known. */
  page?: string;
}

/** Members of an entity that are no attributes. */
const FIXED = ['id', 'type', '@context'];

/**
 * The newest public values of each place as an entity of the area's Smart Data Model; places without a value give
 * none. The id is made of public names only, and the position is there only where the publication gate gave one.
 */
export function entitiesOf(latest: readonly LatestPlace[], source: Source): Entity[] {
  return latest.flatMap((place) => entityOf(place, source) ?? []);
}

function entityOf(
  { place, time, values }: LatestPlace,
  { dataset, publisher, places, page }: Source,
): Entity | undefined {
  const known = places.find(({ name }) => name === place);
  if (!known || time === undefined) return undefined;
  const { type, context } = modelOf(dataset.area);
  const names = attributeNames(dataset.quantities, type);
  const measured = dataset.quantities.flatMap((quantity) => {
    const latest = values[quantity];
    if (!latest) return [];
    const { name, value, unitCode } = attributeOf(quantity, names.get(quantity) ?? quantity, latest.value);
    const unit = unitCode !== undefined && { unitCode };
    return [[name, { type: 'Property', value, ...unit, observedAt: iso(latest.time) }]];
  });
  const { location } = known;
  return {
    id: `urn:ngsi-ld:${type}:${dataset.id}:${known.id}`,
    type,
    name: property(place),
    dateObserved: property({ '@type': 'DateTime', '@value': iso(time) }),
    dataProvider: property(publisher.name),
    ...(page !== undefined && { source: property(page) }),
    license: property(LICENCES[dataset.licence].page),
    ...(location && {
      location: {
        type: 'GeoProperty',
        value: { type: 'Point', coordinates: [location.lon, location.lat] },
      },
    }),
    ...Object.fromEntries(measured),
    '@context': [context, CORE_CONTEXT],
  };
}

/** Names of an entity's attributes. */
export function attributesOf(entity: Entity): string[] {
  return Object.keys(entity).filter((name) => !FIXED.includes(name));
}

function property(value: unknown): object {
  return { type: 'Property', value };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
