import { isAnswerTemplate } from '../codec/answer-bytes.ts';
import { plainAddress } from '../devices/identity.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { OPTION, pathOptions, readCoapOptions } from './coap-options.ts';
import { type ObservedResource, observedResource } from './observed-resource.ts';
import { SourceNetworks } from './source-networks.ts';

/** The NB-IoT intake node's form; texts, as a form has them. */
export interface NbiotIntakeForm {
  coap: boolean;
  coapPort: string | number;
  udp: boolean;
  udpPort: string | number;
  /** Empty: all addresses of this machine. */
  address: string;
  /** Networks that datagrams may come from; empty: any. */
  networks: string[];
  /** Paths that devices may send to; empty: any. */
  paths: string[];
  /** URIs of resources of devices that tell of their changes. */
  observed: string[];
  /** As `codec/answer-bytes.ts` has it; empty: no bytes. */
  acknowledgement: string;
  /** Hours. */
  keepDownlinks: string | number;
  /** Bytes. */
  longest: string | number;
  /** Datagrams per second of one device's address, and of all unknown ones together. */
  perSource: string | number;
  strangers: string | number;
}

export interface NbiotIntakeSettings {
  /** Absent: not listening. */
  coapPort?: number;
  udpPort?: number;
  address?: string;
  networks?: SourceNetworks;
  paths: string[];
  observed: ObservedResource[];
  acknowledgement: string;
  /** ms. */
  keepDownlinks: number;
  longest: number;
  perSource: number;
  strangers: number;
}

const HOUR = 60 * 60_000;

/** Checks a form. Throws ConfigurationError that says which field is wrong. */
export function nbiotIntakeSettings(form: NbiotIntakeForm): NbiotIntakeSettings {
  const { coap, udp, acknowledgement = '' } = form;
  if (!coap && !udp) throw wrong('noTransport');
  const coapPort = coap ? port(form.coapPort) : undefined;
  const udpPort = udp ? port(form.udpPort) : undefined;
  if (coapPort === udpPort) throw wrong('samePort');
  if (!isAnswerTemplate(acknowledgement)) throw wrong('acknowledgement');
  const networks = texts(form.networks);
  return {
    ...(coapPort === undefined ? {} : { coapPort }),
    ...(udpPort === undefined ? {} : { udpPort }),
    ...addressIn(form),
    ...(networks.length > 0 ? { networks: new SourceNetworks(networks) } : {}),
    paths: texts(form.paths).map(asRequested),
    observed: texts(form.observed).map(observedResource),
    acknowledgement,
    keepDownlinks: between(form.keepDownlinks, 1, 8760, 'keepDownlinks') * HOUR,
    longest: between(form.longest, 64, 1_048_576, 'longest'),
    perSource: between(form.perSource, 1, 10_000, 'rate'),
    strangers: between(form.strangers, 0, 10_000, 'rate'),
  };
}

function addressIn({ address }: NbiotIntakeForm): { address?: string } {
  if (!address?.trim()) return {};
  const plain = plainAddress(address);
  if (plain === undefined) throw wrong('address');
  return { address: plain };
}

/** A path as that of a request reads. */
function asRequested(path: string): string {
  return readCoapOptions(pathOptions(OPTION.uriPath, path)).path;
}

function texts(list: string[] | undefined): string[] {
  return (list ?? []).map((text) => text.trim()).filter((text) => text !== '');
}

function port(value: string | number): number {
  return between(value, 1, 65_535, 'port');
}

function between(value: string | number, lowest: number, highest: number, key: string): number {
  const number = Number(value);
  if (String(value).trim() !== '' && Number.isInteger(number) && number >= lowest && number <= highest)
    return number;
  throw wrong(key, { lowest, highest });
}

function wrong(name: string, parameters: Record<string, number> = {}): ConfigurationError {
  return new ConfigurationError({ key: `nbiot.intake.error.${name}`, parameters });
}
