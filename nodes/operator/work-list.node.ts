import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ConfigurationError } from '../observation/errors.ts';
import { runInput, runStart, runtimeLanguage } from '../observation/flow-node.ts';
import { translate } from '../observation/messages.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { forgetWorkList, keepWorkList, rowsOf, type WorkListColumn } from './work-list.ts';

interface WorkListConfig extends NodeDef {
  title?: string;
  columns?: WorkListColumn[];
}

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);

  function WorkListNode(this: Node, config: WorkListConfig): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: Node, { title, columns = [] }: WorkListConfig): void {
    if (!title?.trim()) throw new ConfigurationError({ key: 'operator.config.title' });
    const folder = acquireDataFolder(RED.settings);
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'operator.status.waiting') });
    node.on('input', (message, _send, done) =>
      runInput(node, language, done, () => {
        const rows = rowsOf(message.payload);
        keepWorkList(folder.state, node.id, { title, columns, rows, time: new Date().toISOString() });
        const text = translate(language, 'operator.status.kept', { count: rows.length });
        node.status({ fill: 'green', shape: 'dot', text });
      }),
    );
    node.on('close', (removed: boolean, done: () => void) => {
      if (removed) forgetWorkList(folder.state, node.id);
      folder.release();
      done();
    });
  }

  RED.nodes.registerType('byflyt-work-list', WorkListNode);
}
