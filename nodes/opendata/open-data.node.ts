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
import { areaOverview } from './area-overview.ts';
import type { CatalogueNode } from './catalogue-node.ts';
import { type DatasetConfig, datasetFromConfig } from './dataset-form.ts';
import { keepFeedback } from './feedback/feedback-box.ts';
import { formChoices } from './form-choices.ts';
import { previewOf } from './preview.ts';
import { readLatest, type Sources } from './reader.ts';
import { siteOf } from './serve.ts';
import { PublishedStatus } from './status.ts';

/** The form: the dataset, and the ids of the config nodes it uses. */
type OpenDataConfig = DatasetConfig & { catalogue?: string; devices?: string; database?: string };

interface WatchedSources extends Sources {
  /** Returns how to stop it. */
  onDevicesChange(listener: () => void): () => void;
}

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);
  const publicUrl = publicUrlOf(RED.settings);
  const site = siteOf(RED.httpNode, {
    timeZone,
    fallback: { name: translate(language, 'opendata.catalogue.unset'), language, country: 'EU' },
    now: () => Date.now(),
    keepFeedback: (feedback) => withState(RED.settings, (state) => keepFeedback(state, feedback)),
    onProblem: (error) => RED.log.error(describeError(error, language)),
    ...(publicUrl !== undefined && { publicUrl }),
  });

  function OpenData(this: Node, config: NodeDef & OpenDataConfig): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: Node, config: OpenDataConfig): void {
    const dataset = datasetFromConfig(config);
    const sources = sourcesOf(config);
    const { publisher } = configNode<CatalogueNode>(
      config.catalogue,
      'publisher',
      'opendata.config.publisher',
    );
    const withdraw = site.publish({ dataset, sources, publisher });
    const look = () => {
      site.changed(dataset.id);
      return readLatest(dataset, sources);
    };
    const status = new PublishedStatus(node, look, { language, timeZone });
    const unwatch = sources.onDevicesChange(() => status.changed());
    status.show();
    node.on('input', (_message, _send, done) => {
      status.changed();
      done();
    });
    node.on('close', () => {
      unwatch();
      status.close();
      withdraw();
    });
  }

  function sourcesOf({ devices, database }: OpenDataConfig): WatchedSources {
    const { registry } = configNode<DevicesNode>(devices, 'registry', 'opendata.config.nodes');
    const store = configNode<DatabaseNode>(database, 'store', 'opendata.config.nodes');
    return {
      devices: () => registry.list(),
      store: (sandbox) => store.store(sandbox),
      onDevicesChange: (listener) => registry.onChange(listener),
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
    (request, response) => {
      const node = RED.nodes.getNode(String(request.query.devices)) as unknown as DevicesNode | null;
      response.json(areaOverview(request.query.area, node?.registry?.list() ?? [], (id) => models.get(id)));
    },
  );

  RED.httpAdmin.post(
    '/byflyt/open-data/preview',
    RED.auth.needsPermission('byflyt-open-data.read'),
    async (request, response) => {
      const config = request.body as OpenDataConfig & { language?: string };
      const locale = { language: languageFor(config.language), timeZone };
      try {
        response.json(await previewOf(datasetFromConfig(config), sourcesOf(config), locale, Date.now()));
      } catch (error) {
        response.status(422).json({ problem: describeError(error, locale.language) });
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

function publicUrlOf(settings: object): string | undefined {
  const { byflyt } = settings as { byflyt?: { publicUrl?: string } };
  return byflyt?.publicUrl || undefined;
}
