import { join } from 'node:path';
import { translate } from '../nodes/observation/messages.ts';
import type { FlowsOutcome } from './flows-outcome.ts';
import { reachableHost } from './listen.ts';
import { EDITOR_PATH } from './node-red.ts';
import { BROKER_USER, secretsPath } from './secrets.ts';
import type { Settings } from './settings.ts';
import { FIRST_USER } from './users.ts';

/** What the start found out, for the person at the terminal. */
export interface StartFacts {
  /** Of the embedded broker, undefined with an external one. */
  brokerSignIn?: boolean;
  /** Of the first user, at the first start only. */
  newPassword: string | undefined;
  flows: FlowsOutcome;
}

/** The text that a start prints: what runs, where, and how to sign in. */
export function announcement(settings: Settings, facts: StartFacts): string {
  const say = (key: string, parameters: Record<string, string | number> = {}): string =>
    translate(settings.language, `app.start.${key}`, parameters);
  const site =
    settings.publicUrl?.replace(/\/$/, '') ?? `http://${reachableHost(settings.host)}:${settings.port}`;
  const lines: [label: string, value: string][] = [
    ['editor', `${site}${EDITOR_PATH}/`],
    ['public_page', `${site}/opendata/`],
    ['catalogue', `${site}/opendata/catalog`],
    ['operator', `${site}${EDITOR_PATH}/byflyt/operator`],
    ['data_folder', settings.data],
    ['broker', brokerText(settings, facts, say)],
    ['database', settings.database ? settings.database.url : say('database_embedded')],
    ['sandbox', say(settings.sandbox ? 'sandbox_on' : 'sandbox_off')],
    ['sign_in', signInText(facts, say)],
  ];
  const labels = lines.map(([label]) => say(`label.${label}`));
  const width = Math.max(...labels.map((label) => label.length));
  const table = lines.map(([, value], index) => `  ${labels[index]?.padEnd(width)}  ${value}`);
  return [
    '',
    say(facts.flows.state),
    '',
    ...table,
    '',
    ...warningOf(settings, facts, say),
    say('stop'),
    '',
  ].join('\n');
}

function warningOf(settings: Settings, { flows }: StartFacts, say: Say): string[] {
  if (flows.state === 'running') return [];
  const parameters = { path: join(settings.data, 'logs'), nodes: flows.missing.join(', ') };
  return [say(`flows_${flows.state}`, parameters), ''];
}

type Say = (key: string, parameters?: Record<string, string | number>) => string;

function brokerText(settings: Settings, facts: StartFacts, say: Say): string {
  if (settings.broker) return settings.broker.url;
  const address = `mqtt://${reachableHost(settings.mqttHost)}:${settings.mqttPort}`;
  return facts.brokerSignIn
    ? say('broker_open', { address, user: BROKER_USER, path: secretsPath(settings.data) })
    : say('broker_local', { address });
}

function signInText(facts: StartFacts, say: Say): string {
  return facts.newPassword === undefined
    ? say('sign_in_known', { user: FIRST_USER })
    : say('sign_in_new', { user: FIRST_USER, password: facts.newPassword });
}
