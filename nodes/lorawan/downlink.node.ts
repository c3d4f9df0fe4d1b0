import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { clockTime } from '../observation/clock-time.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
  STATUS_LENGTH,
  shorten,
} from '../observation/flow-node.ts';
import { languageFor, translate } from '../observation/messages.ts';
import { commandChoices } from '../observation/quantity-choices.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { type DownlinkReport, DownlinkService } from './downlink/downlink-service.ts';
import type { NetworkMessageOut } from './downlink/network-messages.ts';
import { type DownlinkForm, readSettings } from './downlink/settings.ts';
import { tryCommand } from './downlink/try-command.ts';
import { objectOf, textOf } from './json-fields.ts';
import type { NetworkEvent } from './network-message.ts';

interface DownlinkDef extends NodeDef, DownlinkForm {
  /** Id of the byflyt-devices config node. */
  devices: string;
}

/** ms between two looks at what waits for an answer. */
const LOOK_EVERY = 15_000;

const LOOKS = {
  queued: { fill: 'blue', shape: 'ring' },
  sent: { fill: 'blue', shape: 'dot' },
  acked: { fill: 'green', shape: 'dot' },
  failed: { fill: 'red', shape: 'ring' },
  'no-answer': { fill: 'yellow', shape: 'ring' },
  'dry-run': { fill: 'grey', shape: 'dot' },
} as const;

export default function downlink(RED: NodeAPI): void {
  const models = ModelCatalog.open(dataFolderPath(RED.settings));

  function DownlinkNode(this: Node, config: DownlinkDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: DownlinkDef): void {
    const language = runtimeLanguage(RED.settings);
    const timeZone = runtimeTimeZone(RED.settings);
    const devices = RED.nodes.getNode(config.devices) as (Node & DevicesNode) | null;
    if (!devices) throw new ConfigurationError({ key: 'lorawan.error.noDevices' });
    const settings = readSettings(config);
    const folder = acquireDataFolder(RED.settings);
    const { registry } = devices;
    const service = new DownlinkService({ settings, registry, models, state: folder.state, scope: node.id });
    const waiting =
      settings.allowed.length === 0 ? 'nothingAllowed' : settings.dryRun ? 'dryRunOn' : 'waitingCommand';
    node.status({
      fill: 'grey',
      shape: 'ring',
      text: translate(language, `lorawan.downlink.status.${waiting}`),
    });

    const tell = (reports: readonly DownlinkReport[]): void => {
      for (const report of reports) {
        const { device, state, payloadHex, time } = report;
        const facts = {
          device: device.name,
          payload: payloadHex,
          time: clockTime(Date.parse(time), language, timeZone),
        };
        const text = translate(language, `lorawan.downlink.state.${state}`, facts);
        node.status({ ...LOOKS[state], text: shorten(text, STATUS_LENGTH) });
        node.send([null, { topic: device.id, payload: report } as NodeMessage]);
      }
    };
    const command = async (message: FlowMessage): Promise<void> => {
      const { send, report } = await service.command(message);
      if (report) tell([report]);
      if (send && report) node.send([outgoing(message, send, report), null]);
    };

    node.on('input', (input, _send, done) =>
      runInput(node, language, done, () => {
        const message = input as FlowMessage;
        const event = objectOf(message.payload);
        const reference = textOf(objectOf(message.downlink)?.reference);
        if (event?.kind === 'event') tell(service.event(event as unknown as NetworkEvent));
        else if (reference !== undefined && message.statusCode !== undefined) {
          tell(service.answer(reference, message.statusCode, message.payload));
        } else return command(message);
      }),
    );
    const timer = setInterval(() => tell(service.expire()), LOOK_EVERY).unref();
    node.on('close', () => {
      clearInterval(timer);
      folder.release();
    });
  }

  RED.nodes.registerType('byflyt-downlink', DownlinkNode, {
    settings: { byflytDownlinkQuantities: { value: commandChoices(), exportable: true } },
  });

  RED.httpAdmin.post(
    '/byflyt/downlink/try',
    RED.auth.needsPermission('byflyt-downlink.read'),
    (request, response) => {
      const language = languageFor(String(request.query.lang ?? ''));
      const { devices } = (request.body ?? {}) as { devices?: unknown };
      const node = RED.nodes.getNode(String(devices ?? '')) as (Node & DevicesNode) | null;
      const answer = node
        ? tryCommand(request.body, { registry: node.registry, models, language })
        : Promise.resolve({ error: translate(language, 'lorawan.error.devicesNotDeployed') });
      void answer.then((body) => response.json(body));
    },
  );
}

/** Without `intake`: what becomes of a command is no verdict on the message that it came from. */
function outgoing(
  { intake: _intake, ...message }: FlowMessage,
  send: NetworkMessageOut,
  { reference, device }: DownlinkReport,
): NodeMessage {
  return { ...message, ...send, downlink: { reference, device: device.id } } as NodeMessage;
}
