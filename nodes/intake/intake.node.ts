import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { problemOf } from '../observation/errors.ts';
import { runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { onceStarted } from './flows-started.ts';
import { Intake } from './intake.ts';
import { IntakeProblems } from './intake-problems.ts';
import { type IntakeForm, type IntakeSecrets, sourceOf } from './intake-settings.ts';
import { IntakeStatus } from './intake-status.ts';
import { handOver, type IntakeConfig, type PortTransport } from './left-behind.ts';
import { countRefused } from './received-counts.ts';
import type { TransportEvents } from './transport.ts';
import { transportEvents } from './transport-events.ts';
import type { HttpApplication } from './webhook-transport.ts';

type IntakeDef = NodeDef & IntakeForm;

/** Event of Node-RED's runtime, `{ id, state: TransportState | 'failed' }`: the app waits for it before it says that all runs. */
const STATE_EVENT = 'byflyt-intake';

/** Nodes that take messages in at a port of their own. */
const AT_PORTS: Readonly<Record<string, PortTransport>> = {
  'byflyt-gateway': 'gateway',
  'byflyt-nbiot-intake': 'nbiot',
  'byflyt-lwm2m-server': 'lwm2m',
};

export default function intake(RED: NodeAPI): void {
  function IntakeNode(this: Node<IntakeSecrets>, config: IntakeDef): void {
    RED.nodes.createNode(this, config);
    try {
      start(this, config);
    } catch (error) {
      const sentence = describeError(error, runtimeLanguage(RED.settings));
      this.status({ fill: 'red', shape: 'ring', text: sentence });
      this.error(sentence);
      const { key, parameters } = problemOf(error);
      const problem = { key, parameters, component: 'intake', severity: 'failure', node: this.id } as const;
      problemsOf(RED.settings).report(`intake.start/${this.id}`, problem);
      this.on('close', () => problemsOf(RED.settings).clearNode(this.id));
      RED.events.emit(STATE_EVENT, { id: this.id, state: 'failed' });
    }
  }

  function start(node: Node<IntakeSecrets>, config: IntakeDef): void {
    const language = runtimeLanguage(RED.settings);
    const source = sourceOf(config, node.credentials, RED.settings);
    const folder = acquireDataFolder(RED.settings);
    const status = new IntakeStatus(node, {
      language,
      timeZone: runtimeTimeZone(RED.settings),
      source: source.label,
    });
    const taker = new Intake({
      id: node.id,
      transport: source.kind,
      journal: folder.journal,
      emit: (message) => node.send(message as NodeMessage),
    });
    const problems = new IntakeProblems(problemsOf(RED.settings), node.id, source.label);
    const shared = transportEvents({
      language,
      status,
      problems,
      accept: (message) => taker.accept(message),
      error: (sentence) => node.error(sentence),
    });
    const events: TransportEvents = {
      ...shared,
      onState: (state) => {
        shared.onState(state);
        RED.events.emit(STATE_EVENT, { id: node.id, state });
      },
      onRefused: () => {
        countRefused(source.kind);
        problems.refused();
      },
    };
    // Express's application and its types are Node-RED's; the transport needs one method of it.
    const application = RED.httpNode as unknown as HttpApplication;
    const transport = source.open({ nodeId: node.id, state: folder.state, application }, events);

    // Only now are the nodes behind this one there. What was left over goes first, in its old order.
    let closed = false;
    const begin = () => {
      handOver(folder.journal, allIntakes())
        .then(() => taker.redeliver())
        .then((count) => {
          if (count > 0) node.log(translate(language, 'intake.log.redelivered', { count }));
        })
        .catch(events.onError)
        .finally(() => {
          if (!closed) transport.start();
        });
    };
    const stopWaiting = onceStarted(RED.events, begin);
    node.on('close', (removed: boolean, done: () => void) => {
      closed = true;
      stopWaiting();
      transport
        .stop(removed)
        .catch(events.onError)
        .finally(() => {
          status.close();
          problems.close();
          folder.release();
          done();
        });
    });
  }

  function allIntakes(): IntakeConfig[] {
    const found: IntakeConfig[] = [];
    RED.nodes.eachNode((each) => {
      if (each.type === 'byflyt-intake') found.push(each as IntakeDef);
      const transport = AT_PORTS[each.type];
      if (transport) found.push({ id: each.id, transport, topics: [], path: '' });
    });
    return found;
  }

  RED.nodes.registerType<Node<IntakeSecrets>, IntakeDef, object, IntakeSecrets>('byflyt-intake', IntakeNode, {
    credentials: {
      username: { type: 'text' },
      password: { type: 'password' },
      secret: { type: 'password' },
      webhookUsername: { type: 'text' },
      webhookPassword: { type: 'password' },
    },
  });
}
