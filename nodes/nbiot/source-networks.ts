import { BlockList, isIPv6 } from 'node:net';
import { plainAddress } from '../devices/identity.ts';
import { ConfigurationError } from '../observation/errors.ts';

/** Networks that datagrams may come from. */
export class SourceNetworks {
  readonly #list = new BlockList();

  /** `10.64.0.0/16`, `2001:db8::/32`, or single addresses. Throws ConfigurationError `nbiot.error.network`. */
  constructor(networks: readonly string[]) {
    for (const text of networks) this.#add(text.trim());
  }

  /** An IPv4 address as such, or an IPv6 one. */
  has(address: string): boolean {
    return this.#list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  #add(text: string): void {
    const [host = '', length, ...others] = text.split('/');
    const address = plainAddress(host);
    const family = address?.includes(':') ? 'ipv6' : 'ipv4';
    const longest = family === 'ipv6' ? 128 : 32;
    const isPrefix = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest);
    if (address === undefined || !isPrefix || others.length > 0) {
      throw new ConfigurationError({ key: 'nbiot.error.network', parameters: { text: text.slice(0, 60) } });
    }
    this.#list.addSubnet(address, Number(length ?? longest), family);
  }
}
