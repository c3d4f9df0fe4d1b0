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
import { translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';
import { numericChoices } from '../observation/quantity-choices.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { QualityChecker } from './quality-check.ts';
import { checkerOptions, defaultsOf, type QualityForm } from './quality-settings.ts';

type QualityCheckDef = NodeDef & QualityForm;

export default function (RED: NodeAPI): void {
  function QualityCheckNode(this: Node, config: QualityCheckDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: QualityCheckDef): void {
    const language = runtimeLanguage(RED.settings);
    const options = checkerOptions(config, runtimeTimeZone(RED.settings));
    const folder = acquireDataFolder(RED.settings);
    let revisions: Observation[] = [];
    const checker = new QualityChecker({
      ...options,
      state: folder.state,
      onRevision: (revision) => void revisions.push(revision),
    });
    const status = new CalmStatus(node);
    const count = { checked: 0, suspect: 0 };
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'quality.status.waiting') });

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const observation = checker.checked(observationOf(message as FlowMessage));
        for (const { flag } of Object.values(observation.quality)) {
          count.checked++;
          if (flag > 2) count.suspect++;
        }
        message.payload = observation;
        for (const revision of revisions) send(revisionMessage(message as FlowMessage, revision));
        revisions = [];
        send(message);
        status.show(() => ({
          fill: count.suspect > 0 ? 'yellow' : 'green',
          shape: 'dot',
          text: translate(language, 'quality.status.checked', count),
        }));
      }),
    );
    node.on('close', () => {
      status.close();
      folder.release();
    });
  }

  const choices = numericChoices().map((choice) => ({ ...choice, limits: defaultsOf(choice.id) }));
  RED.nodes.registerType('byflyt-quality-check', QualityCheckNode, {
    settings: { byflytQualityCheckQuantities: { value: choices, exportable: true } },
  });
}

/** Without `intake`: what becomes of a flag of the reading before is no verdict on this one. */
function revisionMessage(message: FlowMessage, revision: Observation): FlowMessage {
  return { topic: message.topic, payload: revision } as FlowMessage;
}
