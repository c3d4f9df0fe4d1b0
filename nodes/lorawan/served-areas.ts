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

const shared = new WeakMap<object, ServedAreas>();

/** The areas of all who use the same object (a device registry). */
export function sharedAreas(owner: object): ServedAreas {
  const areas = shared.get(owner) ?? new ServedAreas();
  shared.set(owner, areas);
  return areas;
}
