/**
 * A CKAN portal after the API documentation of CKAN 2.10 (docs.ckan.org, "Action API reference" and "DataStore
 * extension"): its validation rules, its error documents, its tables. Not a line of it knows what Byflyt sends.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Members = Record<string, unknown>;
type Resource = Members & { id: string; package_id: string };
export interface Package extends Members {
  id: string;
  name: string;
  state: string;
  extras: { key: string; value: string }[];
  tags: { name: string }[];
  organization: { id: string; name: string };
}

interface Table {
  fields: { id: string; type: string }[];
  key: string[];
  rows: Map<string, Members>;
}

interface PortalRules {
  token?: string;
  organisations?: readonly string[];
  licences?: readonly string[];
  /** False: without the DataStore extension. */
  tables?: boolean;
  /** Fields that must be filled, as a portal's own schema may ask. */
  required?: readonly string[];
  /** Fields of a portal with a schema of its own; extras of these names are refused. */
  schema?: readonly string[];
  /** Status of an outage. */
  outage?: number;
}

class Refusal extends Error {
  readonly status: number;
  readonly body: Members;
  constructor(status: number, type: string, body: Members) {
    super(type);
    this.status = status;
    this.body = { __type: type, ...body };
  }
}

const invalid = (fields: Members) => new Refusal(409, 'Validation Error', fields);
const missing = () => new Refusal(404, 'Not Found Error', { message: 'Not found' });
const KEY = /^[^"_][^"]{0,62}$/;
const TYPES = ['text', 'json', 'date', 'time', 'timestamp', 'int', 'float', 'bool', 'numeric'];

export class StandInPortal {
  rules: PortalRules;
  readonly packages = new Map<string, Package>();
  readonly resources = new Map<string, Resource>();
  readonly tables = new Map<string, Table>();
  /** Names of the actions asked for so far. */
  readonly actions: string[] = [];
  readonly #server: Server;
  #made = 0;

