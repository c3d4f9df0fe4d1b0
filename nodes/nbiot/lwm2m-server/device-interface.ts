import { ByflytError, MessageError } from '../../observation/errors.ts';
import type { Source } from '../envelope.ts';
import type { Observer } from './observer.ts';
import { type Registration, readRegistrationFacts, VersionError } from './registration.ts';
import type { Registrations } from './registrations.ts';
import { FORMAT } from './resource-body.ts';

/** A request of a device to the server. */
export interface ServerRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query: readonly string[];
  contentFormat?: number;
  payload: Buffer;
}

/** `code` as people write it: `2.01`. */
export interface ServerReply {
  code: string;
  /** Of a registration: `/rd/5a3f...`. */
  locationPath?: string;
  /** Seconds after which to try again. */
  maxAge?: number;
  contentFormat?: number;
  payload?: Buffer;
}

export interface DeviceInterfaceOptions {
  registrations: Registrations;
  observer: Pick<Observer, 'send'>;
  /** Whether a device of that name and address is served. Throws MessageError if it may not be the one that it says. */
  isServed(endpoint: string, source: Source): boolean;
  /** `before`: the id of the registration that it takes the place of. */
  onRegistered(registration: Registration, before: string | undefined): void;
  onUpdated(registration: Registration, hasNewLinks: boolean): void;
  onDeregistered(registration: Registration): void;
  /** The device spoke: once it has its answer, it listens. */
  onHeard(registration: Registration): void;
  /** Something is wrong with a request. */
  onProblem(error: unknown): void;
  now(): number;
}

type Work = (
  device: DeviceInterface,
  request: ServerRequest,
  source: Source,
) => Promise<ServerReply> | ServerReply;

const RESOURCES: readonly { path: RegExp; methods: readonly ServerRequest['method'][]; work: Work }[] = [
  { path: /^\/rd$/, methods: ['POST'], work: (device, ...rest) => device.register(...rest) },
  {
    path: /^\/rd\/[0-9a-f]{12}$/,
    methods: ['POST', 'PUT'],
    work: (device, ...rest) => device.update(...rest),
  },
  {
    path: /^\/rd\/[0-9a-f]{12}$/,
    methods: ['DELETE'],
    work: (device, request) => device.deregister(request),
  },
  { path: /^\/dp$/, methods: ['POST'], work: (device, ...rest) => device.send(...rest) },
  { path: /^\/\.well-known\/core$/, methods: ['GET'], work: (device) => device.discover() },
];

/** What a client can find before it registers: RFC 6690. */
const OWN_LINKS = '</rd>;rt="core.rd",</dp>';
/** 5.03: seconds after which a device may try again. */
const RETRY_SECONDS = 60;
/** The device is not who it says, or could be either of two. */
const FORBIDDEN: ReadonlySet<string> = new Set(['nbiot.error.otherAddress', 'nbiot.error.twoDevices']);

/** What devices ask of the server: registration and reporting by themselves (OMA LwM2M TS 1.1 Core, 6.2 and 6.4.6). */
export class DeviceInterface {
  readonly #options: DeviceInterfaceOptions;

  constructor(options: DeviceInterfaceOptions) {
    this.#options = options;
  }

  /** Answers a request. Rejects only with what is a fault of ours: then the device is to send it again. */
  async answer(request: ServerRequest, source: Source): Promise<ServerReply> {
    const there = RESOURCES.filter(({ path }) => path.test(request.path));
    const found = there.find(({ methods }) => methods.includes(request.method));
    if (!found) return { code: there.length > 0 ? '4.05' : '4.04' };
    try {
      return await found.work(this, request, source);
    } catch (error) {
      if (!(error instanceof ByflytError)) throw error;
      this.#options.onProblem(error);
      return refusal(error);
    }
  }

  register({ query, payload }: ServerRequest, source: Source): ServerReply {
    const { registrations, isServed, onRegistered, onHeard, now } = this.#options;
    const { endpoint, ...facts } = readRegistrationFacts(query, payload);
    if (endpoint === undefined)
      throw new MessageError({ key: 'nbiot.error.lwm2mEndpoint', parameters: { endpoint: '' } });
    if (!isServed(endpoint, source)) return { code: '4.03' };
    // One device must not take the places of others by each way to write its number.
    const namesake = registrations.namesake(endpoint);
    if (namesake) this.#end(namesake);
    const before = registrations.byEndpoint(endpoint)?.id;
    const registration = registrations.add({ ...facts, endpoint }, source, now());
    onRegistered(registration, before);
    onHeard(registration);
    return { code: '2.01', locationPath: `/rd/${registration.id}` };
  }

  update({ path, query, payload }: ServerRequest, source: Source): ServerReply {
    const { registrations, isServed, onUpdated, onHeard, now } = this.#options;
    const registration = registrations.byId(idIn(path));
    // The device then registers anew: TS 1.1, section 6.2.2.
    if (!registration) return { code: '4.04' };
    if (!isServed(registration.endpoint, source)) {
      this.#end(registration);
      return { code: '4.03' };
    }
    const { endpoint: _endpoint, ...facts } = readRegistrationFacts(query, payload);
    Object.assign(registration, facts, { source, heard: now() });
    registrations.save(registration, 'seconds');
    onUpdated(registration, facts.links !== undefined);
    onHeard(registration);
    return { code: '2.04' };
  }

  deregister({ path }: ServerRequest): ServerReply {
    const registration = this.#options.registrations.byId(idIn(path));
    if (!registration) return { code: '4.04' };
    this.#end(registration);
    return { code: '2.02' };
  }

  async send({ contentFormat, payload }: ServerRequest, source: Source): Promise<ServerReply> {
    const { registrations, observer, onHeard, now } = this.#options;
    const registration = registrations.bySource(source);
    if (!registration) return { code: '4.04' };
    // Only these say of each value where it belongs.
    if (contentFormat !== FORMAT.senmlCbor && contentFormat !== FORMAT.senmlJson) return { code: '4.15' };
    await observer.send(registration, { contentFormat, payload });
    const current = registrations.byId(registration.id);
    if (current) {
      current.heard = now();
      registrations.save(current, 'minute');
      onHeard(current);
    }
    return { code: '2.04' };
  }

  discover(): ServerReply {
    return { code: '2.05', contentFormat: FORMAT.linkFormat, payload: Buffer.from(OWN_LINKS) };
  }

  #end(registration: Registration): void {
    this.#options.registrations.remove(registration.endpoint);
    this.#options.onDeregistered(registration);
  }
}

function idIn(path: string): string {
  return path.slice('/rd/'.length);
}

/** The code of LwM2M for what is wrong with a request. */
function refusal(error: ByflytError): ServerReply {
  if (error instanceof VersionError) return { code: '4.12' };
  if (FORBIDDEN.has(error.key)) return { code: '4.03' };
  const isOurs = !(error instanceof MessageError) || error.key === 'nbiot.error.lwm2mTooMany';
  return isOurs ? { code: '5.03', maxAge: RETRY_SECONDS } : { code: '4.00' };
}
