import type { Node, NodeAPI, NodeDef } from 'node-red';
import { credentialSecret } from '../devices/credential-secret.ts';
import { CalmStatus, type Status } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
  STATUS_LENGTH,
  shorten,
} from '../observation/flow-node.ts';
import { describeError, type Language, translate } from '../observation/messages.ts';
import { numericChoices } from '../observation/quantity-choices.ts';
import { TAG_RULES_AS_DATA } from '../observation/tag-values.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { DatabaseNode } from '../timeseries/database.ts';
import { type AlarmEvent, AlarmWatch, pointOfAlarm } from './alarm.ts';
import { AlarmLinks } from './alarm-links.ts';
import { type AlarmNotice, AlarmNotices, acknowledgeDevice } from './alarm-notices.ts';
import { type AlarmForm, noticeRuleOf, ruleOf } from './alarm-settings.ts';
import type { Severity } from './alarm-state.ts';
import { isReported, ReportedAlarms } from './reported-alarms.ts';

interface AlarmDef extends NodeDef, AlarmForm {
  /** Id of a byflyt-database config node; empty: alarms are not stored. */
  database?: string;
}

const FILL = { information: 'blue', warning: 'yellow', critical: 'red' } as const satisfies Record<
  Severity,
  string
>;
type Send = (messages: (FlowMessage | null)[]) => void;

/** ms between looks at what is due by the clock. */
const LOOK = 30_000;

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
    const notices = new AlarmNotices(
      folder.state,
      rule.id,
      noticeRuleOf(config, runtimeTimeZone(RED.settings)),
      language,
      linksOf(folder.state),
    );
    const status = new CalmStatus(node);
    const showOpen = (): void => status.show(() => statusOf(watch.open(), rule.severity, language));
    if (watch.open().length > 0) showOpen();
    else node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'alarm.status.waiting') });
    const reported = new ReportedAlarms(folder.state, rule.id);
    const timer = setInterval(() => {
      try {
        for (const notice of notices.all(Date.now())) node.send(outputsOf(notice, {}));
      } catch (error) {
        node.error(describeError(error, language));
      }
    }, LOOK).unref();

    /** What another node has found; true if the message was such. */
    function takeReported(message: FlowMessage, send: Send): boolean {
      if (rule.condition !== 'reported' || !isReported(message.payload)) return false;
      const event = message.payload;
      const name = reported.take(event, Date.now());
      const notice = name === undefined ? undefined : notices.ofDevice(name, Date.now());
      if (notice) send(outputsOf(notice, message));
      showOpen();
      if (name !== undefined && config.database) save(config.database, event);
      return true;
    }

    function take(message: FlowMessage, send: Send): void {
      const { acknowledge: device } = message;
      if (typeof device === 'string') {
        acknowledgeDevice(folder.state, rule.id, device, Date.now());
        return;
      }
      if (takeReported(message, send)) return;
      const observation = observationOf(message);
      const event = watch.watch(observation);
      const notice = event && notices.ofDevice(event.device, Date.now());
      const [alarm, , escalation] = notice ? outputsOf(notice, message) : [null, null, null];
      send([alarm, message, escalation]);
      showOpen();
      const known = event ?? watch.earlier(observation);
      if (known && config.database) save(config.database, known);
    }

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => take(message as FlowMessage, send)),
    );
    node.on('close', (removed: boolean, done: () => void) => {
      clearInterval(timer);
      status.close();
      if (removed) watch.forget();
      folder.release();
      done();
    });
  }

  /** Undefined while this installation does not know its own address, or has no secret to sign with. */
  function linksOf(state: StateStore): AlarmLinks | undefined {
    const { byflyt } = RED.settings as { byflyt?: { publicUrl?: string } };
    const secret = credentialSecret(RED.settings);
    return byflyt?.publicUrl && secret ? new AlarmLinks(state, secret, byflyt.publicUrl) : undefined;
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

/** Alarms, readings, escalations. Without `intake`: what becomes of the alarm is no verdict on the reading. */
function outputsOf(
  notice: AlarmNotice,
  { intake: _intake, ...message }: FlowMessage,
): [FlowMessage | null, null, FlowMessage | null] {
  const told = { ...message, payload: notice, topic: notice.device };
  return notice.notice === 'escalated' ? [null, null, told] : [told, null, null];
}

function statusOf(open: readonly AlarmEvent[], severity: Severity, language: Language): Status {
  const newest = open.toSorted((a, b) => b.time.localeCompare(a.time))[0];
  if (!newest) return { fill: 'green', shape: 'dot', text: translate(language, 'alarm.status.none') };
  const key = open.length === 1 ? 'alarm.status.open_one' : 'alarm.status.open_many';
  const text = translate(language, key, { count: open.length, device: newest.name });
  return { fill: FILL[severity], shape: 'dot', text: shorten(text, STATUS_LENGTH) };
}
