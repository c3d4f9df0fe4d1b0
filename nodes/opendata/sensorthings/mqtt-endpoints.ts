/** Brokers at which the public can subscribe to what a site publishes, by the node that publishes there. */
const endpoints = new WeakMap<object, Map<string, string>>();

/** Tells the clients of a site of a broker (`mqtt://data.example.org:1883`), for a node. */
export function announceEndpoint(site: object, node: string, address: string): void {
  const known = endpoints.get(site) ?? new Map<string, string>();
  endpoints.set(site, known);
  known.set(node, address);
}

/** The node publishes no more. */
export function forgetEndpoint(site: object, node: string): void {
  endpoints.get(site)?.delete(node);
}

/** Addresses of the brokers of a site. */
export function mqttEndpoints(site: object): string[] {
  return [...new Set(endpoints.get(site)?.values())].sort();
}
