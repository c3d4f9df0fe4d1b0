import { createHash } from 'node:crypto';
import { ConfigurationError } from '../../observation/errors.ts';
import { translate } from '../../observation/messages.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import {
  type About,
  type Extra,
  identifierOf,
  type PackageFields,
  packageFields,
  portalLanguage,
  resourceFields,
  schemaFields,
} from './package.ts';
import { NoSuchActionError, NotThereError, type Portal } from './portal.ts';
import type { CkanSettings } from './settings.ts';
import { columnsOf, createTable, dropTable, fillTable, shapeOf, type TableState } from './table.ts';

/** What a portal has of us. */
interface Published {
  /** Id of the package. */
  id: string;
  /** Of what was said of it last. */
  digest: string;
  table?: TableState;
}

interface PortalPackage {
  id: string;
  state?: string;
  organization?: { id: string; name: string } | null;
  /** Where the portal's schema has it. */
  identifier?: string;
  extras?: Extra[];
  resources?: { id: string; url?: string; distribution?: string; [field: string]: unknown }[];
}

export interface PublicationOptions {
  portal: Portal;
  settings: Pick<CkanSettings, 'organisation' | 'packageName' | 'table'>;
  state: StateStore;
  /** Key of the state. */
  key: string;
}

/** What an update did. */
export interface Outcome {
  /** The portal keeps no tables. */
  noTables: boolean;
}

/** Keeps a dataset at a CKAN portal as it is published here: what is said of it, its files, and a table of its values. */
export class PortalPublication {
  readonly #options: PublicationOptions;

  constructor(options: PublicationOptions) {
    this.#options = options;
  }

  /** Brings the portal up to date. Done again it changes nothing. Errors are those of the portal. */
  async update(about: About): Promise<Outcome> {
    const fields = packageFields(about, await this.#licences());
    const digest = digestOf([fields, resourceFields(about)]);
    const known = this.#published;
    const found = await this.#find();
    const isCurrent = found?.state !== 'deleted' && found?.id === known?.id && digest === known?.digest;
    if (!found || !isCurrent) await this.#describe(about, fields, found, digest);
    return { noTables: this.#options.settings.table ? !(await this.#fill(about)) : false };
  }

  /** Takes the dataset, and its table before it, away from the portal; gives whether there was one. */
  async withdraw(): Promise<boolean> {
    const { portal, state, key } = this.#options;
    const known = this.#published;
    if (!known) return false;
    if (known.table) await dropTable(portal, known.table.resource);
    try {
      await portal.ask('package_delete', { id: known.id });
    } catch (error) {
      if (!(error instanceof NotThereError)) throw error;
    }
    state.delete(key);
    return true;
  }

  get #published(): Published | undefined {
    return this.#options.state.get<Published>(this.#options.key);
  }

  #remember(published: Published): void {
    this.#options.state.set(this.#options.key, published);
  }

