import { quantityLabel } from '../../observation/labels.ts';
import { translate } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { LICENCES } from '../dataset.ts';
import { inLanguage } from '../localized.ts';
import type { PublicPlace } from '../places.ts';
import { readModels, readPlaces } from '../reader.ts';
import type { Entry } from '../site.ts';
import { ID_BITS, numbered } from './ids.ts';
import type { Entity, Json, SetName } from './model.ts';
import { MODEL, SETS } from './model.ts';
import type { Series } from './observations.ts';
import { observedTime } from './observed-time.ts';
import { kindOfSensor } from './sensor-kind.ts';
import { observationType, propertyDefinition, unitOfMeasurement } from './vocabulary.ts';

/** When a Datastream has its first and its newest Observation, ms since 1970 UTC. */
export interface Extent {
  begin: number;
  end: number;
}

/** What is known of a dataset beside its form. */
export interface Contents {
  entry: Entry;
  sandbox: boolean;
  /** Place name -> quantity -> its extent. */
  extents: ReadonlyMap<string, ReadonlyMap<QuantityId, Extent>>;
}

const GEO_JSON = 'application/geo+json';

/** An entity while its links are still being found. */
interface Draft extends Entity {
  links: Record<string, Entity[]>;
}

/** All entities of a service but the Observations, which are read when they are asked for. */
export class Directory {
  readonly #sets: Readonly<Record<SetName, Map<number, Entity>>>;
  /** Datastream -> how its Observations are read. */
  readonly #series: ReadonlyMap<Entity, Series>;

  private constructor(sets: Record<SetName, Map<number, Entity>>, series: Map<Entity, Series>) {
    this.#sets = sets;
    this.#series = series;
  }

  /** `base`: address of the open data, with its final slash. */
  static from(contents: readonly Contents[], base: string): Directory {
    const builder = new Builder(base);
    for (const dataset of contents) builder.add(dataset);
    return new Directory(...builder.finish());
  }

