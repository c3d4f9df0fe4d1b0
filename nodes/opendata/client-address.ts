import { BlockList, isIP } from 'node:net';
import { ConfigurationError } from '../observation/errors.ts';

/** This machine: a proxy on it is ours. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/**
 * The proxies whose word on the client's address counts: this machine, and those named as addresses or networks with
 * commas (`10.0.0.5, 192.168.0.0/16`). Throws ConfigurationError for what is neither.
 */
export function trustedProxies(text = ''): BlockList {
  const list = new BlockList();
  const named = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  for (const entry of [...LOOPBACK, ...named]) addTo(list, entry);
  return list;
}

function addTo(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/');
  const family = familyOf(address);
  const most = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? most : Number(/^\d{1,3}$/.exec(bits)?.[0] ?? Number.NaN);
  if (!family || !(prefix <= most)) {
    throw new ConfigurationError({ key: 'opendata.config.proxy', parameters: { value: entry } });
  }
  list.addSubnet(address, prefix, family);
}

/**
 * Who asks: the nearest address that is none of our proxies', which each of them appended to X-Forwarded-For. What
 * stands before it was written by the client itself. Of IPv6 the network, as each home has one of its own.
 */
export function clientOf(
  remote: string | undefined,
  forwardedFor: string | undefined,
  trusted: BlockList,
): string {
  const chain = [...(forwardedFor?.split(',') ?? []), remote ?? ''].map(plain);
  let client = chain.pop() ?? '';
  while (isTrusted(client, trusted)) {
    const before = chain.pop();
    if (before === undefined || !isIP(before)) break;
    client = before;
  }
  return isIP(client) === 6 ? network(client) : client;
}

/** Whether a client is a program on this machine, and not somebody for whom a proxy asks. */
export function isThisMachine(client: string): boolean {
  return client.startsWith('127.') || client === network('::1');
}

/** Without blanks, port and brackets; IPv4 in IPv6 as IPv4. */
function plain(address: string): string {
  const trimmed = address.trim().replace(/^\[(.*)\](:\d+)?$/, '$1');
  const withoutPort = /^[\d.]+:\d+$/.test(trimmed) ? trimmed.replace(/:\d+$/, '') : trimmed;
  return withoutPort.replace(/^::ffff:(?=[\d.]+$)/i, '');
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = familyOf(address);
  return family !== undefined && trusted.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

/** The first 64 bits of an IPv6 address. */
function network(address: string): string {
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: gap }, () => '0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