  constructor(rules: PortalRules = {}) {
    this.rules = rules;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<URL> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  package(name: string): Package | undefined {
    return [...this.packages.values()].find((one) => one.name === name || one.id === name);
  }

  resourcesOf(name: string): Resource[] {
    const id = this.package(name)?.id;
    return [...this.resources.values()].filter(({ package_id }) => package_id === id);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'Content-Type': 'application/json;charset=utf-8' });
      response.end(JSON.stringify(body));
    };
    const [, action] = /^\/api\/3\/action\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (this.rules.outage) return answer(this.rules.outage, 'outage');
    if (!action) return answer(404, { not: 'an API' });
    this.actions.push(action);
    const run = this.#actions()[action];
    if (!run) return answer(400, `Bad request - Action name not known: ${action}`);
    try {
      const isReading = /_(show|list|search)$/.test(action);
      const { token = 'token' } = this.rules;
      if (!isReading && request.headers.authorization !== token)
        throw new Refusal(403, 'Authorization Error', {
          message: `Access denied: ${request.headers.authorization} not authorized`,
        });
      const result = run(JSON.parse(Buffer.concat(chunks).toString()) as Members);
      answer(200, { help: 'help', success: true, result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer(error.status, { help: 'help', success: false, error: error.body });
    }
  }

  #actions(): Record<string, (data: Members) => unknown> {
    const { licences = ['cc-by', 'cc-zero', 'other-open', 'notspecified'], tables = true } = this.rules;
    return {
      license_list: () => licences.map((id) => ({ id, title: id })),
      package_show: ({ id }) => this.#shown(this.#known(id)),
      package_create: (data) => this.#write({ ...data }, undefined),
      package_patch: ({ id, ...data }) => this.#write(data, this.#known(id)),
      package_delete: ({ id }) => {
        this.#known(id).state = 'deleted';
        return null;
      },
      resource_create: ({ package_id, ...data }) => this.#resource(data, this.#known(package_id).id),
      resource_patch: ({ id, ...data }) => Object.assign(this.#knownResource(id), data),
      resource_delete: ({ id }) => {
        this.resources.delete(this.#knownResource(id).id);
        return null;
      },
      ...(tables && this.#tableActions()),
    };
  }

  #tableActions(): Record<string, (data: Members) => unknown> {
    return {
      datastore_create: (data) => this.#createTable(data),
      datastore_upsert: (data) => this.#upsert(data),
      datastore_search: (data) => this.#search(data),
      datastore_delete: (data) => this.#deleteRows(data),
    };
  }

  #known(id: unknown): Package {
    const found = this.package(String(id));
    if (!found) throw missing();
    return found;
  }

  #knownResource(id: unknown): Resource {
    const found = this.resources.get(String(id));
    if (!found) throw missing();
    return found;
  }

  #shown(one: Package): Package & { resources: Resource[] } {
    return structuredClone({ ...one, resources: this.resourcesOf(one.id) });
  }

  #write(data: Members, before: Package | undefined) {
    const merged: Members = { ...before, ...data };
    const { required = [], schema = [], organisations = ['fjellby'] } = this.rules;
    const errors: Members = {};
    const { name, extras = [], tags = [], owner_org: owner } = merged as Partial<Package>;
    if (typeof name !== 'string' || !/^[a-z0-9_-]{2,100}$/.test(name) || /^(new|edit|search)$/.test(name))
      errors.name = ['Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_'];
    const same = this.package(String(name));
    if (same && same.id !== before?.id) errors.name = ['That URL is already in use.'];
    if (!organisations.includes(String(owner))) errors.owner_org = ['Organization does not exist'];
    const keys = extras.map(({ key }) => key);
    if (new Set(keys).size < keys.length) errors.extras = [{ key: ['Duplicate key'] }];
    if (extras.some(({ value }) => typeof value !== 'string' || value === ''))
      errors.extras = [{ value: ['Missing value'] }];
    const sameName = { key: ['There is a schema field with the same name'] };
    if (keys.some((key) => schema.includes(key)))
      errors.extras = keys.map((key) => (schema.includes(key) ? sameName : {}));
    const wrong = tags.filter((tag) => !/^[\p{L}\p{N} _.-]{2,100}$/u.test(tag.name));
    if (wrong.length > 0) errors.tags = wrong.map((tag) => ({ name: [`Tag "${tag.name}" is not allowed`] }));
    for (const field of required) if (!merged[field]) errors[field] = ['Missing value'];
    if (Object.keys(errors).length > 0) throw invalid(errors);
    const one = {
      ...merged,
      extras,
      tags,
      id: before?.id ?? this.#uuid(),
      state: merged.state ?? 'active',
      organization: { id: `id-of-${owner}`, name: owner },
    } as Package;
    this.packages.set(one.id, one);
    return this.#shown(one);
  }

  #resource(data: Members, package_id: string): Resource {
    if (data.url !== undefined && !URL.canParse(String(data.url))) throw invalid({ url: ['Not an address'] });
    const resource = { ...data, package_id, id: this.#uuid() };
    this.resources.set(resource.id, resource);
    return resource;
  }

  #createTable({ resource_id, resource, fields = [], primary_key = [], force }: Members) {
    if (resource_id && resource) throw invalid({ resource: ['resource cannot be used with resource_id'] });
    if (resource_id && !force) this.#mustBeTable(this.#knownResource(resource_id));
    const of = resource as Members | undefined;
    const made = of
      ? this.#resource(
          { ...of, url: 'http://portal/dump', url_type: 'datastore' },
          this.#known(of.package_id).id,
        )
      : this.#knownResource(resource_id);
    const columns = fields as Table['fields'];
    const bad = columns.find(({ id, type }) => !KEY.test(id) || !TYPES.includes(type));
    if (bad) throw invalid({ fields: [`"${bad.id}" ${bad.type} is not valid`] });
    const key = [primary_key].flat() as string[];
    if (key.some((id) => !columns.some((column) => column.id === id)))
      throw invalid({ primary_key: ['no such column'] });
    this.tables.set(made.id, { fields: columns, key, rows: new Map() });
    return { resource_id: made.id, fields };
  }

  #mustBeTable({ url_type }: Resource): void {
    if (url_type !== 'datastore')
      throw invalid({ read_only: ['Cannot edit read-only resource. Either pass "force=True" ...'] });
  }

  #table(id: unknown): Table {
    const table = this.tables.get(String(id));
    if (!table) throw missing();
    return table;
  }

  #upsert({ resource_id, records, method = 'upsert' }: Members): object {
    const { fields, key, rows } = this.#table(resource_id);
    if (method !== 'upsert' || key.length === 0)
      throw invalid({ table: ['table does not have a unique key'] });
    for (const record of records as Members[]) {
      const unknown = Object.keys(record).find((name) => !fields.some(({ id }) => id === name));
      if (unknown) throw invalid({ fields: [`fields "${unknown}" do not exist`] });
      if (key.some((id) => record[id] === undefined || record[id] === null))
        throw invalid({ key: [`fields "${key}" are missing but needed as key`] });
      const id = key.map((name) => record[name]).join('|');
      rows.set(id, { ...rows.get(id), ...record });
    }
    return { resource_id, method };
  }

  #search({ resource_id, sort = '', limit = 100, offset = 0, fields }: Members): object {
    const { rows, fields: columns } = this.#table(resource_id);
    const orders = String(sort)
      .split(',')
      .map((order) => order.trim().split(' '));
    const sorted = [...rows.values()].sort((a, b) => {
      for (const [name = '', direction] of orders) {
        const order = String(a[name]).localeCompare(String(b[name]));
        if (order !== 0) return direction === 'desc' ? -order : order;
      }
      return 0;
    });
    const names = fields as string[] | undefined;
    const page = sorted.slice(Number(offset), Number(offset) + Math.min(Number(limit), 32_000));
    const records = page.map((row) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([name]) => names?.includes(name) ?? true)
          .map(([name, value]) => [name, isTimestamp(columns, name) ? isoFormat(value) : value]),
      ),
    );
    return { records, total: rows.size };
  }

  #deleteRows({ resource_id, filters }: Members): object {
    const { rows, fields } = this.#table(resource_id);
    const same = (name: string, one: unknown, other: unknown) =>
      isTimestamp(fields, name) ? isoFormat(one) === isoFormat(other) : one === other;
    if (!filters) this.tables.delete(String(resource_id));
    const wanted = Object.entries((filters ?? {}) as Record<string, unknown>);
    for (const [id, row] of rows)
      if (wanted.every(([name, values]) => [values].flat().some((value) => same(name, value, row[name]))))
        rows.delete(id);
    return { resource_id };
  }

  #uuid(): string {
    const hex = createHash('md5')
      .update(String(++this.#made))
      .digest('hex');
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  }
}

function isTimestamp(fields: Table['fields'], name: string): boolean {
  return fields.some(({ id, type }) => id === name && type === 'timestamp');
}

/** As Python writes a moment: six digits of a second, or none. */
function isoFormat(value: unknown): string {
  const [whole = '', fraction = ''] = String(value).split('.');
  return Number(fraction) === 0 ? whole : `${whole}.${fraction.padEnd(6, '0')}`;
}
