import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus, type Status } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
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
import { numericChoices } from '../observation/quantity-choices.ts';
import { TAG_RULES_AS_DATA } from '../observation/tag-values.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import type { DatabaseNode } from '../timeseries/database.ts';
import { type AlarmEvent, AlarmWatch, pointOfAlarm } from './alarm.ts';
import { type AlarmForm, ruleOf } from './alarm-settings.ts';
import type { Severity } from './alarm-state.ts';

interface AlarmDef extends NodeDef, AlarmForm {
  /** Id of a byflyt-database config node; empty: alarms are not stored. */
  database?: string;
}

const FILL = { information: 'blue', warning: 'yellow', critical: 'red' } as const satisfies Record<
  Severity,
  string
>;

export default function (RED: NodeAPI): void {
  function AlarmNode(this: Node, config: AlarmDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: AlarmDef): void {
    const language = runtimeLanguage(RED.settings);
    const rule = ruleOf(node.id, config);
    const folder = acquireDataFolder(RED.settings);
    const watch = new AlarmWatch(folder.state, rule, language);
    const status = new CalmStatus(node);
    const showOpen = (): void => status.show(() => statusOf(watch.open(), rule.severity, language));
    if (watch.open().length > 0) showOpen();
    else node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'alarm.status.waiting') });

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const observation = observationOf(message as FlowMessage);
        const event = watch.watch(observation);
        send([event ? eventMessage(message as FlowMessage, event) : null, message]);
        showOpen();
        const known = event ?? watch.earlier(observation);
        if (known && config.database) save(config.database, known);
      }),
    );
    node.on('close', (removed: boolean, done: () => void) => {
      status.close();
      if (removed) watch.forget();
      folder.release();
      done();
    });
  }

  function save(database: string, event: AlarmEvent): void {
    const node = RED.nodes.getNode(database) as (Node & Partial<DatabaseNode>) | null;
    if (!node?.save) throw new ConfigurationError({ key: 'alarm.error.no_database', device: event.name });
    node.save([pointOfAlarm(event)], { sandbox: event.sandbox === true });
  }

  RED.nodes.registerType('byflyt-alarm', AlarmNode, {
    settings: {
      byflytAlarmQuantities: { value: numericChoices(), exportable: true },
      byflytAlarmTagRules: { value: TAG_RULES_AS_DATA, exportable: true },
    },
  });
}

/** Without `intake`: what becomes of the alarm is no verdict on the reading, which goes on by itself. */
function eventMessage({ intake: _intake, ...message }: FlowMessage, event: AlarmEvent): FlowMessage {
  return { ...message, payload: event, topic: event.device };
}

function statusOf(open: readonly AlarmEvent[], severity: Severity, language: Language): Status {
  const newest = open.toSorted((a, b) => b.time.localeCompare(a.time))[0];
  if (!newest) return { fill: 'green', shape: 'dot', text: translate(language, 'alarm.status.none') };
  const key = open.length === 1 ? 'alarm.status.open_one' : 'alarm.status.open_many';
  const text = translate(language, key, { count: open.length, device: newest.name });
  return { fill: FILL[severity], shape: 'dot', text: shorten(text, STATUS_LENGTH) };
}
