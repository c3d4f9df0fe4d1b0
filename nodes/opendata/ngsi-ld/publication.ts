import { createHash } from 'node:crypto';
import type { ItemFormat, Outbox } from '../../persistence/outbox.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Operation } from './broker.ts';
import { attributesOf, type Entity } from './entity.ts';

/** Operations as JSON, one line each. */
export const OPERATION_FORMAT: ItemFormat<Operation> = {
  encode: (operation) => JSON.stringify(operation),
  decode: (text) => JSON.parse(text) as Operation,
};

/** What the broker was told of an entity. */
interface Told {
  digest: string;
  attributes: string[];
}

export interface PublicationOptions {
  state: StateStore;
  outbox: Outbox<Operation>;
  /** Of whom the state is: the node, and the broker that it tells. */
  scope: string;
}

/**
 * Queues what is new for a context broker: entities that changed, and the removal of those that are no longer public.
 * What it has queued survives a restart, so that nothing is told twice, and nobody's withdrawal is forgotten.
 */
export class Publication {
  readonly #options: PublicationOptions;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /** All entities that are public now; gives how many operations were queued. Nothing else stays at the broker. */
  offer(entities: readonly Entity[]): number {
    const current = new Set(entities.map(({ id }) => id));
    const gone = this.#known().filter((id) => !current.has(id));
    for (const id of gone) this.#remove(id);
    return entities.reduce((sum, entity) => sum + this.#tell(entity), gone.length);
  }

  #tell(entity: Entity): number {
    const { state, outbox } = this.#options;
    const told = state.get<Told>(this.#key(entity.id));
    const now: Told = { digest: digestOf(entity), attributes: attributesOf(entity) };
    if (told?.digest === now.digest) return 0;
    // Appending does not take away what is no longer public: the entity is made anew then.
    const isLess = told?.attributes.some((name) => !now.attributes.includes(name)) ?? false;
    if (isLess) outbox.append({ remove: entity.id });
    outbox.append({ upsert: entity });
    state.set(this.#key(entity.id), now);
    return isLess ? 2 : 1;
  }

  #remove(id: string): void {
    const { state, outbox } = this.#options;
    outbox.append({ remove: id });
    state.delete(this.#key(id));
  }

  #known(): string[] {
    const prefix = this.#key('');
    return this.#options.state.keys(prefix).map((key) => key.slice(prefix.length));
  }

  #key(id: string): string {
    return `ngsi-ld/${this.#options.scope}/${id}`;
  }
}

function digestOf(entity: Entity): string {
  return createHash('sha256').update(JSON.stringify(entity)).digest('base64url').slice(0, 22);
}