  /** In the order of their ids. */
  all(set: SetName): Entity[] {
    return [...this.#sets[set].values()];
  }

  get(set: SetName, id: number): Entity | undefined {
    return this.#sets[set].get(id);
  }

  /** All that is measured. */
  series(): Series[] {
    return [...this.#series.values()];
  }

  /** The series whose Observations an entity has: a Datastream its own, a FeatureOfInterest those of its place. */
  seriesOf(entity: Entity): Series[] {
    const own = this.#series.get(entity);
    return own ? [own] : this.series().filter(({ links }) => links.FeatureOfInterest?.[0] === entity);
  }
}

interface PlaceEntities {
  thing: Draft;
  feature: Draft;
}

/** Makes the entities of datasets under names; numbers are given when all names are known. */
class Builder {
  readonly #base: string;
  readonly #named = Object.fromEntries(SETS.map((set) => [set, new Map<string, Draft>()])) as Record<
    SetName,
    Map<string, Draft>
  >;
  readonly #series = new Map<string, Series>();

  constructor(base: string) {
    this.#base = base;
  }

  /** Places at which nothing was measured yet are left out: clients take it that a Thing has Datastreams. */
  add(contents: Contents): void {
    const { dataset, sources } = contents.entry;
    const models = readModels(dataset, sources);
    for (const place of readPlaces(dataset, sources)) {
      const extents = contents.extents.get(place.name);
      if (!extents || extents.size === 0) continue;
      const begin = Math.min(...[...extents.values()].map((extent) => extent.begin));
      const entities = this.#addPlace(contents, place, begin);
      const sensor = this.#sensor(contents, models.get(place.id) ?? []);
      for (const [quantity, extent] of extents) {
        this.#addDatastream(contents, place, quantity, extent, { ...entities, sensor });
      }
    }
  }

  finish(): [Record<SetName, Map<number, Entity>>, Map<Entity, Series>] {
    const sets = Object.fromEntries(SETS.map((set) => [set, this.#numbered(set)])) as Record<
      SetName,
      Map<number, Entity>
    >;
    for (const drafts of Object.values(this.#named)) {
      for (const { links } of drafts.values()) {
        for (const linked of Object.values(links)) linked.sort((one, other) => one.id - other.id);
      }
    }
    for (const property of sets.ObservedProperties.values()) this.#define(property as Draft);
    return [sets, new Map([...this.#series.values()].map((series) => [series.datastream, series]))];
  }

  #numbered(set: SetName): Map<number, Entity> {
    const drafts = this.#named[set];
    const numbers = numbered(drafts.keys(), set === 'Datastreams' ? ID_BITS.datastream : ID_BITS.other);
    for (const [name, draft] of drafts) draft.id = numbers.get(name) ?? 0;
    const inOrder = [...drafts.values()].sort((one, other) => one.id - other.id);
    return new Map(inOrder.map((draft) => [draft.id, draft]));
  }

  /** The draft of this name, made if it is new. */
  #draft(set: SetName, name: string, properties: () => Record<string, Json | undefined>): Draft {
    const known = this.#named[set].get(name);
    if (known) return known;
    const links = Object.fromEntries(
      Object.entries(MODEL[set].navigation).flatMap(([step, { set: to }]) =>
        to === 'Observations' ? [] : [[step, []]],
      ),
    );
    const draft: Draft = { set, id: 0, properties: without(properties()), links };
    this.#named[set].set(name, draft);
    return draft;
  }

  /** `begin`: since when something is measured there, ms since 1970 UTC. */
  #addPlace({ entry, sandbox }: Contents, place: PublicPlace, begin: number): PlaceEntities {
    const { dataset } = entry;
    const name = `${dataset.id}/${place.id}`;
    const description = describe(entry, 'place', { place: place.name });
    const about = { name: place.name, description, properties: originOf(entry, sandbox) };
    const where = { encodingType: GEO_JSON };
    const thing = this.#draft('Things', name, () => about);
    const feature = this.#draft('FeaturesOfInterest', name, () => ({
      ...about,
      ...where,
      feature: shapeOf(place),
    }));
    const location = this.#draft('Locations', name, () => ({ ...about, ...where, location: shapeOf(place) }));
    const time = new Date(begin).toISOString();
    const historical = this.#draft('HistoricalLocations', name, () => ({ time }));
    link(thing, 'Locations', location, 'Things');
    link(thing, 'HistoricalLocations', historical, 'Thing');
    link(location, 'HistoricalLocations', historical, 'Locations');
    return { thing, feature };
  }

  #sensor({ entry, sandbox }: Contents, models: readonly string[]): Draft {
    const { dataset } = entry;
    const kind = kindOfSensor(models, sandbox);
    return this.#draft('Sensors', `${dataset.id}/${kind ?? ''}`, () => ({
      name: kind ?? text(entry, 'sensor'),
      description:
        (dataset.method && inLanguage(dataset.method, entry.publisher.language)) ||
        describe(entry, 'sensor_of', {}),
      encodingType: 'text/html',
      // How it is measured stands on the page of the dataset.
      metadata: `${this.#base}${dataset.id}/`,
      properties: originOf(entry, sandbox),
    }));
  }

  #addDatastream(
    { entry, sandbox }: Contents,
    place: PublicPlace,
    quantity: QuantityId,
    { begin, end }: Extent,
    { thing, feature, sensor }: PlaceEntities & { sensor: Draft },
  ): void {
    const label = quantityLabel(quantity, entry.publisher.language);
    const last = observedTime(entry, end).end;
    const period = `${new Date(begin).toISOString()}/${new Date(last).toISOString()}`;
    const name = `${entry.dataset.id}/${place.id}/${quantity}`;
    const datastream = this.#draft('Datastreams', name, () => ({
      name: `${label}, ${place.name}`,
      description: describe(entry, 'datastream', { quantity: label, place: place.name }),
      observationType: observationType(quantity),
      unitOfMeasurement: unitOfMeasurement(quantity),
      observedArea: pointOf(place),
      phenomenonTime: period,
      resultTime: period,
      properties: { ...originOf(entry, sandbox), quantity },
    }));
    const property = this.#draft('ObservedProperties', quantity, () => ({
      name: label,
      description: text(entry, 'property', { quantity: label }),
      definition: propertyDefinition(quantity),
      properties: { quantity, labels: { ...QUANTITIES[quantity].labels } },
    }));
    link(thing, 'Datastreams', datastream, 'Thing');
    link(sensor, 'Datastreams', datastream, 'Sensor');
    link(property, 'Datastreams', datastream, 'ObservedProperty');
    const links = { Datastream: [datastream], FeatureOfInterest: [feature] };
    this.#series.set(name, {
      entry,
      place: place.id,
      placeName: place.name,
      quantity,
      datastream,
      newest: end,
      sandbox,
      links,
    });
  }

  /** A property that no public vocabulary defines is defined by its own entry here. */
  #define(property: Draft): void {
    const properties = property.properties as Record<string, Json>;
    properties.definition ??= `${this.#base}sensorthings/v1.1/ObservedProperties(${property.id})`;
  }
}

function link(one: Draft, step: string, other: Draft, back: string): void {
  one.links[step]?.push(other);
  other.links[back]?.push(one);
}

function without(properties: Record<string, Json | undefined>): Record<string, Json> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Record<
    string,
    Json
  >;
}

/** A point, or a feature without coordinates (RFC 7946, 3.2) where the position is not published: the name says where it is. */
function shapeOf(place: PublicPlace): Json {
  return pointOf(place) ?? { type: 'Feature', geometry: null, properties: { name: place.name } };
}

function pointOf({ location }: PublicPlace): Json | undefined {
  return location && { type: 'Point', coordinates: [location.lon, location.lat] };
}

/** What every view must say: where the data come from, what may be done with them, whether they are made up. */
function originOf({ dataset, publisher }: Entry, sandbox: boolean): Record<string, Json> {
  return {
    dataset: dataset.id,
    publisher: publisher.name,
    licence: LICENCES[dataset.licence].page,
    sandbox,
    ...(sandbox && { notice: translate(publisher.language, 'opendata.sandbox.notice') }),
  };
}

/** A sentence, then what the dataset is about. */
function describe(entry: Entry, key: string, parameters: Record<string, string>): string {
  const { dataset, publisher } = entry;
  const title = inLanguage(dataset.title, publisher.language);
  return text(entry, key, { ...parameters, title });
}

function text({ publisher }: Entry, key: string, parameters: Record<string, string> = {}): string {
  return translate(publisher.language, `opendata.sensorthings.${key}`, parameters);
}
