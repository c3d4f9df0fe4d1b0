/**
 * A context broker after ETSI GS CIM 009 v1.6.1, as far as one needs it to create, add to and remove entities: clauses
 * 5.6.1, 5.6.3, 5.6.6, 5.6.8, 5.6.10 and their HTTP binding in clause 6. It refuses what the specification refuses.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Attributes = Record<string, Record<string, unknown>>;
type Entities = Map<string, { type: string; attributes: Attributes }>;
type Members = Record<string, unknown>;

interface BrokerRules {
  /** False: a broker without batch operations. */
  batch?: boolean;
  token?: string;
  /** Tenants beside the default one; a request for another gets NonexistentTenant. */
  tenants?: readonly string[];
  /** Answers in place of the broker; undefined: the broker answers. */
  instead?(request: { method: string; path: string; ids: string[] }): number | undefined;
  /** Entities that it stumbles over, with the status that it says of them. */
  refuses?: Readonly<Record<string, number>>;
}

class Problem extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, detail: string) {
    super(detail);
    this.status = status;
    this.type = type;
  }
  get details(): object {
    const type = `https://uri.etsi.org/ngsi-ld/errors/${this.type}`;
    return { type, title: this.type, detail: this.message, status: this.status };
  }
}

const bad = (detail: string) => new Problem(400, 'BadRequestData', detail);

export class StandInBroker {
  rules: BrokerRules;
  /** Tenant ('' is the default one) -> id -> attributes, with `type` beside them. */
  readonly tenants = new Map<string, Entities>();
  /** Method and path of each request so far. */
  readonly requests: string[] = [];
  /** Every value that an attribute got, in order: `<id> <attribute> <value>`. */
  readonly written: string[] = [];
  readonly #server: Server;

  constructor(rules: BrokerRules = {}) {
    this.rules = rules;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(port = 0): Promise<URL> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Entities of a tenant. */
  entities(tenant = ''): Entities {
    const known: Entities = this.tenants.get(tenant) ?? new Map();
    this.tenants.set(tenant, known);
    return known;
  }

  /** What the broker has of an entity. */
  attributes(id: string): Attributes {
    return this.entities().get(id)?.attributes ?? {};
  }

  value(id: string, attribute: string): unknown {
    return this.attributes(id)[attribute]?.value;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = (request.url ?? '').replace(/^\/ngsi-ld\/v1\//, '');
    this.requests.push(`${request.method} ${path}`);
    const answer = (status: number, body?: unknown) => {
      const type = status < 300 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, body === undefined ? {} : { 'Content-Type': type });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    try {
      const instead = this.rules.instead?.({ method: request.method ?? '', path, ids: idsIn(text) });
      if (instead !== undefined) return answer(instead, { title: 'Injected', detail: `status ${instead}` });
      const [status, body] = this.#dispatch(request, path, text);
      answer(status, body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      answer(error.status, error.details);
    }
  }

  #dispatch({ method, headers }: IncomingMessage, path: string, text: string): [number, unknown?] {
    const { token, tenants = [], batch = true } = this.rules;
    if (token && headers.authorization !== `Bearer ${token}`)
      throw new Problem(
        401,
        'Unauthorized',
        `not known: ${headers.authorization ?? headers['x-auth-token']}`,
      );
    const tenant = String(headers['ngsild-tenant'] ?? '');
    if (tenant && !tenants.includes(tenant))
      throw new Problem(404, 'NonexistentTenant', `no tenant ${tenant}`);
    const entities = this.entities(tenant);
    const body = text === '' ? undefined : bodyOf(text, headers['content-type']);
    const batches: Record<string, () => [number, unknown?]> = {
      'POST entityOperations/upsert?options=update': () => this.#upsertAll(entities, listOf(body)),
      'POST entityOperations/delete': () => this.#deleteAll(entities, listOf(body)),
    };
    const inBatch = batches[`${method} ${path}`];
    return inBatch && batch ? inBatch() : this.#single(entities, `${method} ${path}`, body);
  }

  #single(entities: Entities, request: string, body: unknown): [number, unknown?] {
    if (request === 'POST entities') {
      const entity = checked(body);
      if (entities.has(entity.id)) throw new Problem(409, 'AlreadyExists', `${entity.id} exists`);
      this.#append(entities, entity);
      return [201];
    }
    const [, verb, id = '', attrs] = /^(\w+) entities\/([^/?]+)(\/attrs)?$/.exec(request) ?? [];
    const key = decodeURIComponent(id);
    const known = entities.get(key);
    if (verb === 'POST' && attrs && known) {
      this.#append(entities, checked({ id: key, type: known.type, ...(body as Members) }));
      return [204];
    }
    if (verb === 'DELETE' && !attrs && entities.delete(key)) return [204];
    throw verb
      ? new Problem(404, 'ResourceNotFound', key)
      : new Problem(405, 'OperationNotSupported', request);
  }

  #upsertAll(entities: Entities, list: unknown[]): [number, unknown?] {
    const [created, success, errors]: [string[], string[], object[]] = [[], [], []];
    for (const body of list) {
      const entityId = String((body as Members)?.id);
      try {
        const entity = checked(body);
        if (!entities.has(entity.id)) created.push(entity.id);
        this.#append(entities, entity);
        success.push(entity.id);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        errors.push({ entityId, error: error.details });
      }
    }
    if (errors.length > 0) return [207, { success, errors }];
    return created.length > 0 ? [201, created] : [204];
  }

