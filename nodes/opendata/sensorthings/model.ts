/**
 * The entities of the OGC SensorThings API 1.1 (OGC 18-088, section 8.2) as data: what each has and where it leads.
 * Addresses, queries and answers all come from this table.
 */

/** How a property is compared: `json` has parts that can be named, `any` is whatever was measured. */
type PropertyType = 'text' | 'time' | 'geometry' | 'json' | 'any';

export interface Navigation {
  set: SetName;
  many: boolean;
}

export interface EntityType {
  properties: Readonly<Record<string, PropertyType>>;
  navigation: Readonly<Record<string, Navigation>>;
}

export const SETS = [
  'Things',
  'Locations',
  'HistoricalLocations',
  'Datastreams',
  'Sensors',
  'ObservedProperties',
  'Observations',
  'FeaturesOfInterest',
] as const;
export type SetName = (typeof SETS)[number];

const NAMED = { name: 'text', description: 'text' } as const;

export const MODEL: Readonly<Record<SetName, EntityType>> = {
  Things: {
    properties: { ...NAMED, properties: 'json' },
    navigation: {
      Datastreams: { set: 'Datastreams', many: true },
      Locations: { set: 'Locations', many: true },
      HistoricalLocations: { set: 'HistoricalLocations', many: true },
    },
  },
  Locations: {
    properties: { ...NAMED, encodingType: 'text', location: 'geometry', properties: 'json' },
    navigation: {
      Things: { set: 'Things', many: true },
      HistoricalLocations: { set: 'HistoricalLocations', many: true },
    },
  },
  HistoricalLocations: {
    properties: { time: 'time' },
    navigation: {
      Thing: { set: 'Things', many: false },
      Locations: { set: 'Locations', many: true },
    },
  },
  Datastreams: {
    properties: {
      ...NAMED,
      observationType: 'text',
      unitOfMeasurement: 'json',
      observedArea: 'geometry',
      phenomenonTime: 'time',
      resultTime: 'time',
      properties: 'json',
    },
    navigation: {
      Thing: { set: 'Things', many: false },
      Sensor: { set: 'Sensors', many: false },
      ObservedProperty: { set: 'ObservedProperties', many: false },
      Observations: { set: 'Observations', many: true },
    },
  },
  Sensors: {
    properties: { ...NAMED, encodingType: 'text', metadata: 'any', properties: 'json' },
    navigation: { Datastreams: { set: 'Datastreams', many: true } },
  },
  ObservedProperties: {
    properties: { ...NAMED, definition: 'text', properties: 'json' },
    navigation: { Datastreams: { set: 'Datastreams', many: true } },
  },
  Observations: {
    properties: {
      phenomenonTime: 'time',
      result: 'any',
      resultTime: 'time',
      resultQuality: 'any',
      validTime: 'time',
      parameters: 'json',
    },
    navigation: {
      Datastream: { set: 'Datastreams', many: false },
      FeatureOfInterest: { set: 'FeaturesOfInterest', many: false },
    },
  },
  FeaturesOfInterest: {
    properties: { ...NAMED, encodingType: 'text', feature: 'geometry', properties: 'json' },
    navigation: { Observations: { set: 'Observations', many: true } },
  },
};

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What was measured at one place of one dataset, one quantity: a Datastream, and how its Observations are read. */
export interface Entity {
  set: SetName;
  /** A whole number that clients in any language can hold exactly. */
  id: number;
  /** As they are in the answer; absent if not known. */
  properties: Readonly<Record<string, Json>>;
  /** Navigation -> related entities, in the order of their ids. Observations are not kept here but read. */
  links: Readonly<Record<string, readonly Entity[]>>;
}

export function isSet(name: string): name is SetName {
  return (SETS as readonly string[]).includes(name);
}

export function navigationOf(set: SetName, name: string): Navigation | undefined {
  const { navigation } = MODEL[set];
  return Object.hasOwn(navigation, name) ? navigation[name] : undefined;
}

export function propertyOf(set: SetName, name: string): PropertyType | undefined {
  const { properties } = MODEL[set];
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
