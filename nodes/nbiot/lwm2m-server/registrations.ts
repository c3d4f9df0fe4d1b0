import { randomBytes } from 'node:crypto';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import { namedIdentity } from '../device-finder.ts';
import type { Source } from '../envelope.ts';
import { DEFAULT_LIFETIME, type Registration, type RegistrationFacts } from './registration.ts';

export interface RegistrationsOptions {
  state: StateStore;
  /** Id of the node: two servers know nothing of each other's devices. */
  scope: string;
  /** Registrations at once. */
  most?: number;
  /** ms since 1970 UTC. */
  now?: number;
}

/** What is kept in memory of a registration; the rest is in the state store, which holds what was asked for lately. */
interface Indexed {
  id: string;
  address: string;
  /** ms since 1970 UTC. */
  expires: number;
}

const MOST = 20_000;
/** ms without a word of any device, after which some may have given us up: MAX_TRANSMIT_WAIT, and what is written late. */
const AWAY = 180_000;
const ID_BYTES = 6;

/** The devices that registered, by their names; on disk, so that none has to do it again after a restart. */
export class Registrations {
  readonly #state: StateStore;
  readonly #prefix: string;
  readonly #most: number;
  readonly #byEndpoint = new Map<string, Indexed>();
  readonly #endpointOfId = new Map<string, string>();
  readonly #endpointOfAddress = new Map<string, string>();
  readonly #endpointOfImei = new Map<string, string>();

  constructor({ state, scope, most = MOST, now = Date.now() }: RegistrationsOptions) {
    this.#state = state;
    this.#prefix = `nbiot.lwm2m/${scope}/`;
    this.#most = most;
    let heard = 0;
    for (const key of state.keys(this.#prefix)) {
      const registration = state.get<Registration>(key);
      if (!registration) continue;
      this.#index(registration);
      heard = Math.max(heard, registration.heard);
    }
    if (now - heard > AWAY) this.#doubtAll();
  }

  get size(): number {
    return this.#byEndpoint.size;
  }

  byId(id: string): Registration | undefined {
    return this.byEndpoint(this.#endpointOfId.get(id) ?? '');
  }

  /** Of a Send, which says no more of its sender than where it comes from. */
  bySource(source: Source): Registration | undefined {
    return this.byEndpoint(this.#endpointOfAddress.get(addressOf(source)) ?? '');
  }

  byEndpoint(endpoint: string): Registration | undefined {
    return this.#byEndpoint.has(endpoint)
      ? this.#state.get<Registration>(`${this.#prefix}${endpoint}`)
      : undefined;
  }

  /** The registration of the same modem under another spelling of its number: `urn:imei:...`, or the digits alone. */
  namesake(endpoint: string): Registration | undefined {
    const { imei = '' } = namedIdentity(endpoint);
    const other = this.#endpointOfImei.get(imei) ?? endpoint;
    return other === endpoint ? undefined : this.byEndpoint(other);
  }

  endpoints(): string[] {
    return [...this.#byEndpoint.keys()];
  }

  /**
   * A new registration, in the place of an earlier one of the same name. `now` in ms since 1970 UTC.
   * Throws MessageError `nbiot.error.lwm2mTooMany` rather than forget another device.
   */
  add(facts: RegistrationFacts & { endpoint: string }, source: Source, now: number): Registration {
    const { endpoint } = facts;
    if (!this.#byEndpoint.has(endpoint) && this.#byEndpoint.size >= this.#most) {
      throw new MessageError({ key: 'nbiot.error.lwm2mTooMany', parameters: { most: this.#most } });
    }
    this.#forget(endpoint);
    const registration: Registration = {
      lifetime: DEFAULT_LIFETIME,
      version: '1.0',
      queueMode: false,
      links: '',
      formats: [],
      root: '',
      ...facts,
      id: randomBytes(ID_BYTES).toString('hex'),
      source,
      registered: now,
      heard: now,
      observations: [],
    };
    this.save(registration, 'seconds');
    return registration;
  }

  /** To be called after each change, in the same turn. `minute`: what may be a little older after a crash. */
  save(registration: Registration, within: 'seconds' | 'minute'): void {
    this.#forget(registration.endpoint);
    this.#index(registration);
    this.#state.set(`${this.#prefix}${registration.endpoint}`, registration, within);
  }

  remove(endpoint: string): void {
    this.#forget(endpoint);
    this.#state.delete(`${this.#prefix}${endpoint}`);
  }

  /** Those that said nothing for longer than their lifetime; `now` in ms since 1970 UTC. */
  expired(now: number): Registration[] {
    return [...this.#byEndpoint]
      .filter(([, { expires }]) => expires < now)
      .map(([endpoint]) => this.byEndpoint(endpoint))
      .filter((registration) => registration !== undefined);
  }

  /** A device whose reports nobody acknowledged has ended its observations (RFC 7641, section 4.5): they are asked for anew. */
  #doubtAll(): void {
    for (const endpoint of this.endpoints()) {
      const registration = this.byEndpoint(endpoint);
      const running = registration?.observations.filter(({ state }) => state === 'running') ?? [];
      for (const observed of running) observed.state = 'asked';
      if (registration && running.length > 0) this.save(registration, 'minute');
    }
  }

  #index({ id, endpoint, source, heard, lifetime }: Registration): void {
    const address = addressOf(source);
    this.#byEndpoint.set(endpoint, { id, address, expires: heard + lifetime * 1000 });
    this.#endpointOfId.set(id, endpoint);
    this.#endpointOfAddress.set(address, endpoint);
    const { imei } = namedIdentity(endpoint);
    if (imei !== undefined) this.#endpointOfImei.set(imei, endpoint);
  }

  #forget(endpoint: string): void {
    const before = this.#byEndpoint.get(endpoint);
    if (!before) return;
    this.#byEndpoint.delete(endpoint);
    this.#endpointOfId.delete(before.id);
    const { imei = '' } = namedIdentity(endpoint);
    if (this.#endpointOfImei.get(imei) === endpoint) this.#endpointOfImei.delete(imei);
    // Two devices behind one address, one after the other: it is the later one's.
    if (this.#endpointOfAddress.get(before.address) === endpoint) {
      this.#endpointOfAddress.delete(before.address);
    }
  }
}

function addressOf({ address, port }: Source): string {
  return `${address} ${port}`;
}