  #deleteAll(entities: Entities, list: unknown[]): [number, unknown?] {
    const gone = list.map(String).filter((id) => !entities.delete(id));
    const errors = gone.map((entityId) => ({
      entityId,
      error: new Problem(404, 'ResourceNotFound', entityId).details,
    }));
    return errors.length > 0 ? [207, { success: [], errors }] : [204];
  }

  #append(entities: Entities, { id, type, attributes }: ReturnType<typeof checked>) {
    const status = this.rules.refuses?.[id];
    if (status !== undefined) throw new Problem(status, 'InternalError', `cannot take ${id}`);
    const known = entities.get(id);
    entities.set(id, { type, attributes: { ...known?.attributes, ...attributes } });
    for (const [name, { value }] of Object.entries(attributes))
      this.written.push(`${id} ${name} ${String(value)}`);
  }
}

/** 6.3.4 and 6.3.5: JSON-LD carries its context in the body, JSON does not. */
function bodyOf(text: string, type = ''): unknown {
  if (type !== 'application/json' && type !== 'application/ld+json')
    throw new Problem(415, 'UnsupportedMediaType', type);
  const body: unknown = JSON.parse(text);
  for (const one of [body].flat()) {
    const hasContext = typeof one === 'object' && one !== null && '@context' in one;
    if (typeof one === 'object' && hasContext !== (type === 'application/ld+json'))
      throw bad(`@context ${hasContext ? 'in' : 'missing from'} ${type}`);
  }
  return body;
}

function listOf(body: unknown): unknown[] {
  if (!Array.isArray(body) || body.length === 0) throw bad('not a list, or an empty one');
  const ids = body.map((one) => (typeof one === 'string' ? one : (one as Members).id));
  if (new Set(ids).size < ids.length) throw bad('the same entity twice');
  return body;
}

/** 4.5 and 5.2.4: what an entity in the normalised form must have. */
function checked(body: unknown): { id: string; type: string; attributes: Attributes } {
  const { id, type, '@context': context, ...attributes } = body as Members;
  if (typeof id !== 'string' || !/^urn:ngsi-ld:[A-Za-z]+:[\w:.-]+$/.test(id)) throw bad(`id ${String(id)}`);
  if (typeof type !== 'string' || !/^[A-Za-z]\w*$/.test(type)) throw bad(`type ${String(type)}`);
  if (!Array.isArray(context) || !/ngsi-ld-core-context/.test(String(context.at(-1)))) throw bad('@context');
  for (const [name, attribute] of Object.entries(attributes)) checkAttribute(name, attribute as Members);
  return { id, type, attributes: attributes as Attributes };
}

function checkAttribute(name: string, { type, value, observedAt, unitCode, ...others }: Members): void {
  if (!/^[A-Za-z]\w*$/.test(name)) throw bad(`attribute name ${name}`);
  if (type !== 'Property' && type !== 'GeoProperty') throw bad(`${name}: type ${String(type)}`);
  if (value === undefined || value === null) throw bad(`${name}: no value`);
  if (observedAt !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(String(observedAt)))
    throw bad(`${name}: observedAt`);
  if (unitCode !== undefined && !/^[A-Z0-9]{2,3}$/.test(String(unitCode))) throw bad(`${name}: unitCode`);
  if (Object.keys(others).length > 0) throw bad(`${name}: ${Object.keys(others)}`);
  if (type !== 'GeoProperty') return;
  const { type: shape, coordinates } = value as Members;
  const [lon, lat] = Array.isArray(coordinates) ? (coordinates as number[]) : [];
  if (shape !== 'Point' || Math.abs(lon ?? 999) > 180 || Math.abs(lat ?? 999) > 90)
    throw bad(`${name}: GeoJSON`);
}

function idsIn(text: string): string[] {
  if (text === '') return [];
  return [JSON.parse(text)].flat().map((one) => (typeof one === 'string' ? one : String(one.id)));
}
