import { plainAddress } from '../devices/identity.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { decodedPart } from './coap-options.ts';
import type { Source } from './envelope.ts';

/** A resource of a device that Byflyt observes. */
export interface ObservedResource {
  /** As it stands in the form. */
  uri: string;
  at: Source;
  path: string;
  query: string[];
}

const COAP_PORT = 5683;

/** Reads `coap://10.64.0.7:5683/level?x=1`. Throws ConfigurationError `nbiot.error.observedUri`. */
export function observedResource(text: string): ObservedResource {
  const uri = text.trim();
  if (!/^coap:\/\//i.test(uri) || !URL.canParse(uri)) throw wrong(uri);
  const { hostname, port, pathname, search } = new URL(uri);
  // A name would have to be looked up, and its answers come from an address.
  const address = plainAddress(hostname.replace(/^\[|\]$/g, ''));
  if (address === undefined) throw wrong(uri);
  const query = search
    .slice(1)
    .split('&')
    .filter((part) => part !== '')
    .map(decodedPart);
  return { uri, at: { address, port: port === '' ? COAP_PORT : Number(port) }, path: pathname || '/', query };
}

function wrong(uri: string): ConfigurationError {
  return new ConfigurationError({ key: 'nbiot.error.observedUri', parameters: { uri: uri.slice(0, 80) } });
}
