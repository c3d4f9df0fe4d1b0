import { ByflytError, ConnectionError, type Problem } from '../../observation/errors.ts';
import { type Call, call, jsonOf, type Reply } from '../sharing/http-call.ts';
import { attributesOf, type Entity } from './entity.ts';

/** One change at the broker: an entity created or added to, or removed. */
export type Operation = { upsert: Entity } | { remove: string };

/** An operation that the broker did not carry out. */
export interface Failure {
  id: string;
  /** In the broker's words. */
  reason: string;
  /** Trying again may help. */
  passing: boolean;
}

/** How the key is sent: to an OAuth 2.0 gateway, or to a FIWARE PEP proxy. */
export const TOKEN_HEADERS = {
  bearer: (secret: string) => ({ Authorization: `Bearer ${secret}` }),
  'x-auth-token': (secret: string) => ({ 'X-Auth-Token': secret }),
};
export type TokenHeader = keyof typeof TOKEN_HEADERS;

export interface BrokerSettings {
  /** Root of the broker with a final slash; `ngsi-ld/v1/` follows. */
  url: URL;
  /** NGSILD-Tenant (ETSI GS CIM 009, 6.3.14). */
  tenant?: string;
  token?: { header: TokenHeader; secret: string };
}

/** Answers of the broker that concern all that was sent: trying again later may help. */
const PASSING = [408, 425, 429];
/** Answers that may be about one entity among many. */
const CONTENT = [400, 413, 422];
/** The broker has no such operation. */
const UNKNOWN_OPERATION = [404, 405, 501];
/** Answers of what stands before a broker that is away. */
const GATEWAY = [502, 503, 504];
/** Ends of the error types (6.3.2), in the names of several versions. */
const NO_TENANT = /\/(NonexistentTenant|NoSuchTenant)$/;
const GONE = /\/ResourceNotFound$/;
const LONGEST_REASON = 300;

/** A refusal of the whole request because of what is in it. */
class ContentError extends ByflytError {
  constructor(reason: string) {
    super({ key: 'opendata.ngsi_ld.refused', parameters: { reason } });
  }
}

/** The broker failed at what was sent, and may fail at it again. */
class StumbledError extends ConnectionError {
  constructor(reason: string) {
    super({ key: 'opendata.ngsi_ld.stumbled', parameters: { reason } });
  }
}

/**
 * A context broker's HTTP API after ETSI GS CIM 009. Batch operations (5.6.8, 5.6.10) where the broker has them; for one
 * that has not, create (5.6.1) and append (5.6.3) per entity.
 */
export class Broker {
  readonly #settings: BrokerSettings;
  #hasBatch = true;

  constructor(settings: BrokerSettings) {
    this.#settings = settings;
  }

