import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../observation/errors.ts';
import type { Device, DeviceKeys, DeviceSession } from './device.ts';
import { DeviceFile } from './device-file.ts';
import { type IdentityField, identitiesOf, takenKey } from './identity.ts';
import { JoinedSessions } from './joined-sessions.ts';
import { KeyVault } from './key-vault.ts';
import { UnknownDevices } from './unknown-devices.ts';

/** The devices that staff registered, their keys, and the strangers heard on the air. One file each, in the data folder. */
export interface DeviceRegistry {
  /** All devices, by name. Like all reads: throws ConfigurationError if the file is damaged and never was readable. */
  list(): Device[];
  get(id: string): Device | undefined;
  /** `devEui`: 16 lower-case hex digits. */
  byDevEui(devEui: string): Device | undefined;
  /** By one of the fields that belong to one device only, written as in the device. */
  byIdentity(field: IdentityField, value: string): Device | undefined;
  /** Those registered with the address and those that joined with it; several may share one. `devAddr`: 8 lower-case hex digits. */
  byDevAddr(devAddr: string): Device[];
  /** Adds or replaces a device. With `keys` its keys are replaced (`{}` removes them), without they stay. */
  save(device: Device, keys?: DeviceKeys): void;
  /** As `save` for several, in one write. */
  saveAll(entries: readonly { device: Device; keys?: DeviceKeys | undefined }[]): void;
  /** Removes a device and its keys; false if there is none. */
  remove(id: string): boolean;
  keys(deviceId: string): DeviceKeys | undefined;
  /** The keys for frames from an address: those of a session that the device joined with it, else the registered ones. */
  frameKeys(deviceId: string, devAddr: string): DeviceKeys | undefined;
  /** Sessions of a device that joined through our own gateway node, newest first: the present one and the one before. */
  sessions(deviceId: string): readonly DeviceSession[];
  /** Adds a session; on disk, encrypted, when this returns. */
  addSession(deviceId: string, session: DeviceSession): void;
  /** Names of the stored keys of a device, for pages that must not see their values. */
  keyNames(deviceId: string): string[];
  readonly unknown: Pick<UnknownDevices, 'seen' | 'list' | 'forget' | 'flush'>;
  /** Why the file cannot be used now, if so. Reads then answer what was known before; changes are refused. */
  problem(): ConfigurationError | undefined;
  /** Called after a change, also one made by another process (noticed at the next read). Returns how to stop it. */
  onChange(listener: () => void): () => void;
}

const shared = new Map<string, DeviceRegistry>();

/**
 * The registry in a data folder; the same instance for all in this process. `secret` is Node-RED's credential secret,
 * needed only for devices with keys.
 */
export function openRegistry(folder: string, secret: string): DeviceRegistry {
  const path = resolve(folder);
  const name = `${path} ${createHash('sha256').update(secret).digest('hex')}`;
  let registry = shared.get(name);
  if (!registry) {
    registry = new FileRegistry(path, secret);
    shared.set(name, registry);
  }
  return registry;
}

class FileRegistry implements DeviceRegistry {
  readonly unknown: UnknownDevices;
  readonly #file: DeviceFile;
  readonly #vault: KeyVault<DeviceKeys>;
  readonly #joined: JoinedSessions;
  readonly #listeners = new Set<() => void>();
  #byId = new Map<string, Device>();
  /** By field and value. */
  #byIdentity = new Map<string, Device>();
  #byDevAddr = new Map<string, Device[]>();

