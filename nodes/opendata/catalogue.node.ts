import type { Node, NodeAPI, NodeDef } from 'node-red';
import { runStart, runtimeLanguage } from '../observation/flow-node.ts';
import type { CatalogueNode } from './catalogue-node.ts';
import { type PublisherConfig, publisherFromConfig } from './dataset-form.ts';

export default function (RED: NodeAPI): void {
  function Catalogue(this: Node & Partial<CatalogueNode>, config: NodeDef & PublisherConfig): void {
    RED.nodes.createNode(this, config);
    const language = runtimeLanguage(RED.settings);
    runStart(this, language, () => {
      Object.assign(this, { publisher: publisherFromConfig(config, language) } satisfies CatalogueNode);
    });
  }

  RED.nodes.registerType('byflyt-catalogue', Catalogue);
}
