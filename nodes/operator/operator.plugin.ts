import type { Node, NodeAPI } from 'node-red';
import { ALARM_LINK_PATH } from '../alarm/alarm-links.ts';
import { ModelCatalog } from '../codec/models.ts';
import { credentialSecret } from '../devices/credential-secret.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { receivedCounts, refusedCounts } from '../intake/received-counts.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { runtimeLanguage, runtimeTimeZone, startProblem } from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { preferredLanguage } from '../opendata/negotiation.ts';
import { acquireDataFolder, type DataFolder } from '../persistence/data-folder.ts';
import { localDays } from '../persistence/local-days.ts';
import type { DatabaseNode } from '../timeseries/database.ts';
import { DeadLetterShelf } from '../timeseries/kept-aside.ts';
import { ALARM_PAGE_HEADERS, answerAlarmPage } from './alarm-page.ts';
import { type OperatorRoute, operatorRoutes } from './routes.ts';
import type { OperatorSources } from './sources.ts';
import { watchEventLoop } from './status/event-loop.ts';
import type { ConfiguredNode } from './status/flow-graph.ts';
import { type StatusRoute, statusRoutes } from './status/status-routes.ts';
import { StatusService } from './status/status-service.ts';

type UseSources = <T>(use: (sources: OperatorSources) => Promise<T>) => Promise<T>;

const PERMISSION = 'byflyt-operator.read';
const WRITE_PERMISSION = 'byflyt-operator.write';

/** The staff's page and the status belong to no single node: they are there once, and look up nodes at each request. */
export default function operatorPlugin(RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);
  const flows = watchFlows(RED);
  const withSources = sourcesOf(RED, flows);
  const service = statusService(RED, flows, withSources);
  const { byflyt } = RED.settings as { byflyt?: { metricsToken?: string } };
  const metricsToken = byflyt?.metricsToken || undefined;
  for (const route of statusRoutes({ service, language, timeZone, metricsToken })) addStatusRoute(RED, route);
  const pages = operatorRoutes({
    language,
    timeZone,
    now: () => Date.now(),
    onProblem: (error) => RED.log.error(describeError(error, language)),
    status: (locale) => service.report(locale),
    withSources,
  });
  for (const route of pages) addPage(RED, route);
  addAlarmPage(RED, withSources);
}

function statusService(RED: NodeAPI, flows: FlowsWatch, withSources: UseSources): StatusService {
  const language = runtimeLanguage(RED.settings);
  const eventLoop = watchEventLoop();
  const nodeOf = (id: string) => RED.nodes.getNode(id) as Node | null;
  return new StatusService({
    problems: problemsOf(RED.settings),
    state: () => flows.state,
    folder: () => flows.folder,
    configured: flows.configured,
    exists: (id) => Boolean(nodeOf(id)),
    startProblem: (id) => {
      const node = nodeOf(id);
      return node ? startProblem(node) : undefined;
    },
    databases: () =>
      running<DatabaseNode>(RED, flows, 'byflyt-database').filter(({ node }) => 'save' in node),
    received: receivedCounts,
    refused: refusedCounts,
    withSources,
    eventLoop: () => eventLoop.read(),
    // Node-RED itself says what is wrong with flows.
    onNew: ({ component, key, parameters }) => {
      if (component !== 'flows') RED.log.warn(translate(language, key, parameters));
    },
    dayOf: localDays(runtimeTimeZone(RED.settings)),
    now: () => Date.now(),
  });
}

interface FlowsWatch {
  state: 'starting' | 'running' | 'stopped';
  /** Open while flows run that have one of our nodes. */
  folder: DataFolder | undefined;
  /** All nodes of the flow file; none until Node-RED has read it, which takes a slow machine a while. */
  configured(): ConfiguredNode[];
}

function watchFlows(RED: NodeAPI): FlowsWatch {
  const watch: FlowsWatch = {
    state: 'starting',
    folder: undefined,
    configured: () => (watch.state === 'starting' ? [] : allNodes(RED)),
  };
  const release = () => {
    watch.folder?.release();
    watch.folder = undefined;
  };
  RED.events.on('flows:started', () => {
    release();
    watch.state = 'running';
    if (!watch.configured().some(({ type }) => type.startsWith('byflyt-'))) return;
    try {
      watch.folder = acquireDataFolder(RED.settings);
    } catch (error) {
      RED.log.error(describeError(error, runtimeLanguage(RED.settings)));
    }
  });
  RED.events.on('flows:stopping', () => {
    watch.state = 'stopped';
    release();
  });
  RED.events.on('runtime-event', ({ id, payload }: { id: string; payload?: { state?: string } }) => {
    if (id === 'runtime-state' && payload?.state && payload.state !== 'start') watch.state = 'stopped';
  });
  return watch;
}

