import { createHash } from 'node:crypto';
import { ConfigurationError } from '../../observation/errors.ts';
import { serverAddress } from '../sharing/http-call.ts';
import type { PortalSettings } from './portal.ts';
import { isStyle, type Style } from './styles.ts';

/** The node's form, as Node-RED stores it. */
export interface CkanForm {
  /** Address (id) of the published dataset. */
  dataset?: string;
  url?: string;
  organisation?: string;
  /** What the dataset is called in the portal's addresses; empty: as it is here. */
  packageName?: string;
  style?: string;
  table?: boolean;
  hours?: string | number;
}

/** Kept by Node-RED apart from the flow, encrypted. */
export interface CkanCredentials {
  token?: string;
}

export interface CkanSettings extends PortalSettings {
  dataset: string;
  /** Id or name. */
  organisation: string;
  packageName: string;
  style: Style;
  /** Fill a table in the portal's DataStore. */
  table: boolean;
  /** ms between two updates. */
  every: number;
}

const HOUR = 3_600_000;
/** CKAN's own rule for names of datasets and organisations. */
const NAME = /^[a-z0-9_-]{2,100}$/;

/** Throws ConfigurationError that names the field to correct. */
export function ckanSettings(form: CkanForm, credentials: CkanCredentials): CkanSettings {
  const { dataset, style } = form;
  const token = credentials.token?.trim();
  const packageName = form.packageName?.trim() || dataset;
  const organisation = form.organisation?.trim();
  if (!dataset) throw wrong('opendata.sharing.dataset');
  if (!token) throw wrong('opendata.ckan.token');
  if (!packageName || !NAME.test(packageName)) throw wrong('opendata.ckan.name');
  if (!organisation) throw wrong('opendata.ckan.organisation');
  const hours = Number(form.hours ?? 1);
  if (!(hours >= 0.25 && hours <= 24 * 7)) throw wrong('opendata.ckan.hours');
  return {
    url: serverAddress(form.url, 'opendata.ckan.url'),
    token,
    dataset,
    organisation,
    packageName,
    style: isStyle(style) ? style : 'ckan',
    table: form.table ?? true,
    every: hours * HOUR,
  };
}

/** Names a portal in keys of state: what one portal has, another has not. */
export function portalId({ url, packageName }: CkanSettings): string {
  return createHash('sha256').update(`${url.href} ${packageName}`).digest('base64url').slice(0, 12);
}

function wrong(key: string): ConfigurationError {
  return new ConfigurationError({ key });
}
