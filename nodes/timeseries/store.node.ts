import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
} from '../observation/flow-node.ts';
import type { DatabaseNode } from './database.ts';
import { databaseStatusOf, saveObservation } from './save-observation.ts';

interface StoreDef extends NodeDef {
  /** Id of a byflyt-database config node. */
  database?: string;
}

export default function (RED: NodeAPI): void {
  function StoreNode(this: Node, config: StoreDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, { database: id }: StoreDef): void {
    const language = runtimeLanguage(RED.settings);
    const timeZone = runtimeTimeZone(RED.settings);
    const database = id ? (RED.nodes.getNode(id) as (Node & Partial<DatabaseNode>) | null) : null;
    if (!isOpen(database)) throw new ConfigurationError({ key: 'timeseries.error.no_database' });
    const calm = new CalmStatus(node);
    const stop = database.onStatus((status) => calm.show(() => databaseStatusOf(status, language, timeZone)));
    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        saveObservation(database, observationOf(message as FlowMessage), message as FlowMessage);
        send(message);
      }),
    );
    node.on('close', () => {
      stop();
      calm.close();
    });
  }

  RED.nodes.registerType('byflyt-store', StoreNode);
}

function isOpen(node: Partial<DatabaseNode> | null): node is DatabaseNode {
  return node?.save !== undefined && node.onStatus !== undefined;
}
