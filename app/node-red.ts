import { createServer, type Server } from 'node:http';
import RED from 'node-red';
import { answerEditorTexts, EDITOR_TEXTS, languageScripts } from './editor-language.ts';
import type { Preparation } from './first-start.ts';
import { type FlowsOutcome, watchFlows } from './flows-outcome.ts';
import { listen } from './listen.ts';
import type { LogFile } from './log-file.ts';
import { withoutMetrics } from './no-metrics.ts';
import { packageRoot } from './package-root.ts';
import { deliverPromptly } from './prompt-delivery.ts';
import { openPublicPort } from './public-port.ts';
import type { Settings } from './settings.ts';
import { answerWhileStarting, statusAddresses } from './status-addresses.ts';
import { findUser } from './users.ts';

/** What the nodes find as `RED.settings.byflyt`. */
export interface NodeSettings {
  dataFolder: string;
  language: string;
  timeZone: string;
  sandbox: boolean;
  journal: Settings['journal'];
  outbox: Settings['outbox'];
  publicUrl?: string;
  trustedProxies?: string;
  metricsToken?: string;
  deviceRepository?: string;
  mqtt: { url: string; username?: string; password?: string };
  /** A server, or how long the embedded database keeps measurements. */
  database?: Settings['database'] | Settings['kept'];
}

/** Where the editor lives below the site's root; the root belongs to the public pages. */
export const EDITOR_PATH = '/editor';
const PUBLIC_PAGE = '/opendata/';

export interface RunningNodeRed {
  flows: FlowsOutcome;
  /** Resolves when every intake at the embedded broker has subscribed. */
  subscribed: Promise<void>;
  /** Flows first (nodes flush), then connections. */
  stop(): Promise<void>;
}

/**
 * Opens the port and starts Node-RED in this process. Resolves when it is known whether the flows run and receive.
 * @throws ConfigurationError if the port cannot be had.
 */
export async function startNodeRed(
  settings: Settings,
  preparation: Preparation,
  byflyt: NodeSettings,
  log: LogFile,
): Promise<RunningNodeRed> {
  const server = createServer(answerWhileStarting);
  await listen(server, settings, { host: 'BYFLYT_HOST', port: 'BYFLYT_PORT' });
  RED.init(server, runtimeSettings(settings, preparation, byflyt, log) as never);
  server.removeAllListeners('request');
  server.on('request', RED.httpNode);
  let started = false;
  RED.httpNode.use(statusAddresses(EDITOR_PATH, () => started));
  RED.httpNode.get(`${EDITOR_PATH}${EDITOR_TEXTS}`, answerEditorTexts);
  RED.httpNode.use(EDITOR_PATH, RED.httpAdmin);
  RED.httpNode.get('/', (_request, response) => response.redirect(PUBLIC_PAGE));
  const closePublicPort = await openPublicPort(settings.publicPort, RED.httpNode);
  const stopDelivery = deliverPromptly(RED);
  withoutMetrics(RED);
  const { outcome, subscribed } = watchFlows();
  await RED.start();
  started = true;
  return {
    flows: await outcome,
    subscribed,
    stop: () => stop(server, log).finally(closePublicPort).finally(stopDelivery),
  };
}

async function stop(server: Server, log: LogFile): Promise<void> {
  await RED.stop();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  await log.flush();
}

/** What the flows of a municipality are made of comes first. */
const PALETTE_ORDER = [
  'Byflyt',
  'common',
  'function',
  'network',
  'parser',
  'sequence',
  'storage',
  'subflows',
];

/** Node-RED's settings file, as an object. */
function runtimeSettings(
  settings: Settings,
  { secrets, userDir }: Preparation,
  byflyt: NodeSettings,
  log: LogFile,
): object {
  return {
    uiHost: settings.host,
    uiPort: settings.port,
    userDir,
    flowFile: 'flows.json',
    flowFilePretty: true,
    credentialSecret: secrets.credentialSecret,
    nodesDir: [packageRoot()],
    httpAdminRoot: EDITOR_PATH,
    httpNodeRoot: '/',
    lang: settings.language,
    adminAuth: {
      type: 'credentials',
      users: async (username: string) => findUser(settings.data, username) ?? null,
    },
    // Without the console, which would be asked a dozen times per message whether it wants to hear of it.
    logging: {
      file: { level: 'info', handler: () => (entry: Parameters<LogFile['write']>[0]) => log.write(entry) },
    },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: {
      page: { title: 'Byflyt', scripts: languageScripts(settings.language) },
      header: { title: 'Byflyt' },
      palette: { categories: PALETTE_ORDER },
      tours: false,
      projects: { enabled: false },
    },
    functionExternalModules: false,
    byflyt,
  };
}
