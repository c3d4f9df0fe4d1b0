import { isIP } from 'node:net';
import { ConfigurationError } from '../../observation/errors.ts';
import { typedNumber } from '../../observation/typed-number.ts';
import { SourceNetworks } from '../source-networks.ts';
import type { Allowance } from './command.ts';
import type { Lwm2mServiceSettings } from './lwm2m-service.ts';
import type { ObserveRow } from './observe.ts';
import { isKeyObject } from './registration.ts';

/** The node's form; texts, as a form has them. */
export interface Lwm2mForm {
  port: string | number;
  /** Empty: all addresses of this machine. */
  address: string;
  /** Empty: what the device's model says, or the usual. */
  observe: { path: string; pmin?: string; pmax?: string }[];
  allowed: { device?: string; path: string; lowest?: string; highest?: string }[];
  strangers: boolean;
  /** Networks that datagrams may come from; empty: any. */
  networks: string[];
  /** Datagrams per second of one device's address, and of all unknown ones together. */
  perSource: string | number;
  unknown: string | number;
  /** Seconds. */
  awake: string | number;
  /** Hours. */
  patience: string | number;
}

export interface Lwm2mSettings extends Lwm2mServiceSettings {
  port: number;
  address?: string;
  networks?: SourceNetworks;
  /** Datagrams per second. */
  perSource: number;
  unknown: number;
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** MAX_TRANSMIT_WAIT of RFC 7252: so long a device in queue mode listens, if nobody agreed otherwise. */
const AWAKE_SECONDS = 93;
const PATIENCE_HOURS = 24;
/** Datagrams per second. */
const [PER_SOURCE, UNKNOWN] = [50, 200];
const LONGEST_PERIOD = 2 ** 31 - 1;

const PATH = /^(\/(0|[1-9]\d{0,4}|\*)){1,3}$/;

/** Checks a form. Throws ConfigurationError `nbiot.lwm2m.wrong.<field>`. */
export function lwm2mSettings(form: Partial<Lwm2mForm>): Lwm2mSettings {
  const address = (form.address ?? '').trim();
  if (address !== '' && isIP(address) === 0) throw wrong('address');
  const rows = (form.observe ?? []).filter(({ path }) => path.trim() !== '').map(observeRow);
  const networks = (form.networks ?? []).filter((text) => text.trim() !== '');
  return {
    port: whole(form.port, 5683, 1, 65_535, 'port'),
    ...(address === '' ? {} : { address }),
    ...(rows.length === 0 ? {} : { rows }),
    ...(networks.length === 0 ? {} : { networks: new SourceNetworks(networks) }),
    perSource: whole(form.perSource, PER_SOURCE, 1, 10_000, 'rate'),
    unknown: whole(form.unknown, UNKNOWN, 0, 10_000, 'rate'),
    allowed: (form.allowed ?? []).filter(({ path }) => path.trim() !== '').map(allowance),
    strangers: form.strangers === true,
    awake: whole(form.awake, AWAKE_SECONDS, 1, 3600, 'awake') * SECOND,
    patience: whole(form.patience, PATIENCE_HOURS, 1, 24 * 31, 'patience') * HOUR,
  };
}

function observeRow({ path, pmin, pmax }: Lwm2mForm['observe'][number]): ObserveRow {
  const periods = { pmin: period(pmin), pmax: period(pmax) };
  if ((periods.pmin ?? 0) > (periods.pmax ?? LONGEST_PERIOD)) throw wrong('observe');
  return {
    path: checkedPath(path, 'observe'),
    ...(periods.pmin === undefined ? {} : { pmin: periods.pmin }),
    ...(periods.pmax === undefined ? {} : { pmax: periods.pmax }),
  };
}

function period(text: string | undefined): number | undefined {
  return isBlank(text) ? undefined : whole(text, 0, 0, LONGEST_PERIOD, 'observe');
}

function allowance({ device, path, lowest, highest }: Lwm2mForm['allowed'][number]): Allowance {
  const ends = { lowest: endOf(lowest), highest: endOf(highest) };
  return {
    ...(device ? { device } : {}),
    path: checkedPath(path, 'allowed'),
    ...(ends.lowest === undefined ? {} : { lowest: ends.lowest }),
    ...(ends.highest === undefined ? {} : { highest: ends.highest }),
  };
}

/** Nobody may ask for the device's keys. */
function checkedPath(text: string, field: 'observe' | 'allowed'): string {
  const path = text.trim().replace(/\/$/, '');
  if (PATH.test(path) && !isKeyObject(path) && !path.startsWith('/*')) return path;
  throw wrong(field);
}

function endOf(text: string | undefined): number | undefined {
  if (isBlank(text)) return undefined;
  const number = typedNumber(String(text));
  if (Number.isFinite(number)) return number;
  throw wrong('allowed');
}

function whole(
  text: string | number | undefined,
  usual: number,
  lowest: number,
  highest: number,
  field: string,
): number {
  if (isBlank(text)) return usual;
  const number = typedNumber(String(text));
  if (Number.isInteger(number) && number >= lowest && number <= highest) return number;
  throw wrong(field);
}

function isBlank(text: string | number | undefined): boolean {
  return text === undefined || String(text).trim() === '';
}

function wrong(field: string): ConfigurationError {
  return new ConfigurationError({ key: `nbiot.lwm2m.wrong.${field}` });
}
