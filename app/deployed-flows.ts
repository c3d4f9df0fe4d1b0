import { readJson } from '../nodes/devices/atomic-file.ts';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import type { Dataset } from '../nodes/opendata/dataset.ts';
import { type DatasetConfig, datasetFromConfig } from '../nodes/opendata/dataset-form.ts';
import {
  type DatabaseForm,
  databaseTarget,
  migrateForm,
  openStore,
} from '../nodes/timeseries/database-settings.ts';
import { outboxName } from '../nodes/timeseries/outbox-heirs.ts';
import type { Store } from '../nodes/timeseries/store.ts';
import { existingInstallation } from './data-registry.ts';
import type { Settings } from './settings.ts';

interface DeployedNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

/**
 * What the deployed flows say about datasets and the database, read from the flow file, for commands that work
 * beside a running Byflyt or without one. Sign-ins typed into a database node are Node-RED's own secret: for such
 * a node the commands take those of the settings.
 */
export class DeployedFlows {
  /** The data folder. */
  readonly folder: string;
  readonly #settings: Settings;
  readonly #nodes: readonly DeployedNode[];
  /** By the names of their outboxes. */
  readonly #stores = new Map<string, Store>();

  constructor(folder: string, settings: Settings) {
    this.folder = folder;
    this.#settings = settings;
    this.#nodes = (readJson(existingInstallation(folder).flowFile) ?? []) as DeployedNode[];
  }

  /** @throws ConfigurationError naming the datasets that there are */
  dataset(id: string): Dataset {
    const forms = this.#ofType('byflyt-open-data') as (DeployedNode & DatasetConfig)[];
    const form = forms.find(({ slug }) => slug === id);
    if (form) return datasetFromConfig(form);
    if (forms.length === 0) throw new ConfigurationError({ key: 'app.error.no_dataset' });
    const known = forms.map(({ slug }) => slug).join(', ');
    throw new ConfigurationError({ key: 'app.error.dataset_unknown', parameters: { id, known } });
  }

  /** The database of the flows, opened when first asked for; of several, the first, or the one that has that outbox. */
  store(sandbox: boolean, outbox?: string): Store {
    const forms = this.#ofType('byflyt-database') as (DeployedNode & Partial<DatabaseForm>)[];
    const form = forms.find(({ id }) => outboxName(id, sandbox) === outbox) ?? forms[0];
    const name = outboxName(form?.id ?? '', sandbox);
    const { database } = this.#settings;
    const target = databaseTarget(migrateForm(form ?? {}), database ?? {}, { byflyt: { database } });
    const store = this.#stores.get(name) ?? openStore(target, this.folder, sandbox);
    this.#stores.set(name, store);
    return store;
  }

  /** Whether measurements are in a database of their own, outside the data folder. */
  get usesServer(): boolean {
    const kinds = this.#ofType('byflyt-database').map(({ kind = 'settings' }) => kind);
    return kinds.some((kind) => kind === 'influxdb' || (kind === 'settings' && this.#settings.database));
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) await store.close();
  }

  #ofType(type: string): DeployedNode[] {
    return this.#nodes.filter((node) => node.type === type);
  }
}
