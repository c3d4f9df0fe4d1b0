import type { Device } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { StateStore } from '../persistence/state-store.ts';

interface Options {
  registry: Pick<DeviceRegistry, 'list' | 'onChange'>;
  state: StateStore;
}

const PREFIX = 'nbiot.sources/';
/** A SIM card gets a new address now and then; somebody who only claims to be the device must not fill the memory. */
const PER_DEVICE = 4;
/** ms from one new address of a device to the next: whoever claims to be it must not drive out where it really is. */
const NEW_EVERY = 60 * 60_000;

/** Addresses of registered devices: those in the device list, and those they sent from lately, kept over restarts. */
export class KnownSources {
  readonly #state: StateStore;
  readonly #stop: () => void;
  #registered: ReadonlySet<string>;
  /** Address -> id of the device. */
  readonly #learned = new Map<string, string>();
  /** Id of a device -> when it had a new address, ms since 1970. */
  readonly #moved = new Map<string, number>();

  constructor({ registry, state }: Options) {
    this.#state = state;
    this.#registered = addressesOf(registry);
    this.#stop = registry.onChange(() => {
      this.#registered = addressesOf(registry);
      this.#forgetRemoved(registry);
    });
    for (const key of state.keys(PREFIX)) {
      for (const address of state.get<string[]>(key) ?? [])
        this.#learned.set(address, key.slice(PREFIX.length));
    }
    this.#forgetRemoved(registry);
  }

  has(address: string): boolean {
    return this.#registered.has(address) || this.#learned.has(address);
  }

  /** A device was found behind an address. `now`: ms since 1970. */
  learn({ id }: Device, address: string, now = Date.now()): void {
    if (this.#registered.has(address)) return;
    const before = this.#state.get<string[]>(PREFIX + id) ?? [];
    if (before.at(-1) === address && this.#learned.has(address)) return;
    if (before.length > 0 && !before.includes(address) && !this.#mayMove(id, now)) return;
    const addresses = [...before.filter((other) => other !== address), address];
    for (const gone of addresses.slice(0, -PER_DEVICE)) {
      if (this.#learned.get(gone) === id) this.#learned.delete(gone);
    }
    this.#learned.set(address, id);
    this.#state.set(PREFIX + id, addresses.slice(-PER_DEVICE), 'minute');
  }

  #mayMove(id: string, now: number): boolean {
    if (now - (this.#moved.get(id) ?? -Infinity) < NEW_EVERY) return false;
    this.#moved.set(id, now);
    return true;
  }

  close(): void {
    this.#stop();
  }

  #forgetRemoved(registry: Options['registry']): void {
    if (this.#learned.size === 0) return;
    const ids = new Set(registry.list().map(({ id }) => id));
    for (const [address, id] of this.#learned) {
      if (ids.has(id)) continue;
      this.#learned.delete(address);
      this.#moved.delete(id);
      this.#state.delete(PREFIX + id);
    }
  }
}

function addressesOf(registry: Options['registry']): ReadonlySet<string> {
  return new Set(registry.list().flatMap(({ address }) => (address === undefined ? [] : [address])));
}
