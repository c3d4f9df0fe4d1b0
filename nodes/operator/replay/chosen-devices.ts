import type { Device } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import type { KnownDevices } from '../../lorawan/device-finder.ts';

/**
 * A device list that has only the chosen devices and takes note of nobody else, so that the messages of all others are
 * passed over before their codec runs. Of devices that share an address all are known: the frame's MIC tells whose it is.
 */
export function onlyChosen(registry: DeviceRegistry, ids: ReadonlySet<string>): KnownDevices {
  const chosen = (device: Device | undefined) => (device && ids.has(device.id) ? device : undefined);
  return {
    get: (id) => chosen(registry.get(id)),
    byDevEui: (devEui) => chosen(registry.byDevEui(devEui)),
    byIdentity: (field, value) => chosen(registry.byIdentity(field, value)),
    byDevAddr: (devAddr) => registry.byDevAddr(devAddr),
    frameKeys: (id, devAddr) => registry.frameKeys(id, devAddr),
    keys: (id) => registry.keys(id),
    unknown: { seen: () => undefined },
  };
}
