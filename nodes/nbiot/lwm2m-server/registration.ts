import { MessageError } from '../../observation/errors.ts';
import type { Source } from '../envelope.ts';
import { type Link, readLinks } from './link-format.ts';

/** What a device told when it registered: OMA LwM2M TS 1.1 (Core), section 6.2. */
export interface Registration {
  /** 12 hex digits; `/rd/<id>` is what the device speaks of. A new registration has a new one. */
  id: string;
  /** The device's own name (`ep`). */
  endpoint: string;
  source: Source;
  /** Seconds without a word after which the registration is over. */
  lifetime: number;
  /** `1.0` or `1.1`. */
  version: string;
  /** It sleeps between its messages: requests wait until it speaks. */
  queueMode: boolean;
  /** Its objects, as it sent them (RFC 6690). */
  links: string;
  /** Content-Formats that it takes, if it said so. */
  formats: number[];
  /** Path of its LwM2M objects where that is not the root: `/lwm2m`. */
  root: string;
  /** ms since 1970 UTC. */
  registered: number;
  heard: number;
  /** What it was asked to report; the place of an observation in this list is part of its token. */
  observations: Observed[];
}

/** `asked`: no answer yet. `refused`: not asked again before the device registers anew. */
export interface Observed {
  path: string;
  state: 'asked' | 'running' | 'refused' | 'cancelled';
}

/** What a registration or an update says; an update leaves out what stays as it was. */
export type RegistrationFacts = Partial<
  Pick<Registration, 'endpoint' | 'lifetime' | 'version' | 'queueMode' | 'links' | 'formats' | 'root'>
>;

/** Where the specification names none. */
export const DEFAULT_LIFETIME = 86_400;
const LONGEST_ENDPOINT = 255;
const LONGEST_LIFETIME = 2 ** 31 - 1;
const VERSIONS = ['1.0', '1.1'] as const;

/** The device speaks a version of LwM2M that is not known here: 4.12 instead of 4.00. */
export class VersionError extends MessageError {}

/**
 * Reads query (`ep=urn:imei:...`, `lt=86400`, `lwm2m=1.1`, `b=U`, `Q`) and links of a register or update request.
 * `sms` and what else is unknown is passed over. Throws MessageError `nbiot.error.lwm2m...`.
 */
export function readRegistrationFacts(query: readonly string[], payload: Uint8Array): RegistrationFacts {
  const parameters = new Map(query.map(splitParameter));
  const links = Buffer.from(payload).toString('utf8').trim();
  const binding = parameters.get('b');
  const facts: RegistrationFacts = {};
  const endpoint = parameters.get('ep');
  const lifetime = parameters.get('lt');
  const version = parameters.get('lwm2m');
  if (endpoint !== undefined) facts.endpoint = checkedEndpoint(endpoint);
  if (lifetime !== undefined) facts.lifetime = checkedLifetime(lifetime);
  if (version !== undefined) facts.version = checkedVersion(version);
  // Version 1.0 has the Q in the binding (`UQ`), 1.1 has it beside (`b=U&Q`).
  if (binding !== undefined || parameters.has('Q')) {
    facts.queueMode = parameters.has('Q') || /Q/.test(binding ?? '');
  }
  if (links !== '') Object.assign(facts, { links, ...rootOf(readLinks(links)) });
  return facts;
}

/** Paths of the objects and instances that a device says it has: `/3/0`, `/3303`. The key object is left out. */
export function objectPaths({ links, root }: Pick<Registration, 'links' | 'root'>): string[] {
  return readLinks(links)
    .map(({ path }) => (root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length) : path))
    .filter((path) => /^\/\d{1,5}(\/\d{1,5})?$/.test(path) && !isKeyObject(path));
}

/** Objects 0 (security) and 21 (OSCORE) hold keys: they are neither read nor observed, written or kept. */
export function isKeyObject(path: string): boolean {
  return /^\/(0+|21)(\/|$)/.test(path);
}

function splitParameter(parameter: string): [string, string] {
  const at = parameter.indexOf('=');
  return at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
}

/** The link `</>;rt="oma.lwm2m";ct="110 112"` says where the objects are, and in which formats they can be had. */
function rootOf(links: readonly Link[]): Pick<Registration, 'root' | 'formats'> {
  const link =
    links.find(({ attributes }) => attributes.get('rt')?.split(' ').includes('oma.lwm2m')) ??
    links.find(({ path }) => path === '/');
  const formats = (link?.attributes.get('ct') ?? '').split(/[\s,]+/).filter((text) => /^\d{1,5}$/.test(text));
  const root = (link?.path ?? '').replace(/\/$/, '');
  return {
    root: /^(\/[\w.-]{1,40}){1,3}$/.test(root) ? root : '',
    formats: formats.map(Number).slice(0, 16),
  };
}

function checkedEndpoint(text: string): string {
  if (text !== '' && text.length <= LONGEST_ENDPOINT && !/[\p{Cc}\s/]/u.test(text)) return text;
  throw new MessageError({ key: 'nbiot.error.lwm2mEndpoint', parameters: { endpoint: text.slice(0, 60) } });
}

function checkedLifetime(text: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= LONGEST_LIFETIME) return seconds;
  throw new MessageError({ key: 'nbiot.error.lwm2mLifetime', parameters: { lifetime: text.slice(0, 20) } });
}

/** Some clients add a third number (`1.0.2`). */
function checkedVersion(text: string): string {
  const version = VERSIONS.find((known) => text === known || text.startsWith(`${known}.`));
  if (version !== undefined) return version;
  throw new VersionError({ key: 'nbiot.error.lwm2mVersion', parameters: { version: text.slice(0, 20) } });
}
