import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { onceStarted } from '../intake/flows-started.ts';
import { Intake } from '../intake/intake.ts';
import { IntakeProblems } from '../intake/intake-problems.ts';
import { IntakeStatus } from '../intake/intake-status.ts';
import { transportEvents } from '../intake/transport-events.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
} from '../observation/flow-node.ts';
import { translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { AllTransports } from './all-transports.ts';
import { CoapTransport } from './coap-transport.ts';
import { DatagramIntake } from './datagram-intake.ts';
import { readDownlinkInput } from './downlink-input.ts';
import { DroppedDatagrams } from './dropped-datagrams.ts';
import { KnownSources } from './known-sources.ts';
import {
  type NbiotIntakeForm,
  type NbiotIntakeSettings,
  nbiotIntakeSettings,
} from './nbiot-intake-settings.ts';
import { type DropCause, RateLimit } from './rate-limit.ts';
import { UdpTransport } from './udp-transport.ts';
import { type WaitingDownlink, WaitingDownlinks, type WaitingState } from './waiting-downlinks.ts';

interface NbiotIntakeDef extends NodeDef, NbiotIntakeForm {
  /** Id of the byflyt-devices config node. */
  devices: string;
}

/** ms between two looks at what waits for its device. */
const LOOK_EVERY = 60_000;

export default function nbiotIntake(RED: NodeAPI): void {
  const models = ModelCatalog.open(dataFolderPath(RED.settings));

  function NbiotIntakeNode(this: Node, config: NbiotIntakeDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: NbiotIntakeDef): void {
    const language = runtimeLanguage(RED.settings);
    const devices = RED.nodes.getNode(config.devices) as (Node & DevicesNode) | null;
    if (!devices) throw new ConfigurationError({ key: 'lorawan.error.noDevices' });
    const { registry } = devices;
    const settings = nbiotIntakeSettings(config);
    const folder = acquireDataFolder(RED.settings);
    const { state, journal } = folder;
    const source = portsOf(settings);
    const status = new IntakeStatus(node, { language, source, timeZone: runtimeTimeZone(RED.settings) });
    const problems = new IntakeProblems(problemsOf(RED.settings), node.id, source);
    const taker = new Intake({
      id: node.id,
      transport: 'nbiot',
      journal,
      emit: (message) => node.send([message as NodeMessage, null]),
    });
    const events = transportEvents({
      language,
      status,
      problems,
      accept: (message) => taker.accept(message),
      error: (sentence) => node.error(sentence),
    });
    const waiting = new WaitingDownlinks({
      state,
      scope: node.id,
      onState: (downlink, became) => node.send([null, stateMessage(downlink, became)]),
    });
    const known = new KnownSources({ registry, state });
    const dropped = new DroppedDatagrams({
      language,
      remark: (text) => status.remark(text),
      warn: (sentence) => node.warn(sentence),
    });
    const intake = new DatagramIntake({
      ...{ registry, models, known, waiting, acknowledgement: settings.acknowledgement },
      onDrop: (cause, address) => dropped.add(cause, address),
      accept: events.onMessage,
    });
    const transports = listening(settings, {
      intake,
      known,
      events,
      onDrop: (cause, address) => dropped.add(cause, address),
    });

    // Only now are the nodes behind this one there. What was left over goes first, in its old order.
    let closed = false;
    const begin = () => {
      taker
        .redeliver()
        .then((count) => {
          if (count > 0) node.log(translate(language, 'intake.log.redelivered', { count }));
        })
        .catch(events.onError)
        .finally(() => {
          if (!closed) transports.start();
        });
    };
    const stopWaiting = onceStarted(RED.events, begin);
    const timer = setInterval(() => waiting.expire(), LOOK_EVERY).unref();
    node.on('input', (message, _send, done) =>
      runInput(node, language, done, () => {
        const downlink = readDownlinkInput(message as FlowMessage, registry);
        waiting.add({ ...downlink, deadline: Date.now() + settings.keepDownlinks });
      }),
    );
    node.on('close', (removed: boolean, done: () => void) => {
      closed = true;
      clearInterval(timer);
      stopWaiting();
      transports
        .stop(removed)
        .then(() => intake.idle())
        .catch(events.onError)
        .finally(() => {
          known.close();
          status.close();
          problems.close();
          folder.release();
          done();
        });
    });
  }

  RED.nodes.registerType('byflyt-nbiot-intake', NbiotIntakeNode);
}

interface Surroundings {
  intake: DatagramIntake;
  known: KnownSources;
  events: ReturnType<typeof transportEvents>;
  onDrop(cause: DropCause, address: string): void;
}

/** The ports that the form has switched on, with one limit for all of them. */
function listening(
  { coapPort, udpPort, address, networks, ...settings }: NbiotIntakeSettings,
  { intake, known, events, onDrop }: Surroundings,
): AllTransports {
  const { observed, longest } = settings;
  const asked = new Set(observed.map(({ at }) => at.address));
  const limit = new RateLimit({
    networks,
    isKnown: (source) => known.has(source) || asked.has(source),
    perSource: settings.perSource,
    strangers: settings.strangers,
    onDrop,
  });
  const shared = { address, longest, limit, intake };
  const transports = new AllTransports(events.onState);
  if (coapPort !== undefined) {
    transports.add((onState) => {
      const options = { ...shared, port: coapPort, paths: settings.paths, observed };
      return new CoapTransport(options, { ...events, onState });
    });
  }
  if (udpPort !== undefined) {
    transports.add(
      (onState) => new UdpTransport({ ...shared, port: udpPort, onDrop }, { ...events, onState }),
    );
  }
  return transports;
}

/** For the status: `CoAP 5683, UDP 5700`. */
function portsOf({ coapPort, udpPort }: NbiotIntakeSettings): string {
  const ports = [
    coapPort === undefined ? '' : `CoAP ${coapPort}`,
    udpPort === undefined ? '' : `UDP ${udpPort}`,
  ];
  return ports.filter((port) => port !== '').join(', ');
}

function stateMessage({ device, reference, template }: WaitingDownlink, state: WaitingState): NodeMessage {
  const payload = { kind: 'downlink-state', device, reference, payloadHex: template, state };
  return { topic: device, payload: { ...payload, time: new Date().toISOString() } } as NodeMessage;
}
