import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus } from '../observation/calm-status.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
} from '../observation/flow-node.ts';
import { translate } from '../observation/messages.ts';
import { numericChoices } from '../observation/quantity-choices.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { QualityChecker } from './quality-check.ts';
import { defaultsOf, overridesOf, type QualityForm, testsOf } from './quality-settings.ts';

type QualityCheckDef = NodeDef & QualityForm;

export default function (RED: NodeAPI): void {
  function QualityCheckNode(this: Node, config: QualityCheckDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: QualityCheckDef): void {
    const language = runtimeLanguage(RED.settings);
    const [tests, overrides] = [testsOf(config), overridesOf(config)];
    const folder = acquireDataFolder(RED.settings);
    const checker = new QualityChecker({ state: folder.state, tests, overrides });
    const status = new CalmStatus(node);
    const count = { checked: 0, suspect: 0 };
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'quality.status.waiting') });

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const observation = observationOf(message as FlowMessage);
        const quality = checker.check(observation);
        for (const { flag } of Object.values(quality)) {
          count.checked++;
          if (flag > 2) count.suspect++;
        }
        message.payload = { ...observation, quality };
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
