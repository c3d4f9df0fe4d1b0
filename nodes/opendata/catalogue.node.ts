import type { Node, NodeAPI, NodeDef } from 'node-red';
import { runtimeLanguage } from '../observation/flow-node.ts';
import { describeError } from '../observation/messages.ts';
import type { CatalogueNode } from './catalogue-node.ts';
import { type PublisherConfig, publisherFromConfig } from './dataset.ts';

export default function (RED: NodeAPI): void {
  function Catalogue(this: Node & Partial<CatalogueNode>, config: NodeDef & PublisherConfig): void {
    RED.nodes.createNode(this, config);
    try {
      Object.assign(this, { publisher: publisherFromConfig(config) } satisfies CatalogueNode);
    } catch (error) {
      this.error(describeError(error, runtimeLanguage(RED.settings)));
    }
  }

  RED.nodes.registerType('byflyt-catalogue', Catalogue);
}