  async #licences(): Promise<string[]> {
    const list = await this.#options.portal.ask<{ id: string }[]>('license_list', {});
    return list.map(({ id }) => id);
  }

  async #find(): Promise<PortalPackage | undefined> {
    const { portal, settings } = this.#options;
    try {
      return await portal.ask<PortalPackage>('package_show', { id: settings.packageName });
    } catch (error) {
      if (error instanceof NotThereError) return undefined;
      throw error;
    }
  }

  async #describe(
    about: About,
    fields: PackageFields,
    found: PortalPackage | undefined,
    digest: string,
  ): Promise<void> {
    const { settings } = this.#options;
    const known = this.#published;
    if (found) this.#mustBeOurs(found, about);
    const data = {
      ...fields,
      name: settings.packageName,
      owner_org: settings.organisation,
      state: 'active',
      extras: merged(found?.extras ?? [], fields.extras),
    };
    const written = await this.#write(data, fields.extras, found?.id);
    const table = written.id === known?.id ? known?.table : undefined;
    // Remembered at once: should the rest fail, the package is ours all the same.
    this.#remember({ id: written.id, digest: '', ...(table && { table }) });
    await this.#linkFiles(about, written);
    this.#remember({ id: written.id, digest, ...(table && { table }) });
  }

  /** A portal whose schema has fields of the same names as our extras gets these fields in their place. */
  async #write(data: PackageFields, ours: readonly Extra[], id: string | undefined): Promise<PortalPackage> {
    const { portal } = this.#options;
    const send = (fields: object) =>
      id === undefined
        ? portal.ask<PortalPackage>('package_create', fields)
        : portal.ask<PortalPackage>('package_patch', { ...fields, id });
    try {
      return await send(data);
    } catch (error) {
      if (!(error instanceof ConfigurationError && SAME_NAME.test(String(error.parameters.reason))))
        throw error;
      return send(schemaFields(data, ours));
    }
  }

  /** Another's dataset of the same name is not touched. */
  #mustBeOurs({ id, identifier: own, extras = [], organization }: PortalPackage, about: About): void {
    const { organisation, packageName } = this.#options.settings;
    const identifier = own ?? extras.find(({ key }) => key === 'identifier')?.value;
    const isOurs = id === this.#published?.id || identifier === identifierOf(about);
    const inOrganisation = !organization || [organization.id, organization.name].includes(organisation);
    if (isOurs && inOrganisation) return;
    throw new ConfigurationError({ key: 'opendata.ckan.taken', parameters: { name: packageName } });
  }

  async #linkFiles(about: About, { id, resources = [] }: PortalPackage): Promise<void> {
    const { portal } = this.#options;
    const wanted = resourceFields(about);
    for (const file of wanted) {
      // A portal with a fixed set of fields does not keep the distribution's id.
      const same = resources.find(({ distribution, url }) =>
        distribution === undefined ? url === file.url : distribution === file.distribution,
      );
      if (same) await portal.ask('resource_patch', { ...file, id: same.id });
      else await portal.ask('resource_create', { ...file, package_id: id });
    }
    const ids = wanted.map(({ distribution }) => distribution);
    const old = resources.filter(({ distribution }) => distribution && !ids.includes(distribution));
    for (const { id: resource, distribution } of old)
      if (distribution !== TABLE) await portal.ask('resource_delete', { id: resource });
  }

  /** Fills the table; false if the portal keeps none. */
  async #fill(about: About): Promise<boolean> {
    const published = this.#published;
    if (!published) return true;
    const { portal } = this.#options;
    try {
      const table = await this.#tableFor(about, published);
      await fillTable(portal, about.entry, table, (state) => this.#remember({ ...published, table: state }));
      return true;
    } catch (error) {
      if (error instanceof NoSuchActionError) return false;
      // Removed at the portal: it is made anew the next time.
      if (error instanceof NotThereError) this.#remember({ id: published.id, digest: published.digest });
      throw error;
    }
  }

  /** The table as it is to be; one whose columns are others is made anew and filled from the beginning. */
  async #tableFor(about: About, { id, digest, table }: Published): Promise<TableState> {
    const { portal } = this.#options;
    const language = portalLanguage(about);
    const columns = columnsOf(about.entry.dataset, language);
    const shape = shapeOf(columns);
    if (table?.columns === shape) return table;
    if (table) await dropTable(portal, table.resource);
    const resource = {
      package_id: id,
      name: translate(language, 'opendata.distribution.table'),
      format: 'CSV',
      distribution: TABLE,
    };
    const target = table ? { resource_id: table.resource } : { resource };
    const made: TableState = {
      resource: await createTable(portal, target, columns),
      columns: shape,
      places: [],
    };
    this.#remember({ id, digest, table: made });
    return made;
  }
}

/** What CKAN says of an extra that is a field in its schema. */
const SAME_NAME = /schema field with the same name/;
/** Distribution of the table's resource. */
const TABLE = 'table';

/** Extras that others added stay. */
function merged(theirs: readonly Extra[], ours: readonly Extra[]): Extra[] {
  const keys = new Set(ours.map(({ key }) => key));
  return [...theirs.flatMap(({ key, value }) => (keys.has(key) ? [] : [{ key, value }])), ...ours];
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}
