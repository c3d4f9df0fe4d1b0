import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { CalmStatus, type Status } from '../observation/calm-status.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
  STATUS_LENGTH,
  shorten,
} from '../observation/flow-node.ts';
import { type Language, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { databaseNode } from '../timeseries/database.ts';
import { type DeviceEvent, pointOfEvent } from './device-events.ts';
import { DeviceWatch } from './device-watch.ts';
import { type DeviceWatchForm, watchSettings } from './device-watch-settings.ts';

interface DeviceWatchDef extends NodeDef, DeviceWatchForm {
  /** Id of a byflyt-devices config node; empty: intervals are learned. */
  devices?: string;
  /** Id of a byflyt-database config node; empty: events are not stored. */
  database?: string;
}

/** ms between two looks at who is silent. */
const EVERY = 60_000;

export default function (RED: NodeAPI): void {
  function DeviceWatchNode(this: Node, config: DeviceWatchDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: DeviceWatchDef): void {
    const language = runtimeLanguage(RED.settings);
    const settings = watchSettings(config);
    const folder = acquireDataFolder(RED.settings);
    const intervalOf = intervals(config.devices ?? '');
    const watch = new DeviceWatch({
      ...settings,
      state: folder.state,
      id: node.id,
      language,
      ...(intervalOf && { intervalOf }),
      now: Date.now(),
    });
    const problems = problemsOf(RED.settings);
    const problem = `quality.deaf/${node.id}`;
    const status = new CalmStatus(node);
    const show = (): void => status.show(() => statusOf(watch, language));
    show();

    const tell = (events: readonly DeviceEvent[], message?: FlowMessage): void => {
      for (const event of events) node.send([eventMessage(event, message), null]);
      if (events.length > 0 && config.database) save(config.database, events);
      show();
    };

    const look = (): void => {
      const now = Date.now();
      tell(watch.look(now));
      if (!watch.isDeaf(now)) {
        problems.clear(problem);
        return;
      }
      const parameters = { count: watch.size };
      const what = { key: 'quality.watch.problem.deaf', parameters, node: node.id };
      problems.report(problem, { ...what, component: 'intake', severity: 'failure' });
    };
    const timer = setInterval(() => {
      try {
        look();
      } catch (error) {
        node.error(error);
      }
    }, EVERY);
    timer.unref();

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const events = watch.see(observationOf(message as FlowMessage), Date.now());
        send([null, message]);
        tell(events, message as FlowMessage);
      }),
    );
    node.on('close', (removed: boolean, done: () => void) => {
      clearInterval(timer);
      status.close();
      problems.clearNode(node.id);
      if (removed) watch.forget();
      folder.release();
      done();
    });
  }

  /** Minutes between messages of a device by its own setting, else its model's; null for one that was removed. */
  function intervals(id: string): ((device: string) => number | undefined | null) | undefined {
    const node = RED.nodes.getNode(id) as (Node & Partial<DevicesNode>) | null;
    if (!node?.registry) return undefined;
    const { registry } = node;
    const models = ModelCatalog.open(dataFolderPath(RED.settings));
    return (name) => {
      const device = registry.get(name);
      return device ? (device.interval ?? models.get(device.model)?.interval) : null;
    };
  }

  function save(database: string, events: readonly DeviceEvent[]): void {
    const { save: keep } = databaseNode(RED.nodes.getNode(database));
    for (const event of events) keep([pointOfEvent(event)], { sandbox: event.sandbox === true });
  }

  RED.nodes.registerType('byflyt-device-watch', DeviceWatchNode);
}

/** Without `intake`: what becomes of the event is no verdict on the reading, which goes on by itself. */
function eventMessage(event: DeviceEvent, message: FlowMessage | undefined): FlowMessage {
  const { intake: _intake, ...others } = message ?? ({} as FlowMessage);
  return { ...others, payload: event, topic: event.device };
}

function statusOf(watch: DeviceWatch, language: Language): Status {
  const text = (key: string, parameters: Record<string, string | number> = {}): string =>
    shorten(translate(language, `quality.watch.status.${key}`, parameters), STATUS_LENGTH);
  const count = watch.size;
  if (count === 0) return { fill: 'grey', shape: 'ring', text: text('waiting') };
  if (watch.isDeaf(Date.now())) return { fill: 'red', shape: 'ring', text: text('deaf') };
  const open = watch.open();
  const [newest] = open;
  if (!newest) return { fill: 'green', shape: 'dot', text: text('well', { count }) };
  if (open.length === 1)
    return {
      fill: 'yellow',
      shape: 'dot',
      text: text('open_one', { alarm: newest.alarm, device: newest.name }),
    };
  return {
    fill: 'yellow',
    shape: 'dot',
    text: text('open_many', { count: open.length, device: newest.name }),
  };
}
