import { ConfigurationError } from '../observation/errors.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { clientIdFor } from './client-id.ts';
import { MqttTransport, type MqttTransportOptions } from './mqtt-transport.ts';
import type { Transport, TransportEvents } from './transport.ts';
import type { WebhookCheck } from './webhook-checks.ts';
import { type HttpApplication, WebhookTransport } from './webhook-transport.ts';

/** The intake node's form. */
export interface IntakeForm {
  transport: 'mqtt' | 'webhook';
  /** `byflyt`: the broker of this installation; `own`: the one at `url`. */
  broker: 'byflyt' | 'own';
  url: string;
  topics: string[];
  protocolVersion: '4' | '5' | 4 | 5;
  path: string;
  /** How a webhook knows the network server. Forms of before have a secret in Byflyt's own header, or none. */
  check?: WebhookCheck['kind'];
  /** Name of the header that holds the secret. */
  header?: string;
}

/** Kept by Node-RED, encrypted. */
export interface IntakeSecrets {
  username?: string;
  password?: string;
  /** Of a webhook: what the header holds, or what its requests are signed with. */
  secret?: string;
  webhookUsername?: string;
  webhookPassword?: string;
}

interface Surroundings {
  nodeId: string;
  state: StateStore;
  application: HttpApplication;
}

/** Where messages come from. */
export interface Source {
  kind: 'mqtt' | 'webhook';
  /** For the status: host of the broker, or path. */
  label: string;
  open(surroundings: Surroundings, events: TransportEvents): Transport;
}

type Broker = Pick<MqttTransportOptions, 'url' | 'username' | 'password'>;

/** The source a form describes. `settings` is `RED.settings`. Throws ConfigurationError if something is missing. */
export function sourceOf(form: IntakeForm, secrets: IntakeSecrets | undefined, settings: object): Source {
  return form.transport === 'webhook' ? webhook(form, secrets) : mqtt(form, secrets, settings);
}

function webhook(form: IntakeForm, secrets: IntakeSecrets | undefined): Source {
  const { path } = form;
  const check = checkOf(form, secrets ?? {});
  return {
    kind: 'webhook',
    label: path,
    open: ({ application }, events) =>
      new WebhookTransport({ application, path, ...(check ? { check } : {}) }, events),
  };
}

const OWN_HEADER = 'X-Byflyt-Secret';

/** Without a secret a webhook is open, unless a person chose a check that needs one. */
function checkOf({ check = 'header', header }: IntakeForm, secrets: IntakeSecrets): WebhookCheck | undefined {
  const { secret = '', webhookUsername: username = '', webhookPassword: password = '' } = secrets;
  if (check === 'header')
    return secret === '' ? undefined : { kind: check, header: header || OWN_HEADER, secret };
  if (check === 'query' && secret !== '') return { kind: check, secret };
  if (check === 'basic' && username !== '' && password !== '') return { kind: check, username, password };
  if (check === 'thingpark' && secret !== '') return { kind: check, key: secret };
  if (check === 'kpn-things' && secret !== '') return { kind: check, secret };
  throw new ConfigurationError({ key: 'intake.error.noSecret' });
}

function mqtt(form: IntakeForm, secrets: IntakeSecrets | undefined, settings: object): Source {
  const broker = form.broker === 'own' ? ownBroker(form, secrets) : installedBroker(settings);
  const topics = form.topics.map((topic) => topic.trim()).filter((topic) => topic !== '');
  if (topics.length === 0) throw new ConfigurationError({ key: 'intake.error.noTopics' });
  return {
    kind: 'mqtt',
    label: URL.canParse(broker.url) ? new URL(broker.url).host : '?',
    open: ({ nodeId, state }, events) => {
      const protocolVersion = Number(form.protocolVersion) === 5 ? 5 : 4;
      const clientId = clientIdFor(nodeId, state);
      return new MqttTransport({ ...broker, topics, clientId, protocolVersion, state }, events);
    },
  };
}

function ownBroker({ url }: IntakeForm, secrets: IntakeSecrets | undefined): Broker {
  const { username, password } = secrets ?? {};
  return { url, ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function installedBroker(settings: object): Broker {
  const { byflyt } = settings as { byflyt?: { mqtt?: Broker } };
  if (byflyt?.mqtt) return byflyt.mqtt;
  throw new ConfigurationError({ key: 'intake.error.noBroker' });
}
