import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, languageFor, translate } from '../observation/messages.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { DatabaseNode } from '../timeseries/database.ts';
import { areaOverview, markOpen } from './area-overview.ts';
import type { CatalogueNode } from './catalogue-node.ts';
import { type DatasetConfig, datasetFromConfig } from './dataset-form.ts';
import { watchDeployer } from './deployer.ts';
import { keepFeedback } from './feedback/feedback-box.ts';
import { formChoices } from './form-choices.ts';
import { ACTIONS, type ActionRequest, OpenDataAdmin } from './open-data-admin.ts';
import { isImmediate } from './privacy.ts';
import { digestOf, publicationsIn } from './publications.ts';
import { Publishing } from './publishing.ts';
import { readLatest, type Sources } from './reader.ts';
import { siteOf } from './serve.ts';
import { takenAddress } from './site.ts';
import { PublishedStatus } from './status.ts';

/** The form: the dataset, and the ids of the config nodes it uses. */
type OpenDataConfig = DatasetConfig & { catalogue?: string; devices?: string; database?: string };

/** Ids of the config node with the devices, and of those that are to be marked. */
interface MarkRequest {
  devices?: string;
  ids?: readonly string[];
  language?: string;
}

interface WatchedSources extends Sources {
  /** Returns how to stop it. */
  onDevicesChange(listener: () => void): () => void;
}

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);
  const { publicUrl, trustedProxies: proxies } = ownSettings(RED.settings);
  const site = siteOf(RED.httpNode, {
    timeZone,
    fallback: { name: translate(language, 'opendata.catalogue.unset'), language, country: 'EU' },
    now: () => Date.now(),
    keepFeedback: (feedback) => withState(RED.settings, (state) => keepFeedback(state, feedback)),
    onProblem: (error) => RED.log.error(describeError(error, language)),
    ...(publicUrl && { publicUrl }),
    ...(proxies && { proxies }),
  });

  /** Throws ConfigurationError if a file is damaged; then no dataset is published. */
  const publications = () => {
    site.publications = publicationsIn(dataFolderPath(RED.settings));
    return site.publications;
  };
  // Of withdrawn datasets the public is told also where no node has one any more.
  try {
    publications();
  } catch (error) {
    RED.log.error(describeError(error, language));
  }
  const running = new Map<string, Publishing>();
  const deployer = watchDeployer(RED, datasetWord);
  // A flow file that was lost is no withdrawal, so only what somebody deployed counts.
  RED.events.on('flows:started', () => {
    if (deployer.hasDeployed()) site.publications?.withdrawMissing((id) => deployedIds(RED).includes(id));
    deployer.forget();
  });

  function OpenData(this: Node, config: NodeDef & OpenDataConfig): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: Node, config: NodeDef & OpenDataConfig): void {
    const dataset = datasetFromConfig(config);
    const sources = sourcesOf(config);
    const { publisher } = configNode<CatalogueNode>(
      config.catalogue,
      'publisher',
      'opendata.config.publisher',
    );
    // Before anything is noted of it: the other one's approvals would count no more.
    if (running.has(dataset.id)) throw takenAddress(dataset.id);
    publications().deployed(dataset, node.id, deployer.authorOf(config));
    const publishing = new Publishing({ dataset, sources, publisher }, site, publications(), () =>
      status.changed(),
    );
    const look = () => {
      // An answer that is made anew takes longer, and would tell that a message has come.
      if (isImmediate(dataset)) site.changed(dataset.id);
      return readLatest(dataset, sources);
    };
    const status = new PublishedStatus(node, look, () => publishing.blocks, { language, timeZone });
    const unwatch = sources.onDevicesChange(() => {
      site.changed(dataset.id);
      status.changed();
    });
    running.set(dataset.id, publishing);
    status.show();
    node.on('input', (_message, _send, done) => {
      status.changed();
      done();
    });
    node.on('close', () => {
      unwatch();
      status.close();
      publishing.close();
      if (running.get(dataset.id) === publishing) running.delete(dataset.id);
    });
  }

  function sourcesOf({ devices, database }: OpenDataConfig): WatchedSources {
    const { registry } = configNode<DevicesNode>(devices, 'registry', 'opendata.config.nodes');
    const store = configNode<DatabaseNode>(database, 'store', 'opendata.config.nodes');
    return {
      devices: () => registry.list(),
      store: (sandbox) => store.store(sandbox),
      onDevicesChange: (listener) => registry.onChange(listener),
      timeZone,
      publications: publications(),
    };
  }

  /** A deployed config node that offers `member`. Throws ConfigurationError with `key` if there is none. */
  function configNode<T>(id: string | undefined, member: keyof T & string, key: string): T {
    const node = id ? (RED.nodes.getNode(id) as unknown as T | null) : null;
    if (!node?.[member]) throw new ConfigurationError({ key });
    return node;
  }

  const models = ModelCatalog.open(dataFolderPath(RED.settings));
  RED.httpAdmin.get(
    '/byflyt/open-data/area',
    RED.auth.needsPermission('byflyt-open-data.read'),
    async (request, response) => {
      const { area, devices, database } = request.query;
      const { registry } = (RED.nodes.getNode(String(devices)) ?? {}) as Partial<DevicesNode>;
      const stored = RED.nodes.getNode(String(database)) as unknown as DatabaseNode | null;
      const stores = stored?.store ? [stored.store(false), stored.store(true)] : [];
      response.json(await areaOverview(area, registry?.list() ?? [], (id) => models.get(id), stores));
    },
  );

  const admin = new OpenDataAdmin({ publications, running: (id) => running.get(id), timeZone });
  RED.httpAdmin.post(
    '/byflyt/open-data/preview',
    RED.auth.needsPermission('byflyt-open-data.read'),
    async (request, response) => {
      const config = request.body as OpenDataConfig & { language?: string };
      const answer = await admin.preview(config, () => sourcesOf(config), userOf(request));
      response.status('problem' in answer ? 422 : 200).json(answer);
    },
  );
  for (const action of ACTIONS) {
    RED.httpAdmin.post(
      `/byflyt/open-data/${action}`,
      RED.auth.needsPermission('byflyt-open-data.write'),
      (request, response) => {
        const answer = admin[action](request.body as ActionRequest, userOf(request));
        response.status('problem' in answer ? 422 : 200).json(answer);
      },
    );
  }

  RED.httpAdmin.post(
    '/byflyt/open-data/mark',
    RED.auth.needsPermission('byflyt-devices.write'),
    (request, response) => {
      const { devices = '', ids = [], language: asked } = request.body as MarkRequest;
      try {
        const { registry } = configNode<DevicesNode>(devices, 'registry', 'opendata.config.nodes');
        markOpen(registry, ids);
        response.json({ done: true });
      } catch (error) {
        response.status(422).json({ problem: describeError(error, languageFor(asked)) });
      }
    },
  );

  RED.nodes.registerType('byflyt-open-data', OpenData, {
    settings: { byflytOpenDataChoices: { value: formChoices(), exportable: true } },
  });
}

