import { randomBytes } from 'node:crypto';
import { ConnectionError } from '../observation/errors.ts';
import type { CoapResponse } from './coap-client.ts';
import type { CoapEndpoint } from './coap-endpoint.ts';
import { CODE, codeClass, codeText } from './coap-message.ts';
import type { Datagram } from './envelope.ts';
import type { ObservedResource } from './observed-resource.ts';

export interface CoapObserverOptions {
  resources: readonly ObservedResource[];
  coap: Pick<CoapEndpoint, 'observe' | 'request'>;
  /** Resolves when it is on disk. */
  onRepresentation(datagram: Datagram): Promise<void>;
  onError(error: unknown): void;
  /** ms to wait before asking a device again that did not answer; doubled each time up to an hour. */
  retryAfter?: number;
}

interface Observation {
  resource: ObservedResource;
  /** The same at each registration, so that the device renews the one that it has: RFC 7641, 3.3.1. */
  token: Buffer;
  forget?: () => void;
  timer?: NodeJS.Timeout;
  failures: number;
  isStopped?: true;
}

/** A device is left in peace for so long at least: its battery counts more than how soon we hear that it restarted. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** ms that a notification may be late, by the network. */
const GRACE = 15_000;

/**
 * Observes resources of devices that are servers (RFC 7641): asks for each, keeps what comes, and asks again when the
 * last value is out of date, or the device did not answer.
 */
export class CoapObserver {
  readonly #options: CoapObserverOptions;
  readonly #observations: Observation[];

  constructor(options: CoapObserverOptions) {
    this.#options = options;
    this.#observations = options.resources.map((resource) => ({
      resource,
      token: randomBytes(4),
      failures: 0,
    }));
  }

  start(): void {
    for (const observation of this.#observations) void this.#register(observation);
  }

  /** `forGood`: devices are told that nobody observes them any more. Never rejects. */
  async stop(forGood = false): Promise<void> {
    for (const observation of this.#observations) {
      observation.isStopped = true;
      clearTimeout(observation.timer);
      observation.forget?.();
    }
    if (forGood) this.#cancelAll();
  }

  async #register(observation: Observation): Promise<void> {
    const { resource, token } = observation;
    const { path, query, at } = resource;
    try {
      const { response, forget } = await this.#options.coap.observe(
        at,
        { path, query, token },
        (notification) => this.#take(observation, notification),
      );
      observation.forget = forget;
      if (observation.isStopped) forget();
      else await this.#take(observation, response);
    } catch (error) {
      this.#failed(observation, error);
    }
  }

  /** Keeps a value. Rejects only if it could not be kept: then the device sends it again. */
  async #take(observation: Observation, { code, options, payload }: CoapResponse): Promise<void> {
    const { uri, at, path, query } = observation.resource;
    const { contentFormat, observe, maxAge } = options;
    const isValue = codeClass(code) === 2;
    if (isValue) {
      await this.#options.onRepresentation({
        transport: 'coap',
        source: at,
        path,
        ...(query.length > 0 ? { query } : {}),
        ...(contentFormat === undefined ? {} : { contentFormat }),
        payload,
      });
    }
    if (!isValue || observe === undefined) {
      // With an error, or without Observe, the device says that it tells of no more changes: RFC 7641, 3.2.
      const parameters = { uri, code: codeText(code) };
      this.#failed(observation, new ConnectionError({ key: 'nbiot.error.notObserved', parameters }));
      return;
    }
    observation.failures = 0;
    this.#registerIn(observation, maxAge === undefined ? HOUR : Math.max(maxAge * 1000, MINUTE) + GRACE);
  }

  /** Asked again later. */
  #failed(observation: Observation, error: unknown): void {
    if (observation.isStopped) return;
    this.#options.onError(error);
    const { retryAfter = MINUTE } = this.#options;
    this.#registerIn(observation, Math.min(HOUR, retryAfter * 2 ** observation.failures++));
  }

  #registerIn(observation: Observation, ms: number): void {
    clearTimeout(observation.timer);
    if (!observation.isStopped) {
      observation.timer = setTimeout(() => void this.#register(observation), ms).unref();
    }
  }

  #cancelAll(): void {
    for (const { resource, token } of this.#observations) {
      const { at, path, query } = resource;
      // Nobody waits for the answer: a device that sleeps hears of it by the reset of its next notification.
      this.#options.coap
        .request(at, { code: CODE.get, path, query, token, observe: 1 })
        .catch(() => undefined);
    }
  }
}
