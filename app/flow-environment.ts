import { type Environment, SETTINGS, type Settings } from './settings.ts';

/** What the shipped flows take from the settings: Node-RED puts it in the place of `${BYFLYT_COAP_PORT}` and the like. */
export function flowEnvironment({ nbiot }: Pick<Settings, 'nbiot'>): Record<string, string> {
  return {
    BYFLYT_NBIOT_HOST: nbiot.host,
    BYFLYT_COAP_PORT: String(nbiot.coapPort),
    BYFLYT_UDP_PORT: String(nbiot.udpPort),
    BYFLYT_LWM2M_PORT: String(nbiot.lwm2mPort),
  };
}

/** A node of a flow with such places filled in by the settings' defaults, for another Node-RED, which has no settings of ours. */
export function withDefaults<T extends object>(node: T): T {
  const defaults: Environment = Object.fromEntries(
    SETTINGS.map((setting) => [setting.name, setting.default]),
  );
  const entries = Object.entries(node).map(([property, value]) => {
    const name = typeof value === 'string' ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined;
    return [property, (name && defaults[name]) ?? value];
  });
  return Object.fromEntries(entries) as T;
}