/** Lends what is kept on disk for a moment. */
function withState<T>(settings: object, use: (state: StateStore) => T): T {
  const folder = acquireDataFolder(settings);
  try {
    return use(folder.state);
  } finally {
    folder.release();
  }
}

/** Name of who is signed in to the editor; undefined without sign-in. */
function userOf(request: object): string | undefined {
  const { user } = request as { user?: { username?: string; anonymous?: boolean } };
  return user?.anonymous ? undefined : user?.username;
}

/** Addresses of the datasets in the deployed flows, also of those that cannot start; without those that are disabled. */
function deployedIds(RED: NodeAPI): string[] {
  const ids: string[] = [];
  RED.nodes.eachNode((node) => {
    const { type, slug, d } = node as NodeDef & DatasetConfig & { d?: boolean };
    if (type === 'byflyt-open-data' && slug && !d) ids.push(slug);
  });
  return ids;
}

/** A word for the dataset of a node in the flows; undefined if it is none of ours, or its form is not complete. */
function datasetWord(node: object): string | undefined {
  const config = node as NodeDef & DatasetConfig;
  if (config.type !== 'byflyt-open-data') return undefined;
  try {
    return digestOf(datasetFromConfig(config));
  } catch {
    return undefined;
  }
}

/** Those of `settings.byflyt` that are about the public. */
function ownSettings(settings: object): { publicUrl?: string; trustedProxies?: string } {
  return (settings as { byflyt?: ReturnType<typeof ownSettings> }).byflyt ?? {};
}
