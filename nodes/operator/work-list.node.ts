import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { runInput, runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import type { DatabaseNode } from '../timeseries/database.ts';
import { type OperatorRoute, operatorRoutes } from './routes.ts';
import { forgetWorkList, keepWorkList, rowsOf, type WorkListColumn } from './work-list.ts';

interface WorkListConfig extends NodeDef {
  title?: string;
  columns?: WorkListColumn[];
}

const PERMISSION = 'byflyt-operator.read';

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);

  function WorkListNode(this: Node, config: WorkListConfig): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: Node, { title, columns = [] }: WorkListConfig): void {
    if (!title?.trim()) throw new ConfigurationError({ key: 'operator.config.title' });
    const folder = acquireDataFolder(RED.settings);
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'operator.status.waiting') });
    node.on('input', (message, _send, done) =>
      runInput(node, language, done, () => {
        const rows = rowsOf(message.payload);
        keepWorkList(folder.state, node.id, { title, columns, rows, time: new Date().toISOString() });
        const text = translate(language, 'operator.status.kept', { count: rows.length });
        node.status({ fill: 'green', shape: 'dot', text });
      }),
    );
    node.on('close', (removed: boolean, done: () => void) => {
      if (removed) forgetWorkList(folder.state, node.id);
      folder.release();
      done();
    });
  }

  RED.nodes.registerType('byflyt-work-list', WorkListNode);
  servePage(RED);
}

/** The operator page belongs to no single node: its routes are there once, and look up the config nodes at each request. */
function servePage(RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const models = ModelCatalog.open(dataFolderPath(RED.settings));
  const routes = operatorRoutes({
    language,
    timeZone: runtimeTimeZone(RED.settings),
    now: () => Date.now(),
    onProblem: (error) => RED.log.error(describeError(error, language)),
    withSources: async (use) => {
      const { registry } = deployed<DevicesNode>(RED, 'byflyt-devices');
      const database = deployed<DatabaseNode>(RED, 'byflyt-database');
      const folder = acquireDataFolder(RED.settings);
      try {
        const { state, journal } = folder;
        return await use({
          registry,
          state,
          journal,
          store: (sandbox) => database.store(sandbox),
          model: (id) => models.get(id),
        });
      } finally {
        folder.release();
      }
    },
  });
  for (const route of routes) addRoute(RED, route);
}

/** The first deployed config node of a type. Throws ConfigurationError while there is none. */
function deployed<T>(RED: NodeAPI, type: string): T {
  const ids: string[] = [];
  RED.nodes.eachNode((node) => {
    if (node.type === type) ids.push(node.id);
  });
  const node = ids.map((id) => RED.nodes.getNode(id)).find(Boolean);
  if (!node) throw new ConfigurationError({ key: 'operator.error.not_deployed' });
  return node as unknown as T;
}

function addRoute(RED: NodeAPI, { path, open, answer }: OperatorRoute): void {
  const guard = open ? [] : [RED.auth.needsPermission(PERMISSION)];
  RED.httpAdmin.get(path, ...guard, async (request, response) => {
    // The page's own links are relative to an address without a slash at the end.
    if (request.path.endsWith('/')) return response.redirect(308, `../${path.split('/').at(-1)}`);
    const query = new URL(`http://localhost${request.url}`).searchParams;
    const result = await answer({ query, acceptLanguage: request.headers['accept-language'] });
    response.status(result.status).set(result.headers).send(result.body);
  });
}
