import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus } from '../observation/calm-status.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
} from '../observation/flow-node.ts';
import { databaseNode } from './database.ts';
import { databaseStatusOf } from './database-status.ts';
import { saveObservation } from './save-observation.ts';

interface StoreDef extends NodeDef {
  /** Id of a byflyt-database config node. */
  database?: string;
}

export default function (RED: NodeAPI): void {
  function StoreNode(this: Node, config: StoreDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, { database: id = '' }: StoreDef): void {
    const language = runtimeLanguage(RED.settings);
    const timeZone = runtimeTimeZone(RED.settings);
    const database = databaseNode(RED.nodes.getNode(id));
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
