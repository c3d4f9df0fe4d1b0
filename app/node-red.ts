import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import RED from 'node-red';
import type { Language } from '../nodes/observation/messages.ts';
import type { Preparation } from './first-start.ts';
import { listen } from './listen.ts';
import { LogFile } from './log-file.ts';
import { packageRoot } from './package-root.ts';
import type { Settings } from './settings.ts';
import { findUser } from './users.ts';

/** What the nodes find as `RED.settings.byflyt`. */
export interface NodeSettings {
  dataFolder: string;
  language: string;
  timeZone: string;
  sandbox: boolean;
  journal: Settings['journal'];
  publicUrl?: string;
  mqtt: { url: string; username?: string; password?: string };
  database?: Settings['database'];
}

/** Where the editor lives below the site's root; the root belongs to the public pages. */
export const EDITOR_PATH = '/editor';
const PUBLIC_PAGE = '/opendata/';
const UNAVAILABLE = 503;

export interface RunningNodeRed {
  /** False if Node-RED came up but holds the flows back: a node type is missing, the flow file is broken ... */
  flowsRun: boolean;
  /** Flows first (nodes flush), then connections. */
  stop(): Promise<void>;
}

/**
 * Opens the port and starts Node-RED in this process. Resolves when it is known whether the flows run.
 * @throws ConfigurationError if the port cannot be had.
 */
export async function startNodeRed(
  settings: Settings,
  preparation: Preparation,
  byflyt: NodeSettings,
): Promise<RunningNodeRed> {
  const server = createServer((_request, response) => {
    response.writeHead(UNAVAILABLE, { 'Retry-After': '2' }).end();
  });
  await listen(server, settings, { host: 'BYFLYT_HOST', port: 'BYFLYT_PORT' });
  const log = new LogFile(join(settings.data, 'logs'));
  RED.init(server, runtimeSettings(settings, preparation, byflyt, log) as never);
  server.removeAllListeners('request');
  server.on('request', RED.httpNode);
  RED.httpNode.use(EDITOR_PATH, RED.httpAdmin);
  RED.httpNode.get('/', (_request, response) => response.redirect(PUBLIC_PAGE));
  const outcome = flowsOutcome();
  await RED.start();
  return { flowsRun: await outcome, stop: () => stop(server, log) };
}

interface RuntimeEvent {
  id: string;
  payload?: { state?: string; error?: string };
}

/** True when the flows have started, false when the runtime says that it does not start them. */
function flowsOutcome(): Promise<boolean> {
  return new Promise((resolve) => {
    RED.events.once('flows:started', () => resolve(true));
    RED.events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
      if (id === 'runtime-state' && (payload?.error || payload?.state === 'stop')) resolve(false);
    });
  });
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

/** Makes the editor speak this Byflyt's language; Node-RED's own default is the browser's. */
function languageScripts(language: Language): string[] {
  return language === 'nb' ? [join(import.meta.dirname, 'editor/nb.js')] : [];
}

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
    logging: {
      console: { level: 'off' },
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
