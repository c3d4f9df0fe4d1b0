import { ConfigurationError } from '../../observation/errors.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { typedNumber } from '../../observation/typed-number.ts';
import type { Allowance } from './allow-list.ts';
import type { DownlinkNetwork, Target } from './network-messages.ts';

/** The node's form: what a person typed or chose. */
export interface DownlinkForm {
  /** Id in the device list; empty: `msg.topic` names the device. */
  device: string;
  network: string;
  transport: string;
  application: string;
  tenant: string;
  webhook: string;
  server: string;
  /** The network server's own id of a device, with `{devEui}` or `{id}` in it. */
  deviceId: string;
  fPort: string;
  confirmed: boolean;
  /** Minutes. */
  timeout: string;
  perHour: string;
  perDay: string;
  allowed: { device?: string; quantity: string; lowest?: string; highest?: string }[];
  dryRun: boolean;
}

export interface DownlinkSettings {
  device?: string;
  target: Target;
  deviceId: string;
  /** For codecs that name none. */
  fPort?: number;
  confirmed: boolean;
  /** ms; absent: by the device's interval. */
  timeout?: number;
  /** Downlinks per device. */
  perHour: number;
  perDay: number;
  allowed: Allowance[];
  dryRun: boolean;
}

const NETWORKS: readonly DownlinkNetwork[] = ['tts-v3', 'chirpstack-v4', 'chirpstack-v3', 'gateway'];
/** What can be a step of an MQTT topic and of an address. */
export const TOPIC_STEP = /^[^\s/+#?]+$/;
/** More than a class A device with an uplink every minute could take. */
const MOST_PER_DAY = 1440;

/** Which of the texts a target needs. */
function neededSteps(network: DownlinkNetwork, transport: Target['transport']): (keyof DownlinkForm)[] {
  if (network === 'gateway') return [];
  if (transport === 'mqtt') return network === 'tts-v3' ? ['application', 'deviceId'] : ['application'];
  return network === 'tts-v3' ? ['application', 'webhook', 'deviceId'] : [];
}

/** Reads the form. Throws ConfigurationError that names what is missing or wrong. */
export function readSettings(form: Partial<DownlinkForm>): DownlinkSettings {
  const text = (field: keyof DownlinkForm) => String(form[field] ?? '').trim();
  const network = NETWORKS.find((name) => name === form.network);
  if (!network) throw wrong('network');
  const transport = form.transport === 'http' ? 'http' : 'mqtt';
  for (const field of neededSteps(network, transport)) if (!TOPIC_STEP.test(text(field))) throw wrong(field);
  if (text('tenant') !== '' && !TOPIC_STEP.test(text('tenant'))) throw wrong('tenant');
  if (network !== 'gateway' && transport === 'http' && !isAddress(text('server'))) throw wrong('server');
  const fPort = optionalNumber(form.fPort, 1, 223, 'fPort');
  const timeout = optionalNumber(form.timeout, 1, 10_080, 'timeout');
  const device = text('device');
  return {
    ...(device !== '' && { device }),
    target: {
      network,
      transport,
      application: text('application'),
      tenant: text('tenant'),
      webhook: text('webhook'),
      server: text('server'),
    },
    deviceId: text('deviceId'),
    ...(fPort !== undefined && { fPort }),
    confirmed: form.confirmed === true,
    ...(timeout !== undefined && { timeout: timeout * 60_000 }),
    perHour: optionalNumber(form.perHour, 1, MOST_PER_DAY, 'perHour') ?? MOST_PER_DAY,
    perDay: optionalNumber(form.perDay, 1, MOST_PER_DAY, 'perDay') ?? MOST_PER_DAY,
    allowed: (form.allowed ?? []).map(readAllowance),
    dryRun: form.dryRun === true,
  };
}

function readAllowance({ device, quantity, lowest, highest }: DownlinkForm['allowed'][number]): Allowance {
  if (!Object.hasOwn(QUANTITIES, quantity)) throw wrong('allowed');
  const ends = { lowest: endOf(lowest), highest: endOf(highest) };
  return {
    ...(device && { device }),
    quantity: quantity as QuantityId,
    ...(ends.lowest !== undefined && { lowest: ends.lowest }),
    ...(ends.highest !== undefined && { highest: ends.highest }),
  };
}

function endOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const number = typedNumber(text);
  if (Number.isFinite(number)) return number;
  throw wrong('allowed');
}

function optionalNumber(
  text: string | undefined,
  lowest: number,
  highest: number,
  field: keyof DownlinkForm,
): number | undefined {
  if (text === undefined || String(text).trim() === '') return undefined;
  const number = typedNumber(text);
  if (Number.isInteger(number) && number >= lowest && number <= highest) return number;
  throw wrong(field);
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.password === '';
}

function wrong(field: keyof DownlinkForm): ConfigurationError {
  return new ConfigurationError({ key: `lorawan.downlink.wrong.${field}` });
}
