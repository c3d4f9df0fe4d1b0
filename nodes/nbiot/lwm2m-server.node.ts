import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { Device } from '../devices/device.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { onceStarted } from '../intake/flows-started.ts';
import { Intake } from '../intake/intake.ts';
import { IntakeProblems } from '../intake/intake-problems.ts';
import { IntakeStatus } from '../intake/intake-status.ts';
import { transportEvents } from '../intake/transport-events.ts';
import { textOf } from '../lorawan/json-fields.ts';
import { ReportOnce } from '../lorawan/report-once.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
} from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { findDevice, namedIdentity } from './device-finder.ts';
import { DroppedDatagrams } from './dropped-datagrams.ts';
import { KnownSources } from './known-sources.ts';
import { Lwm2mService } from './lwm2m-server/lwm2m-service.ts';
import { type Lwm2mForm, lwm2mSettings } from './lwm2m-server/lwm2m-settings.ts';
import { Lwm2mTransport } from './lwm2m-server/lwm2m-transport.ts';
import { rowsOfModel } from './lwm2m-server/observe.ts';
import { RateLimit } from './rate-limit.ts';
import { StrangerWords } from './stranger-words.ts';

interface Lwm2mServerDef extends NodeDef, Lwm2mForm {
  /** Id of the byflyt-devices config node. */
  devices: string;
}

const DAY_MS = 24 * 60 * 60_000;
/** ms between two looks at what has run out. */
const LOOK_EVERY = 15_000;

export default function lwm2mServer(RED: NodeAPI): void {
  const models = ModelCatalog.open(dataFolderPath(RED.settings));

  function Lwm2mServerNode(this: Node, config: Lwm2mServerDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: Lwm2mServerDef): void {
    const language = runtimeLanguage(RED.settings);
    const devices = RED.nodes.getNode(config.devices) as (Node & DevicesNode) | null;
    if (!devices) throw new ConfigurationError({ key: 'lorawan.error.noDevices' });
    const { registry } = devices;
    const settings = lwm2mSettings(config);
    const folder = acquireDataFolder(RED.settings);
    const { state, journal } = folder;
    const source = translate(language, 'nbiot.lwm2m.source', { port: String(settings.port) });
    const status = new IntakeStatus(node, { language, source, timeZone: runtimeTimeZone(RED.settings) });
    const problems = new IntakeProblems(problemsOf(RED.settings), node.id, source);
    const reports = new ReportOnce();
    const strangers = new StrangerWords();

    const tell = (topic: string, payload: object): void =>
      node.send([null, { topic, payload } as unknown as NodeMessage]);
    // Catch nodes see it; a device that goes on being wrong is told of once a day.
    const report = (error: unknown): void => {
      const sentence = describeError(error, language);
      if (reports.isNew(sentence, DAY_MS) && !strangers.isQuiet(error)) node.error(sentence, {});
    };
    const taker = new Intake({
      id: node.id,
      transport: 'lwm2m',
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
    const known = new KnownSources({ registry, state });
    const dropped = new DroppedDatagrams({
      language,
      remark: (text) => status.remark(text),
      warn: (sentence) => node.warn(sentence),
    });
    const limit = new RateLimit({
      networks: settings.networks,
      isKnown: (address) => known.has(address),
      perSource: settings.perSource,
      strangers: settings.unknown,
      onDrop: (cause, address) => dropped.add(cause, address),
    });
    const transport = new Lwm2mTransport(
      { ...settings, limit },
      {
        onState: events.onState,
        onError: events.onError,
        onOpen: () => service.start(),
        answer: (request, from) => service.answer(request, from),
        notify: (notification, from) => service.notify(notification, from),
      },
    );
    const service = new Lwm2mService({
      state,
      scope: node.id,
      link: transport,
      settings,
      deviceOf: (endpoint, { address }) => {
        const device = findDevice(registry, [{ address, ...namedIdentity(endpoint) }]);
        if (device) known.learn(device, address);
        return device;
      },
      deviceById: (id) => registry.get(id),
      modelRows: ({ model }: Device) => rowsOfModel(models.get(model)),
      accept: events.onMessage,
      onStranger: (endpoint, { address }) => {
        const time = new Date().toISOString();
        registry.unknown.seen({ ...namedIdentity(endpoint), address, network: 'LwM2M', time });
        if (settings.strangers || !reports.isNew(`stranger ${endpoint}`, DAY_MS)) return;
        if (strangers.mayTell()) node.warn(translate(language, 'nbiot.lwm2m.stranger', { endpoint }));
      },
      onEvent: (event) => tell(event.deviceId ?? event.endpoint, event),
      onAnswer: (answer) => tell(answer.device, answer),
      onProblem: report,
      describe: (error) => describeError(error, language),
    });

    // Only now are the nodes behind this one there. What was left over goes first, in its old order.
    let closed = false;
    const begin = () => {
      taker
        .redeliver()
        .catch(events.onError)
        .finally(() => {
          if (!closed) transport.start();
        });
    };
    const stopWaiting = onceStarted(RED.events, begin);
    const timer = setInterval(() => service.expire(), LOOK_EVERY).unref();
    node.on('input', (input, _send, done) =>
      runInput(node, language, done, () => {
        const { topic, payload, reference } = input as FlowMessage;
        service.command(textOf(topic) ?? '', payload, textOf(reference));
      }),
    );
    node.on('close', (done: () => void) => {
      closed = true;
      clearInterval(timer);
      stopWaiting();
      service.close();
      transport
        .stop()
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

  RED.nodes.registerType('byflyt-lwm2m-server', Lwm2mServerNode);
}
