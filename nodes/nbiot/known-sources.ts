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

/** Addresses of registered devices: those in the device list, and those they sent from lately, kept over restarts. */
export class KnownSources {
  readonly #state: StateStore;
  readonly #stop: () => void;
  #registered: ReadonlySet<string>;
  /** Address -> id of the device. */
  readonly #learned = new Map<string, string>();

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

  /** A device was found behind an address. */
  learn({ id }: Device, address: string): void {
    if (this.#registered.has(address) || this.#learned.get(address) === id) return;
    const before = this.#state.get<string[]>(PREFIX + id) ?? [];
    const addresses = [...before.filter((other) => other !== address), address];
    const kept = addresses.slice(-PER_DEVICE);
    for (const gone of addresses.slice(0, -PER_DEVICE)) this.#learned.delete(gone);
    this.#learned.set(address, id);
    this.#state.set(PREFIX + id, kept, 'minute');
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
      this.#state.delete(PREFIX + id);
    }
  }
}

function addressesOf(registry: Options['registry']): ReadonlySet<string> {
  return new Set(registry.list().flatMap(({ address }) => (address === undefined ? [] : [address])));
}
