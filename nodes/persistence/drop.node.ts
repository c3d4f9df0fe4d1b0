import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { type FlowMessage, runInput, runStart, runtimeLanguage } from '../observation/flow-node.ts';
import { translate } from '../observation/messages.ts';
import { acquireDataFolder } from './data-folder.ts';
import { leaveOut } from './leave-out.ts';

interface DropDef extends NodeDef {
  /** Why messages are left out, in the words of whoever made the flow. */
  reason?: string;
}

export default function (RED: NodeAPI): void {
  function DropNode(this: Node, config: DropDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: DropDef): void {
    const reason = config.reason?.trim();
    if (!reason) throw new ConfigurationError({ key: 'persistence.error.no_reason' });
    const language = runtimeLanguage(RED.settings);
    const folder = acquireDataFolder(RED.settings);
    const status = new CalmStatus(node);
    let count = 0;
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'persistence.status.waiting') });
    node.on('input', (message, _send, done) =>
      runInput(node, language, done, () => {
        leaveOut(folder.journal, message as FlowMessage, reason);
        count++;
        const shown = () => translate(language, 'persistence.status.left_out', { count });
        status.show(() => ({ fill: 'grey', shape: 'dot', text: shown() }));
      }),
    );
    node.on('close', () => {
      status.close();
      folder.release();
    });
  }

  RED.nodes.registerType('byflyt-drop', DropNode);
}