  /**
   * Carries out operations, which concern different entities and are all of one kind; gives those that failed.
   * Throws ConnectionError if the broker is away, refuses the key or has no such tenant: nothing is lost then,
   * and what was carried out can be sent again without effect.
   */
  async send(operations: readonly Operation[]): Promise<Failure[]> {
    if (!this.#hasBatch) return this.sendEach(operations);
    try {
      return await this.#sendBatch(operations);
    } catch (error) {
      if (error instanceof ContentError && operations.length > 1) return this.sendEach(operations);
      if (error instanceof ContentError)
        return operations.map((one) => failureOf(one, error.parameters.reason));
      throw error;
    }
  }

  /** As `send`, one by one, so that one entity that the broker stumbles over does not keep back the others. */
  async sendEach(operations: readonly Operation[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    for (const operation of operations) {
      try {
        if (this.#hasBatch) failures.push(...(await this.#sendBatch([operation])));
        else await this.#sendOne(operation);
      } catch (error) {
        if (error instanceof ContentError) failures.push(failureOf(operation, error.parameters.reason));
        else if (error instanceof StumbledError)
          failures.push({ ...failureOf(operation, error.parameters.reason), passing: true });
        else throw error;
      }
    }
    return failures;
  }

  async #sendBatch(operations: readonly Operation[]): Promise<Failure[]> {
    const entities = operations.flatMap((one) => ('upsert' in one ? [one.upsert] : []));
    const removed = operations.flatMap((one) => ('remove' in one ? [one.remove] : []));
    const reply = await (entities.length > 0
      ? this.#ask('POST', 'entityOperations/upsert?options=update', entities)
      : this.#ask('POST', 'entityOperations/delete', removed));
    if (UNKNOWN_OPERATION.includes(reply.status) && !isProblem(reply, GONE) && !isProblem(reply, NO_TENANT)) {
      this.#hasBatch = false;
      return this.sendEach(operations);
    }
    if (reply.status !== 207) {
      // A broker may say that nothing of what is to be removed is there.
      if (isProblem(reply, GONE) && entities.length === 0) return [];
      this.#mustBeGood(reply);
      return [];
    }
    return failuresOf(reply, operations);
  }

  /** Throws ContentError, StumbledError or ConnectionError if it could not be carried out. */
  async #sendOne(operation: Operation): Promise<void> {
    if ('remove' in operation) {
      const reply = await this.#ask('DELETE', `entities/${encodeURIComponent(operation.remove)}`);
      if (!isProblem(reply, GONE)) this.#mustBeGood(reply);
      return;
    }
    const { upsert } = operation;
    const created = await this.#ask('POST', 'entities', upsert);
    if (created.status !== 409) return this.#mustBeGood(created);
    const { id, type: _type, ...attributes } = upsert;
    const appended = await this.#ask('POST', `entities/${encodeURIComponent(id)}/attrs`, attributes);
    // Removed by somebody between the two: it is created at the next attempt.
    if (appended.status === 404) throw new StumbledError(reasonOf(appended));
    this.#mustBeGood(appended);
    const [missed] = notUpdated(appended, upsert);
    if (missed !== undefined) throw new ContentError(missed);
  }

  async #ask(method: Call['method'], path: string, body?: unknown): Promise<Reply> {
    const { url, tenant, token } = this.#settings;
    const reply = await call({
      method,
      url: new URL(`ngsi-ld/v1/${path}`, url),
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': typeOf(body) }),
        ...(tenant && { 'NGSILD-Tenant': tenant }),
        ...(token && TOKEN_HEADERS[token.header](token.secret)),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // What a broker says of a key may contain it.
    return token ? { ...reply, text: reply.text.replaceAll(token.secret, '***') } : reply;
  }

  #mustBeGood(reply: Reply): void {
    const { status } = reply;
    if (status >= 200 && status < 300) return;
    const { url, tenant = '' } = this.#settings;
    const reason = reasonOf(reply);
    const about = { server: url.host, tenant, reason };
    if (status === 401 || status === 403) throw away('key', about);
    if (isProblem(reply, NO_TENANT)) throw away('tenant', about);
    if (CONTENT.includes(status)) throw new ContentError(reason);
    if (status >= 500 && !GATEWAY.includes(status)) throw new StumbledError(reason);
    throw away(status >= 500 || PASSING.includes(status) ? 'busy' : 'address', about);
  }
}

function away(what: string, parameters: NonNullable<Problem['parameters']>): ConnectionError {
  return new ConnectionError({ key: `opendata.ngsi_ld.${what}`, parameters });
}

function reasonOf(reply: Reply): string {
  return problemText(jsonOf(reply)) ?? `HTTP ${reply.status}`;
}

/** Lists of ids carry no context; entities carry theirs. */
function typeOf(body: unknown): string {
  const isPlain = Array.isArray(body) && typeof body[0] === 'string';
  return isPlain ? 'application/json' : 'application/ld+json';
}

function idOf(operation: Operation): string {
  return 'upsert' in operation ? operation.upsert.id : operation.remove;
}

function failureOf(operation: Operation, reason: unknown): Failure {
  return { id: idOf(operation), reason: String(reason), passing: false };
}

/** Entities named in a BatchOperationResult (5.2.16); one that names none of ours means that all failed. */
function failuresOf(reply: Reply, operations: readonly Operation[]): Failure[] {
  const errors = membersOf(jsonOf(reply)).errors;
  const known = new Map(operations.map((one) => [idOf(one), one]));
  const failures = (Array.isArray(errors) ? errors : []).flatMap((entry: unknown) => {
    const { entityId, error } = membersOf(entry);
    const operation = known.get(String(entityId));
    if (!operation) return [];
    const status = Number(membersOf(error).status);
    if ('remove' in operation && (status === 404 || isAbout(error, GONE))) return [];
    const reason = problemText(error) ?? 'HTTP 207';
    return [{ id: idOf(operation), reason, passing: status >= 500 || PASSING.includes(status) }];
  });
  const named = Array.isArray(errors) && errors.some((entry) => known.has(String(membersOf(entry).entityId)));
  if (named) return failures;
  return operations.map((one) => ({ ...failureOf(one, 'HTTP 207'), passing: true }));
}

/** Why attributes were not appended (UpdateResult, 5.2.18). */
function notUpdated(reply: Reply, entity: Entity): string[] {
  if (reply.status !== 207) return [];
  const missed = membersOf(jsonOf(reply)).notUpdated;
  if (!Array.isArray(missed)) return [];
  const ours = attributesOf(entity);
  return missed.flatMap((entry: unknown) => {
    const { attributeName, reason } = membersOf(entry);
    // Names may come expanded.
    const isOurs = ours.some((name) => name === attributeName || String(attributeName).endsWith(`/${name}`));
    return isOurs ? [`${String(attributeName)}: ${String(reason)}`.slice(0, LONGEST_REASON)] : [];
  });
}

function isProblem(reply: Reply, type: RegExp): boolean {
  return isAbout(jsonOf(reply), type);
}

/** Of ProblemDetails (RFC 7807), `type` is an address that ends with the error's name (6.3.2). */
function isAbout(problem: unknown, type: RegExp): boolean {
  return type.test(String(membersOf(problem).type));
}

function problemText(problem: unknown): string | undefined {
  const { title, detail } = membersOf(problem);
  const words = [title, detail].filter((text) => typeof text === 'string' && text !== '');
  return words.length > 0 ? words.join(': ').slice(0, LONGEST_REASON) : undefined;
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
