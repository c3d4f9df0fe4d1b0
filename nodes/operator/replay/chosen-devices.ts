import type { DeviceRegistry } from '../../devices/registry.ts';
import type { KnownDevices } from '../../lorawan/device-finder.ts';

/**
 * A device list that has only the chosen devices and takes note of nobody else, so that the messages of all others are
 * passed over before their codec runs. Of devices that share an address all are known: the frame's MIC tells whose it is.
 */
export function onlyChosen(registry: DeviceRegistry, ids: ReadonlySet<string>): KnownDevices {
  return {
    get: (id) => (ids.has(id) ? registry.get(id) : undefined),
    byDevEui: (devEui) => {
      const device = registry.byDevEui(devEui);
      return device && ids.has(device.id) ? device : undefined;
    },
    byDevAddr: (devAddr) => registry.byDevAddr(devAddr),
    frameKeys: (id, devAddr) => registry.frameKeys(id, devAddr),
    keys: (id) => registry.keys(id),
    unknown: { seen: () => undefined },
  };
}