  constructor(folder: string, secret: string) {
    this.#file = new DeviceFile(join(folder, 'devices.json'), (devices) => this.#index(devices));
    this.#vault = new KeyVault(join(folder, 'devices.keys.json'), secret);
    this.#joined = new JoinedSessions(join(folder, 'devices.sessions.json'), secret);
    this.unknown = new UnknownDevices(join(folder, 'unknown-devices.json'), (identity) =>
      identitiesOf(identity).some(([field, value]) => this.#byIdentity.has(keyOf(field, value))),
    );
    this.#file.refresh();
  }

  list(): Device[] {
    this.#file.readable();
    return [...this.#byId.values()];
  }

  get(id: string): Device | undefined {
    this.#file.readable();
    return this.#byId.get(id);
  }

  byDevEui(devEui: string): Device | undefined {
    return this.byIdentity('devEui', devEui);
  }

  byIdentity(field: IdentityField, value: string): Device | undefined {
    return this.#lookUp(() => this.#byIdentity.get(keyOf(field, value)));
  }

  byDevAddr(devAddr: string): Device[] {
    const joined = this.#joined.byDevAddr(devAddr).map((id) => this.get(id));
    const registered = this.#lookUp(
      () => this.#byDevAddr.get(devAddr) ?? (joined.length > 0 ? [] : undefined),
    );
    return [...new Set([...(registered ?? []), ...joined])].filter((device) => device !== undefined);
  }

  save(device: Device, keys?: DeviceKeys): void {
    this.saveAll([{ device, keys }]);
  }

  saveAll(entries: readonly { device: Device; keys?: DeviceKeys | undefined }[]): void {
    this.#file.writable();
    const devices = new Map(this.#byId);
    for (const { device } of entries) devices.set(device.id, device);
    refuseTwins(devices.values());
    // Keys first: if the second write fails, keys without a device are harmless, a device without its keys is not.
    const keyed = entries.filter(({ keys }) => keys !== undefined);
    if (keyed.length > 0) this.#vault.set(new Map(keyed.map(({ device, keys }) => [device.id, keys])));
    this.#file.write([...devices.values()]);
  }

  remove(id: string): boolean {
    this.#file.writable();
    if (!this.#byId.has(id)) return false;
    this.#file.write([...this.#byId.values()].filter((device) => device.id !== id));
    this.#vault.set(new Map([[id, undefined]]));
    this.#joined.remove(id);
    return true;
  }

  keys(deviceId: string): DeviceKeys | undefined {
    return this.#vault.get(deviceId);
  }

  frameKeys(deviceId: string, devAddr: string): DeviceKeys | undefined {
    const session = this.sessions(deviceId).find((joined) => joined.devAddr === devAddr);
    return session ?? this.keys(deviceId);
  }

  sessions(deviceId: string): readonly DeviceSession[] {
    return this.#joined.of(deviceId);
  }

  addSession(deviceId: string, session: DeviceSession): void {
    this.#joined.add(deviceId, session);
  }

  keyNames(deviceId: string): string[] {
    return Object.keys(this.#vault.get(deviceId) ?? {});
  }

  problem(): ConfigurationError | undefined {
    this.#file.refresh();
    return this.#file.problem;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the disk before it calls a device unknown: it may have been imported a moment ago. */
  #lookUp<T>(find: () => T | undefined): T | undefined {
    this.#file.readable();
    const found = find();
    if (found !== undefined) return found;
    this.#file.refresh();
    return find();
  }

  #index(devices: readonly Device[]): void {
    const sorted = devices.toSorted((one, other) => one.name.localeCompare(other.name, 'nb'));
    this.#byId = new Map(sorted.map((device) => [device.id, device]));
    this.#byIdentity = new Map(
      sorted.flatMap((device) =>
        identitiesOf(device).map(([field, value]): [string, Device] => [keyOf(field, value), device]),
      ),
    );
    this.#byDevAddr = new Map();
    for (const device of sorted) {
      if (device.devAddr === undefined) continue;
      this.#byDevAddr.set(device.devAddr, [...(this.#byDevAddr.get(device.devAddr) ?? []), device]);
    }
    for (const listener of this.#listeners) listener();
  }
}

/** What to save when somebody gave some of a device's keys: those over the stored ones; undefined if none was given. */
export function mergedKeys(
  registry: Pick<DeviceRegistry, 'keys'>,
  id: string,
  given: DeviceKeys,
): DeviceKeys | undefined {
  return Object.keys(given).length === 0 ? undefined : { ...registry.keys(id), ...given };
}

function keyOf(field: IdentityField, value: string): string {
  return `${field} ${value}`;
}

/** Two devices with one DevEUI, IMEI ...: a message could not be told apart. */
function refuseTwins(devices: Iterable<Device>): void {
  const names = new Map<string, string>();
  for (const device of devices) {
    for (const [field, value] of identitiesOf(device)) {
      const other = names.get(keyOf(field, value));
      if (other !== undefined) {
        const parameters = { other };
        throw new ConfigurationError({ key: takenKey(field), parameters, device: device.name });
      }
      names.set(keyOf(field, value), device.name);
    }
  }
}
