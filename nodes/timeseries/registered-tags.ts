import type { DeviceRegistry } from '../devices/registry.ts';
import { ByflytError } from '../observation/errors.ts';

/** Tag values that the device list bounds: the devices in it, and their places. */
export class RegisteredTags {
  readonly #registry: Pick<DeviceRegistry, 'get' | 'list'>;
  readonly #stop: () => void;
  #places: ReadonlySet<string> | undefined;

  constructor(registry: Pick<DeviceRegistry, 'get' | 'list' | 'onChange'>) {
    this.#registry = registry;
    this.#stop = registry.onChange(() => {
      this.#places = undefined;
    });
  }

  has(tag: string, value: string): boolean {
    try {
      if (tag === 'device') return this.#registry.get(value) !== undefined;
      return tag === 'site' && this.#allPlaces().has(value);
    } catch (error) {
      if (!(error instanceof ByflytError)) throw error;
      // A damaged device list reports itself; no reading is put aside for it.
      return true;
    }
  }

  close(): void {
    this.#stop();
  }

  #allPlaces(): ReadonlySet<string> {
    this.#places ??= new Set(this.#registry.list().flatMap(({ site }) => site ?? []));
    return this.#places;
  }
}
