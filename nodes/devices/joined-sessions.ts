import type { DeviceSession } from './device.ts';
import { KeyVault } from './key-vault.ts';

/** The present session and the one before: a device goes on with that one until it has heard that its join was accepted. */
const KEPT = 2;

/** The sessions of devices that joined through our own gateway node, encrypted in a file of their own. */
export class JoinedSessions {
  readonly #vault: KeyVault<{ sessions: DeviceSession[] }>;
  #byDevAddr = new Map<string, string[]>();
  #indexed = '';

  constructor(path: string, secret: string) {
    this.#vault = new KeyVault(path, secret);
  }

  /** Newest first. Like all here: throws ConfigurationError if the file cannot be read with this secret. */
  of(deviceId: string): readonly DeviceSession[] {
    return this.#vault.get(deviceId)?.sessions ?? [];
  }

  add(deviceId: string, session: DeviceSession): void {
    const sessions = [session, ...this.of(deviceId)].slice(0, KEPT);
    this.#vault.set(new Map([[deviceId, { sessions }]]));
  }

  remove(deviceId: string): void {
    if (this.of(deviceId).length > 0) this.#vault.set(new Map([[deviceId, undefined]]));
  }

  /** Ids of the devices with a session of that address. */
  byDevAddr(devAddr: string): readonly string[] {
    const version = this.#vault.version();
    if (version !== this.#indexed) this.#index(version);
    return this.#byDevAddr.get(devAddr) ?? [];
  }

  #index(version: string): void {
    this.#byDevAddr = new Map();
    for (const id of this.#vault.ids()) {
      for (const { devAddr } of this.of(id)) {
        this.#byDevAddr.set(devAddr, [...(this.#byDevAddr.get(devAddr) ?? []), id]);
      }
    }
    this.#indexed = version;
  }
}
