import type { DeviceModel } from '../../devices/device.ts';
import { MEASURING_OBJECTS } from '../lwm2m-quantities.ts';
import { type Observed, objectPaths, type Registration } from './registration.ts';

/** What devices are asked to report, and how often: seconds between two notifications, at least and at most. */
export interface ObserveRow {
  /** `/3303`, `/3303/0` or `/3303/0/5700`; an asterisk in the place of an instance is each that a device has. */
  path: string;
  pmin?: number;
  pmax?: number;
}

const ID_BYTES = 6;
const PLACE_BYTES = 2;
/** Observations of one device. */
const MOST = 64;

/**
 * What a device is asked for if nobody chose: objects that measure, whole, because their units stand beside the values;
 * of the others battery and signal strength.
 */
const USUAL: readonly ObserveRow[] = [
  ...MEASURING_OBJECTS.map((object) => ({ path: `/${object}` })),
  ...['/3/*/7', '/3/*/9', '/4/*/2'].map((path) => ({ path })),
];

/** What the mappings of a device model read from LwM2M; undefined if that is nothing. */
export function rowsOfModel(model: Pick<DeviceModel, 'mappings'> | undefined): ObserveRow[] | undefined {
  const paths = (model?.mappings ?? []).map(({ from }) => from).filter((from) => /^(\/\d+){2,4}$/.test(from));
  return paths.length === 0 ? undefined : paths.map((path) => ({ path }));
}

/** The rows that apply to a device, with the paths that it has. `rows`: those that somebody chose, if any. */
export function wantedOf(
  registration: Pick<Registration, 'links' | 'root'>,
  rows: readonly ObserveRow[] | undefined,
): ObserveRow[] {
  const paths = objectPaths(registration);
  const wanted = (rows ?? USUAL).flatMap((row) => pathsOf(row.path, paths).map((path) => ({ ...row, path })));
  return [...new Map(wanted.map((row) => [row.path, row])).values()].slice(0, MOST);
}

function pathsOf(pattern: string, paths: readonly string[]): string[] {
  const [, object = '', instance, resource] = pattern.split('/');
  const own = paths.filter((path) => path === `/${object}` || path.startsWith(`/${object}/`));
  const instances = own.filter((path) => path.split('/').length === 3);
  const suffix = resource === undefined ? '' : `/${resource}`;
  if (instance !== undefined && instance !== '*') {
    // A device that names the object alone may have the instance.
    const isThere = own.includes(`/${object}/${instance}`) || own.includes(`/${object}`);
    return isThere ? [`/${object}/${instance}${suffix}`] : [];
  }
  if (instances.length > 0) return instances.map((path) => `${path}${suffix}`);
  return own.length > 0 && resource === undefined ? own : own.map((path) => `${path}/0${suffix}`);
}

/** What is still to be asked of a device, and what no longer. */
export function changesOf(
  { observations }: Registration,
  wanted: readonly ObserveRow[],
): { begin: ObserveRow[]; end: string[] } {
  const stateOf = (path: string) => observations.find((observed) => observed.path === path)?.state;
  const paths = new Set(wanted.map(({ path }) => path));
  return {
    begin: wanted.filter(({ path }) => !['running', 'refused'].includes(stateOf(path) ?? '')),
    end: observations
      .filter(({ path, state }) => state === 'running' && !paths.has(path))
      .map(({ path }) => path),
  };
}

/** Notes the state of an observation; the list of the registration only grows, so that tokens keep their meaning. */
export function noteObservation(registration: Registration, path: string, state: Observed['state']): void {
  const known = registration.observations.find((observed) => observed.path === path);
  if (known) known.state = state;
  else registration.observations.push({ path, state });
}

/** Token of an observation: it says by itself whose it is and of what, also after a restart. */
export function tokenOf({ id, observations }: Registration, path: string): Buffer {
  const token = Buffer.alloc(ID_BYTES + PLACE_BYTES);
  token.write(id, 'hex');
  token.writeUInt16BE(
    observations.findIndex((observed) => observed.path === path),
    ID_BYTES,
  );
  return token;
}

/** Registration id and place of the observation of a token; undefined for tokens of others. */
export function readToken(token: Uint8Array): { id: string; place: number } | undefined {
  if (token.length !== ID_BYTES + PLACE_BYTES) return undefined;
  const bytes = Buffer.from(token);
  return { id: bytes.toString('hex', 0, ID_BYTES), place: bytes.readUInt16BE(ID_BYTES) };
}
