import type { AreaId } from '../observation/areas.ts';

/** Which areas have a flow that decodes their devices. */
export class ServedAreas {
  readonly #served: (AreaId | undefined)[] = [];

  /** `undefined` stands for all areas. Returns how to take it back. */
  add(area: AreaId | undefined): () => void {
    this.#served.push(area);
    return () => void this.#served.splice(this.#served.indexOf(area), 1);
  }

  has(area: AreaId): boolean {
    return this.#served.includes(area) || this.#served.includes(undefined);
  }
}

const shared = new WeakMap<object, Map<string, ServedAreas>>();

/** The areas of all who use the same object (a device registry) and decode the messages of the same network. */
export function sharedAreas(owner: object, network = 'lorawan'): ServedAreas {
  const networks = shared.get(owner) ?? new Map<string, ServedAreas>();
  shared.set(owner, networks);
  const areas = networks.get(network) ?? new ServedAreas();
  networks.set(network, areas);
  return areas;
}
