import { isIP, SocketAddress } from 'node:net';
import { ConfigurationError } from '../observation/errors.ts';
import type { Device } from './device.ts';

/** The fields of a device by which its messages are known, in the order in which people name it. Each belongs to one device only. */
export const IDENTITIES = [
  'devEui',
  'imei',
  'imsi',
  'endpoint',
  'address',
] as const satisfies readonly (keyof Device)[];

export type IdentityField = (typeof IDENTITIES)[number];

/** Some of them, of a device or of a message. */
export type Identity = Partial<Record<IdentityField, string>>;

/** How each is written in the device file. */
const PATTERNS: Readonly<Record<IdentityField, (text: string) => boolean>> = {
  devEui: (text) => /^[0-9a-f]{16}$/.test(text),
  imei: isImei,
  imsi: (text) => /^\d{14,15}$/.test(text),
  endpoint: (text) => text !== '',
  address: (text) => isIP(text) !== 0,
};

/** The sentence about one that another device has already. */
export function takenKey(field: IdentityField): string {
  return `devices.error.${field}Taken`;
}

/** Those that there are, as field and value. */
export function identitiesOf(holder: Identity): [field: IdentityField, value: string][] {
  return IDENTITIES.flatMap((field): [IdentityField, string][] => {
    const value = holder[field];
    return value === undefined ? [] : [[field, value]];
  });
}

/** Whether all that are there are written as they should be. */
export function hasSoundIdentities(holder: Partial<Record<IdentityField, unknown>>): boolean {
  return IDENTITIES.every((field) => {
    const value = holder[field];
    return value === undefined || (typeof value === 'string' && PATTERNS[field](value));
  });
}

/** The digits of an IMEI end with a check digit (Luhn's): 3GPP TS 23.003, annex B. */
export function isImei(digits: string): boolean {
  if (!/^\d{15}$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Throws ConfigurationError: the number of digits, or a check digit that does not fit, which a slip of the pen leaves. */
export function parseImei(text: string): string {
  const digits = digitsOf(text);
  if (digits.length !== 15) {
    throw new ConfigurationError({ key: 'devices.error.imei', parameters: { found: digits.length } });
  }
  if (!isImei(digits)) throw new ConfigurationError({ key: 'devices.error.imeiCheck' });
  return digits;
}

/** 3GPP TS 23.003, section 2.2: country and network, then the subscriber, at most 15 digits in all. Throws ConfigurationError. */
export function parseImsi(text: string): string {
  const digits = digitsOf(text);
  if (PATTERNS.imsi(digits)) return digits;
  throw new ConfigurationError({ key: 'devices.error.imsi', parameters: { found: digits.length } });
}

/** An IPv4 or IPv6 address in its one spelling. Throws ConfigurationError. */
export function parseAddress(text: string): string {
  const address = plainAddress(text);
  if (address !== undefined) return address;
  throw new ConfigurationError({ key: 'devices.error.address', parameters: { text: text.slice(0, 60) } });
}

/** As `parseAddress`, undefined for what is no address; an IPv4 address that a socket shows as IPv6 is IPv4. */
export function plainAddress(text: string): string | undefined {
  const address = text.trim().replace(/^::ffff:(?=\d+\.)/i, '');
  const version = isIP(address);
  if (version === 4) return address;
  if (version === 0 || address.includes('%')) return undefined;
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** A number as labels, lists and clients write it: `35-209900-176148-1`, `IMEI: 352099001761481`, `urn:imei:...`. */
function digitsOf(text: string): string {
  if (/^\s*\d+[.,]\d+e\+?\d+\s*$/i.test(text))
    throw new ConfigurationError({ key: 'devices.error.spreadsheetNumber' });
  return text.replace(/^\s*(urn:)?(imei|imsi)\s*:?/i, '').replace(/[\s\-_.,/]/g, '');
}
