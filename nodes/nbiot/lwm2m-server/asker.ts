import type { DeviceLink, DeviceReply, DeviceRequest } from './device-link.ts';
import type { Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import { FORMAT } from './resource-body.ts';

/** 4.02, 4.06 and 4.15: the device does not know the format. */
const OTHER_FORMAT: ReadonlySet<string> = new Set(['4.02', '4.06', '4.15']);

/** Formats in which a device may answer, best first: what it named, then what its version of LwM2M has. */
function acceptable({ version, formats }: Pick<Registration, 'version' | 'formats'>): (number | undefined)[] {
  const { senmlCbor, senmlJson, tlv, json } = FORMAT;
  const usual = version === '1.0' ? [tlv, json] : [senmlCbor, senmlJson, tlv];
  const told = [senmlCbor, senmlJson, tlv, json].filter((format) => formats.includes(format));
  return [...new Set([...told, ...usual]), undefined];
}

/** Asks devices, in a format that they understand, and notes that they spoke. */
export class Asker {
  readonly #link: DeviceLink;
  readonly #registrations: Registrations;
  readonly #now: () => number;

  constructor(link: DeviceLink, registrations: Registrations, now: () => number = Date.now) {
    this.#link = link;
    this.#registrations = registrations;
    this.#now = now;
  }

  /** A request whose answer has values. Rejects with ConnectionError if the device does not answer. */
  values(registration: Registration, request: DeviceRequest): Promise<DeviceReply> {
    return this.first(
      registration,
      acceptable(registration).map((accept) => (accept === undefined ? request : { ...request, accept })),
    );
  }

  /** The same request in several formats: the answer to the first that the device understands. */
  async first(registration: Registration, requests: readonly DeviceRequest[]): Promise<DeviceReply> {
    const [request, ...others] = requests;
    const { endpoint, id, root } = registration;
    if (!request) throw new RangeError('no request');
    // Where the device is now: it may have told so meanwhile.
    const { source } = this.#registrations.byId(id) ?? registration;
    const reply = await this.#link.ask(source, { ...request, path: `${root}${request.path}` });
    this.#heard(endpoint, id);
    return OTHER_FORMAT.has(reply.code) && others.length > 0 ? this.first(registration, others) : reply;
  }

  #heard(endpoint: string, id: string): void {
    const registration = this.#registrations.byEndpoint(endpoint);
    if (registration?.id !== id) return;
    registration.heard = this.#now();
    this.#registrations.save(registration, 'minute');
  }
}
