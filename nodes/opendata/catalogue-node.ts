import type { Publisher } from './dataset.ts';

/** What the config node byflyt-catalogue offers to the open-data nodes that name it. */
export interface CatalogueNode {
  readonly publisher: Publisher;
}
