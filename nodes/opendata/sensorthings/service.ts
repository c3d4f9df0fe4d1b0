import { describeError } from '../../observation/messages.ts';
import { RequestError } from '../parameters.ts';
import type { Context } from '../request.ts';
import { type Content, type PublicResponse, uncached } from '../response.ts';
import { type Address, addressFrom, type Segment } from './address.ts';
import { Answers } from './answers.ts';
import { Budget } from './budget.ts';
import { Collections, type Members } from './collections.ts';
import { currentDirectory } from './current-directory.ts';
import type { Directory } from './directory.ts';
import { type Entity, type Json, SETS, type SetName } from './model.ts';
import { mqttEndpoints } from './mqtt-endpoints.ts';
import { optionsFrom } from './options.ts';
import { nothingThere } from './request-problem.ts';

/** Name of the section below the open data. */
const SECTION = 'sensorthings';
const VERSION = 'v1.1';
const JSON_TYPE = 'application/json; charset=utf-8';
/** Seconds that caches may keep an answer. */
const MAX_AGE = 10;

const REQUIREMENTS = 'http://www.opengis.net/spec/iot_sensing/1.1/req';
/** Requirement classes of OGC 18-088 that are met. */
const CONFORMANCE = [
  `${REQUIREMENTS}/datamodel`,
  `${REQUIREMENTS}/resource-path/resource-path-to-entities`,
  `${REQUIREMENTS}/request-data`,
  `${REQUIREMENTS}/data-array/data-array`,
];
/** Met where a node publishes to a broker that the public may use. */
const MQTT_CONFORMANCE = `${REQUIREMENTS}/receive-updates-via-mqtt/receive-updates`;

/**
 * Answers what is asked of the SensorThings API; `rest` is what follows `sensorthings/`. What cannot be answered is
 * told as JSON that programs of other servers understand: `{ code, type, message }`. Other errors pass through.
 */
export async function sensorThings(context: Context, rest: string): Promise<Content | PublicResponse> {
  try {
    return await answer(context, rest);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { status, retryAfter } = error;
    const message = describeError(error, context.language);
    const refused = uncached(status, JSON_TYPE, JSON.stringify({ code: status, type: 'error', message }));
    if (retryAfter !== undefined) refused.headers['Retry-After'] = String(retryAfter);
    return refused;
  }
}

async function answer(context: Context, rest: string): Promise<Content | PublicResponse> {
  const [version, ...names] = rest.split('/');
  const root = rootOf(context.base);
  if (version === '') return content({ versions: [{ version: VERSION, url: root }] });
  if (version !== VERSION) throw nothingThere();
  if (names.every((name) => name === '')) return content(serviceRoot(root, mqttEndpoints(context.site)));
  const address = addressFrom(names.join('/'));
  const now = context.options.now();
  const directory = await currentDirectory(context.site, context.base, now);
  const budget = new Budget();
  const collections = new Collections(directory, budget, now);
  const answers = new Answers(collections, budget, root);
  try {
    return await new Request(context, address, { directory, collections, answers }).answer();
  } finally {
    budget.end();
  }
}

/** Address of the service root, without a slash at its end; `base` is that of the open data. */
export function rootOf(base: string): string {
  return `${base}${SECTION}/${VERSION}`;
}

function serviceRoot(root: string, endpoints: readonly string[]): Json {
  const value = SETS.map((name) => ({ name, url: `${root}/${name}` }));
  if (endpoints.length === 0) return { value, serverSettings: { conformance: CONFORMANCE } };
  return {
    value,
    serverSettings: { conformance: [...CONFORMANCE, MQTT_CONFORMANCE], [MQTT_CONFORMANCE]: { endpoints } },
  };
}

interface Parts {
  directory: Directory;
  collections: Collections;
  answers: Answers;
}

/** A place on the way of an address: entities of a set, or one of them. */
type Here = { set: SetName; members: Members } | { set: SetName; entity: Entity };

/** One request for entities, properties or references. */
class Request {
  readonly #context: Context;
  readonly #address: Address;
  readonly #parts: Parts;

  constructor(context: Context, address: Address, parts: Parts) {
    this.#context = context;
    this.#address = address;
    this.#parts = parts;
  }

  /** Throws RequestError. */
  async answer(): Promise<Content | PublicResponse> {
    const { answers, collections } = this.#parts;
    const { property, as } = this.#address;
    const here = await this.#resolve();
    const options = optionsFrom(this.#context.query, here.set, 'members' in here);
    if ('members' in here) {
      const page = await collections.page(here.members, options);
      return as === 'ref'
        ? content(answers.references(page, options, this.#own()))
        : content(await answers.collection(page, options, this.#own()));
    }
    const { entity } = here;
    if (property.length > 0) return this.#property(entity, property);
    return as === 'ref'
      ? content({ '@iot.selfLink': answers.selfLink(entity) })
      : content(await answers.entity(entity, options));
  }

  /** Follows the address. Throws RequestError where it leads nowhere. */
  async #resolve(): Promise<Here> {
    const { directory, collections } = this.#parts;
    let entity: Entity | undefined;
    let here: Here | undefined;
    for (const segment of this.#address.segments) {
      const members: Members = entity
        ? collections.related(entity, segment.name)
        : segment.set === 'Observations'
          ? { series: directory.series() }
          : { entities: directory.all(segment.set) };
      entity = await this.#chosen(members, segment);
      here = entity ? { set: segment.set, entity } : { set: segment.set, members };
    }
    if (!here) throw nothingThere();
    return here;
  }

  /** The entity that a segment names; undefined if it names a collection. */
  async #chosen(members: Members, { many, id }: Segment): Promise<Entity | undefined> {
    if (many && id === undefined) return undefined;
    const chosen =
      'series' in members
        ? await this.#parts.collections.observation(id ?? 0, members.series)
        : members.entities.find((entity) => !many || entity.id === id);
    if (!chosen) throw nothingThere();
    return chosen;
  }

  #property(entity: Entity, [name = '', ...parts]: readonly string[]): Content | PublicResponse {
    const value = parts.reduce(inside, this.#whole(entity, name));
    const last = parts.at(-1) ?? name;
    // What an entity may have but has not is no content, which is not the same as an address that does not exist.
    if (value === undefined || value === null) return uncached(204, JSON_TYPE, '');
    if (this.#address.as === 'json') return content({ [last]: value });
    const body = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return {
      type: typeof value === 'object' ? JSON_TYPE : 'text/plain; charset=utf-8',
      body,
      maxAge: MAX_AGE,
    };
  }

  #whole(entity: Entity, name: string): Json | undefined {
    if (name === 'id' || name === '@iot.id') return entity.id;
    if (name === '@iot.selfLink') return this.#parts.answers.selfLink(entity);
    return entity.properties[name];
  }

  /** Address of this request, without its query. */
  #own(): string {
    const { segments, as } = this.#address;
    const path = segments.map(({ name, id }) => (id === undefined ? name : `${name}(${id})`)).join('/');
    return `${rootOf(this.#context.base)}/${path}${as === 'ref' ? '/$ref' : ''}`;
  }
}

function inside(value: Json | undefined, name: string): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Readonly<Record<string, Json>>)[name] : undefined;
}

function content(json: Json): Content {
  return { type: JSON_TYPE, body: JSON.stringify(json), maxAge: MAX_AGE };
}
