import { randomBytes } from 'node:crypto';
import type { DeviceRegistry } from '../devices/registry.ts';
import { type Language, translate } from '../observation/messages.ts';
import { NBIOT_DEVICES } from './nbiot-devices.ts';
import { SANDBOX_DEVICES } from './sandbox-devices.ts';

/** Puts the sandbox devices that are missing into the registry, those on LoRaWAN with session keys of their own. */
export function registerSandbox(registry: DeviceRegistry, language: Language): void {
  for (const { kind, way: _way, faults: _faults, reading: _reading, ...device } of NBIOT_DEVICES) {
    if (registry.get(device.id)) continue;
    const name = translate(language, `simulator.device.${kind}`, { site: device.site });
    registry.save({ ...device, name, sandbox: true });
  }
  for (const {
    id,
    kind,
    area,
    site,
    location,
    devEui,
    devAddr,
    model,
    interval,
    distances,
  } of SANDBOX_DEVICES) {
    if (registry.get(id)) continue;
    const name = translate(language, `simulator.device.${kind}`, { site });
    const keys = { nwkSKey: randomKey(), appSKey: randomKey() };
    registry.save(
      { id, name, area, site, location, devEui, devAddr, model, interval, ...distances, sandbox: true },
      keys,
    );
  }
}

/** Takes all sandbox devices out of the registry; their readings stay in the sandbox store, unseen. */
export function removeSandbox(registry: DeviceRegistry): void {
  for (const device of registry.list()) if (device.sandbox) registry.remove(device.id);
}

function randomKey(): string {
  return randomBytes(16).toString('hex');
}
