import type { NodeAPI } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import { failureAnswer } from '../devices/admin.ts';
import { credentialSecret } from '../devices/credential-secret.ts';
import { type DeviceRegistry, openRegistry } from '../devices/registry.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { type Language, languageFor, translate } from '../observation/messages.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { findLanes } from './replay/lanes.ts';
import { readReplayRequest } from './replay/replay-requests.ts';
import { ReplayService, type ReplaySources } from './replay/replay-service.ts';
import { type ReplayView, viewReplay } from './replay/replay-view.ts';
import type { ConfiguredNode } from './status/flow-graph.ts';
import { nameOf } from './status/node-names.ts';

interface Request {
  query: Record<string, unknown>;
  body?: unknown;
}

interface Response {
  status(code: number): { json(body: unknown): unknown };
}

/** What the form offers before a replay, and what it should say. */
interface ReplayChoices {
  devices: { id: string; name: string; area: string; model: string }[];
  /** Arrival of the oldest message that is kept, ISO 8601 UTC. */
  oldest?: string;
  /** Nodes on the way to the database whose work is not repeated. */
  unknown: string[];
}

/** Ends the watch for flows that start and stop: Node-RED may load its plugins anew in one process. */
let stopWatching = (): void => undefined;

/** Earlier messages decoded once more, for the editor: after a codec, a model or a device was corrected. */
export default function replayPlugin(RED: NodeAPI): void {
  const path = dataFolderPath(RED.settings);
  const models = ModelCatalog.open(path);
  const flows = watchFlows(RED, () =>
    service.cancel(new ConfigurationError({ key: 'operator.replay.deployed' })),
  );
  const registry = (): DeviceRegistry => openRegistry(path, credentialSecret(RED.settings));
  const lanes = () => findLanes(flows.nodes(), (id) => RED.nodes.getNode(id), runtimeTimeZone(RED.settings));
  const service = new ReplayService((): ReplaySources => {
    const found = lanes().lanes;
    if (found.length === 0) throw new ConfigurationError({ key: 'operator.replay.noLanes' });
    return { registry: registry(), models, lanes: found, folder: acquireDataFolder(RED.settings) };
  });

  function choices(language: Language): ReplayChoices {
    const nodes = flows.nodes();
    const folder = acquireDataFolder(RED.settings);
    try {
      const oldest = folder.journal.oldest();
      return {
        devices: registry()
          .list()
          .map(({ id, name, area, model }) => ({
            id,
            name,
            area: translate(language, `observation.area.${area}`),
            model,
          })),
        ...(oldest !== undefined && { oldest: new Date(oldest).toISOString() }),
        unknown: lanes().unknown.map((node) => nameOf(node, nodes, language)),
      };
    } finally {
      folder.release();
    }
  }

  /** Of the replay that runs or ran last; undefined if there was none since the start. */
  function view(language: Language): ReplayView | undefined {
    return service.job && viewReplay(service.job, registry(), language);
  }

  /** Stands in the log: numbers of the past change. */
  function write(body: unknown): void {
    const { marksGone } = (body ?? {}) as { marksGone?: unknown };
    service.write({ marksGone: marksGone === true });
    const { devices = [], from = 0, to = 0 } = service.job?.request ?? {};
    const [first, last] = [from, to].map((time) => new Date(time).toISOString()) as [string, string];
    const parameters = { count: devices.length, from: first, to: last };
    RED.log.info(translate(runtimeLanguage(RED.settings), 'operator.replay.writing', parameters));
  }

  const routes: ['get' | 'post', path: string, work: (body: unknown, language: Language) => unknown][] = [
    ['get', '/choices', (_body, language) => choices(language)],
    ['get', '', (_body, language) => view(language)],
    ['post', '/preview', (body) => service.preview(readReplayRequest(body))],
    ['post', '/write', write],
    ['post', '/cancel', () => service.cancel()],
  ];
  for (const [method, route, work] of routes) {
    const permission = method === 'get' ? 'byflyt-operator.read' : 'byflyt-operator.write';
    RED.httpAdmin[method](`/byflyt/replay${route}`, RED.auth.needsPermission(permission), answering(work));
  }
}

/** Answers in the language of the editor; a failure becomes a sentence. */
function answering(work: (body: unknown, language: Language) => unknown) {
  return async ({ query, body }: Request, response: Response): Promise<void> => {
    const language = languageFor(typeof query.lang === 'string' ? query.lang : undefined);
    try {
      const answer = await work(body, language);
      response.status(200).json(answer ?? {});
    } catch (error) {
      const { status, body: failure } = failureAnswer(error, language);
      response.status(status).json(failure);
    }
  };
}

/** The nodes of the flows while they run; a replay may not go on with databases that close. */
function watchFlows(RED: NodeAPI, onStop: () => Promise<void>): { nodes(): ConfiguredNode[] } {
  let areRunning = false;
  const started = (): void => {
    areRunning = true;
  };
  const stopped = (): void => {
    areRunning = false;
    void onStop();
  };
  stopWatching();
  RED.events.on('flows:started', started);
  RED.events.on('flows:stopping', stopped);
  stopWatching = () => {
    RED.events.removeListener('flows:started', started);
    RED.events.removeListener('flows:stopping', stopped);
  };
  return {
    nodes() {
      const nodes: ConfiguredNode[] = [];
      if (areRunning) RED.nodes.eachNode((node) => void nodes.push(node as ConfiguredNode));
      return nodes;
    },
  };
}