function allNodes(RED: NodeAPI): ConfiguredNode[] {
  const nodes: ConfiguredNode[] = [];
  RED.nodes.eachNode((node) => {
    nodes.push(node as ConfiguredNode);
  });
  return nodes;
}

/** Running nodes of a type. */
function running<T>(RED: NodeAPI, flows: FlowsWatch, type: string): { id: string; node: T & object }[] {
  return flows.configured().flatMap((node) => {
    const found = node.type === type ? RED.nodes.getNode(node.id) : null;
    return found ? [{ id: node.id, node: found as unknown as T & object }] : [];
  });
}

function sourcesOf(RED: NodeAPI, flows: FlowsWatch): UseSources {
  const models = ModelCatalog.open(dataFolderPath(RED.settings));
  return async (use) => {
    const { registry } = deployed<DevicesNode>(RED, flows, 'byflyt-devices');
    const database = deployed<DatabaseNode>(RED, flows, 'byflyt-database');
    const databases = running<Partial<DatabaseNode>>(RED, flows, 'byflyt-database');
    const folder = acquireDataFolder(RED.settings);
    try {
      const { state, journal } = folder;
      return await use({
        registry,
        state,
        journal,
        store: (sandbox) => database.store(sandbox),
        save: (points, sandbox) => database.save(points, { sandbox }),
        aside: new DeadLetterShelf(
          () => databases.flatMap(({ node }) => node.asideSources?.() ?? []),
          (id) => registry.get(id)?.site,
        ),
        model: (id) => models.get(id),
      });
    } finally {
      folder.release();
    }
  };
}

/** The first deployed config node of a type. Throws ConfigurationError while there is none. */
function deployed<T>(RED: NodeAPI, flows: FlowsWatch, type: string): T {
  const [first] = running<T>(RED, flows, type);
  if (!first) throw new ConfigurationError({ key: 'operator.error.not_deployed' });
  return first.node;
}

function addPage(RED: NodeAPI, { path, changes, open, answer }: OperatorRoute): void {
  const guard = open ? [] : [RED.auth.needsPermission(changes ? WRITE_PERMISSION : PERMISSION)];
  RED.httpAdmin[changes ? 'post' : 'get'](path, ...guard, async (request, response) => {
    // The page's own links are relative to an address without a slash at the end.
    if (request.path.endsWith('/')) return response.redirect(308, `../${path.split('/').at(-1)}`);
    const query = new URL(`http://localhost${request.url}`).searchParams;
    const { 'accept-language': acceptLanguage, 'x-requested-with': requested } = request.headers;
    const requestedWith = Array.isArray(requested) ? undefined : requested;
    const result = await answer({ query, acceptLanguage, requestedWith, body: request.body });
    response.status(result.status).set(result.headers).send(result.body);
  });
}

/** Whoever has the link from an alarm's message may read its sentence and answer, and nothing more. */
function addAlarmPage(RED: NodeAPI, withSources: UseSources): void {
  const timeZone = runtimeTimeZone(RED.settings);
  for (const method of ['get', 'post'] as const) {
    RED.httpNode[method](`${ALARM_LINK_PATH}/:token`, async (request, response) => {
      const { searchParams: query } = new URL(`http://localhost${request.url}`);
      const language = preferredLanguage(
        query.get('lang'),
        request.headers['accept-language'],
        runtimeLanguage(RED.settings),
      );
      const reply = method === 'post' ? query.get('answer') : undefined;
      const asked = { token: String(request.params.token), reply };
      const secret = credentialSecret(RED.settings);
      const { status, body } = await answerAlarmPage(asked, withSources, secret, { language, timeZone });
      response.status(status).set(ALARM_PAGE_HEADERS).send(body);
    });
  }
}

function addStatusRoute(RED: NodeAPI, { path, signIn, answer }: StatusRoute): void {
  const guard = signIn ? [RED.auth.needsPermission(PERMISSION)] : [];
  RED.httpAdmin.get(path, ...guard, ({ url, headers, socket: { remoteAddress } }, response) => {
    const query = new URL(`http://localhost${url}`).searchParams;
    const result = answer({ query, headers, remoteAddress });
    // Not `send`: Express would change the content type.
    response.writeHead(result.status, { ...result.headers }).end(result.body);
  });
}
