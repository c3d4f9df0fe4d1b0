import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isArea } from '../nodes/observation/areas.ts';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import { type Language, languageFor } from '../nodes/observation/messages.ts';
import { trustedProxies } from '../nodes/opendata/client-address.ts';
import { DURABILITIES, type Durability } from '../nodes/persistence/durability.ts';
import type { JournalRetention, Keeping } from '../nodes/persistence/journal.ts';
import { packageRoot } from './package-root.ts';

/** Byflyt's own settings after reading and checking. */
export interface Settings {
  /** Absolute path of the data folder. */
  data: string;
  host: string;
  port: number;
  mqttHost: string;
  mqttPort: number;
  /** Whether anyone may hear at the embedded broker what is published. */
  mqttReaders: boolean;
  /** Where the shipped flow for NB-IoT listens. */
  nbiot: { host: string; coapPort: number; udpPort: number; lwm2mPort: number };
  /** Present if an external broker is used in place of the embedded one. */
  broker?: { url: string; username?: string; password?: string };
  /** Present if an external database is used in place of the embedded one. */
  database?: DatabaseSettings;
  /** Days that the embedded database keeps measurements. Default: for ever. */
  kept?: KeptDays;
  language: Language;
  /** IANA name. */
  timeZone: string;
  publicUrl?: string;
  /** A port for the public alone; without it, the public is on `port` as well. */
  publicPort?: { host: string; port: number };
  /** Addresses and networks of proxies, with commas. */
  trustedProxies?: string;
  sandbox: boolean;
  /** Opens /metrics to whoever sends it; without it, to programs on this machine. */
  metricsToken?: string;
  /** Folder or npm package of a LoRaWAN device repository. */
  deviceRepository?: string;
  /** How long raw messages are kept at most, and when they are acknowledged. */
  journal: JournalRetention & { durability: Durability; unaccountedAfter: number };
  /** How much may wait on disk for the database. */
  outbox: { days: number; bytes: number };
}

interface KeptDays {
  retentionDays?: number;
  /** Single measurements; a summary of each hour is kept for `retentionDays`. */
  rawDays?: number;
}

interface DatabaseSettings {
  url: string;
  token?: string;
  org?: string;
  bucket?: string;
  username?: string;
  password?: string;
  /** Certificate authority: path of a file, or PEM. */
  ca?: string;
  /** Default: to other machines only. */
  gzip?: boolean;
  /** Days that a bucket is made for. Default: for ever. */
  retentionDays?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * All settings, as environment variables or as names in `<data folder>/settings.json` (the environment wins).
 * `default` is what holds if neither names it; the meaning for people is the text `app.setting.<name>`.
 */
export const SETTINGS = [
  { name: 'BYFLYT_DATA', default: './data' },
  { name: 'BYFLYT_HOST', default: '127.0.0.1' },
  { name: 'BYFLYT_PORT', default: '1880' },
  { name: 'BYFLYT_MQTT_HOST', default: '127.0.0.1' },
  { name: 'BYFLYT_MQTT_PORT', default: '1883' },
  { name: 'BYFLYT_MQTT_READERS', default: 'off' },
  { name: 'BYFLYT_MQTT_URL', default: '' },
  { name: 'BYFLYT_MQTT_USERNAME', default: '' },
  { name: 'BYFLYT_MQTT_PASSWORD', default: '' },
  { name: 'BYFLYT_NBIOT_HOST', default: '127.0.0.1' },
  { name: 'BYFLYT_COAP_PORT', default: '5683' },
  { name: 'BYFLYT_UDP_PORT', default: '5700' },
  { name: 'BYFLYT_LWM2M_PORT', default: '5783' },
  { name: 'BYFLYT_DATABASE_URL', default: '' },
  { name: 'BYFLYT_DATABASE_TOKEN', default: '' },
  { name: 'BYFLYT_DATABASE_ORG', default: '' },
  { name: 'BYFLYT_DATABASE_BUCKET', default: 'byflyt' },
  { name: 'BYFLYT_DATABASE_USERNAME', default: '' },
  { name: 'BYFLYT_DATABASE_PASSWORD', default: '' },
  { name: 'BYFLYT_DATABASE_CA', default: '' },
  { name: 'BYFLYT_DATABASE_GZIP', default: 'auto' },
  { name: 'BYFLYT_DATABASE_DAYS', default: '' },
  { name: 'BYFLYT_DATABASE_RAW_DAYS', default: '' },
  { name: 'BYFLYT_LANGUAGE', default: '' },
  { name: 'BYFLYT_TIMEZONE', default: 'Europe/Oslo' },
  { name: 'BYFLYT_PUBLIC_URL', default: '' },
  { name: 'BYFLYT_PUBLIC_HOST', default: '127.0.0.1' },
  { name: 'BYFLYT_PUBLIC_PORT', default: '' },
  { name: 'BYFLYT_TRUSTED_PROXIES', default: '' },
  { name: 'BYFLYT_SANDBOX', default: 'on' },
  { name: 'BYFLYT_METRICS_TOKEN', default: '' },
  { name: 'BYFLYT_DEVICE_REPOSITORY', default: '' },
  { name: 'BYFLYT_JOURNAL_DAYS', default: '30' },
  { name: 'BYFLYT_JOURNAL_MB', default: '1000' },
  { name: 'BYFLYT_JOURNAL_AREAS', default: '' },
  { name: 'BYFLYT_JOURNAL_DURABILITY', default: 'within-100-ms' },
  { name: 'BYFLYT_JOURNAL_PATIENCE', default: '15' },
  { name: 'BYFLYT_OUTBOX_DAYS', default: '60' },
  { name: 'BYFLYT_OUTBOX_MB', default: '4000' },
] as const;

const MEGABYTE = 1_000_000;

type SettingName = (typeof SETTINGS)[number]['name'];

/** The language for messages before the settings are read: the environment alone. */
export function environmentLanguage(environment: Environment): Language {
  return languageFor(environment.BYFLYT_LANGUAGE || environment.LC_ALL || environment.LANG);
}

/** Absolute path of the data folder; a relative one starts at the package's folder. */
export function dataFolderOf(environment: Environment): string {
  return resolve(packageRoot(), environment.BYFLYT_DATA || defaultOf('BYFLYT_DATA'));
}

/**
 * Reads and checks all settings. An empty value counts as not given.
 * @throws ConfigurationError naming the setting, what is wrong with it, and never a password or token.
 */
export function readSettings(environment: Environment): Settings {
  const data = dataFolderOf(environment);
  const file = readSettingsFile(join(data, 'settings.json'));
  const get = (name: SettingName): string => environment[name] || file[name] || defaultOf(name);
  const broker = brokerOf(get);
  const database = databaseOf(get);
  const metricsToken = get('BYFLYT_METRICS_TOKEN');
  const deviceRepository = get('BYFLYT_DEVICE_REPOSITORY');
  const publicUrl = urlOf(get, 'BYFLYT_PUBLIC_URL', ['http:', 'https:']);
  return {
    data,
    host: get('BYFLYT_HOST'),
    port: portOf(get, 'BYFLYT_PORT'),
    mqttHost: get('BYFLYT_MQTT_HOST'),
    mqttPort: portOf(get, 'BYFLYT_MQTT_PORT'),
    nbiot: {
      host: get('BYFLYT_NBIOT_HOST'),
      coapPort: portOf(get, 'BYFLYT_COAP_PORT'),
      udpPort: portOf(get, 'BYFLYT_UDP_PORT'),
      lwm2mPort: portOf(get, 'BYFLYT_LWM2M_PORT'),
    },
    mqttReaders: switchOf(get, 'BYFLYT_MQTT_READERS'),
    ...(broker && { broker }),
    ...(database ? { database } : keptOf(get)),
    language: languageOf(get('BYFLYT_LANGUAGE'), environment),
    timeZone: timeZoneOf(get('BYFLYT_TIMEZONE')),
    ...(publicUrl && { publicUrl }),
    ...publicPortOf(get),
    ...proxiesOf(get('BYFLYT_TRUSTED_PROXIES')),
    sandbox: switchOf(get, 'BYFLYT_SANDBOX'),
    ...(metricsToken && { metricsToken }),
    ...(deviceRepository && { deviceRepository }),
    journal: {
      days: amountOf(get, 'BYFLYT_JOURNAL_DAYS'),
      bytes: amountOf(get, 'BYFLYT_JOURNAL_MB') * MEGABYTE,
      areas: areaLimitsOf(get('BYFLYT_JOURNAL_AREAS')),
      durability: durabilityOf(get('BYFLYT_JOURNAL_DURABILITY')),
      unaccountedAfter: amountOf(get, 'BYFLYT_JOURNAL_PATIENCE'),
    },
    outbox: {
      days: amountOf(get, 'BYFLYT_OUTBOX_DAYS'),
      bytes: amountOf(get, 'BYFLYT_OUTBOX_MB') * MEGABYTE,
    },
  };
}

function defaultOf(name: SettingName): string {
  return SETTINGS.find((setting) => setting.name === name)?.default ?? '';
}

type Get = (name: SettingName) => string;

function readSettingsFile(path: string): Partial<Record<string, string>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return {};
    throw new ConfigurationError(
      { key: 'app.error.settings_unreadable', parameters: { path } },
      { cause: error },
    );
  }
  return checkedFile(path, text);
}

function checkedFile(path: string, text: string): Record<string, string> {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ConfigurationError(
      { key: 'app.error.settings_broken', parameters: { path } },
      { cause: error },
    );
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigurationError({ key: 'app.error.settings_broken', parameters: { path } });
  }
  const names: readonly string[] = SETTINGS.map((setting) => setting.name);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(content)) {
    if (!names.includes(name) || name === 'BYFLYT_DATA') {
      throw new ConfigurationError({ key: 'app.error.setting_unknown', parameters: { path, name } });
    }
    values[name] = plainValue(path, name, value);
  }
  return values;
}

function plainValue(path: string, name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new ConfigurationError({ key: 'app.error.setting_not_plain', parameters: { path, name } });
}

function portOf(get: Get, name: SettingName): number {
  const value = get(name);
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65535) return port;
  throw new ConfigurationError({ key: 'app.error.port', parameters: { name, value } });
}

function publicPortOf(get: Get): Pick<Settings, 'publicPort'> {
  if (get('BYFLYT_PUBLIC_PORT') === '') return {};
  return { publicPort: { host: get('BYFLYT_PUBLIC_HOST'), port: portOf(get, 'BYFLYT_PUBLIC_PORT') } };
}

/** Read here only for what is wrong with it, which is to be told at the start. */
function proxiesOf(text: string): Pick<Settings, 'trustedProxies'> {
  trustedProxies(text);
  return text === '' ? {} : { trustedProxies: text };
}

function amountOf(get: Get, name: SettingName): number {
  const value = get(name);
  const amount = Number(value);
  if (/^\d{1,7}$/.test(value) && amount >= 1) return amount;
  throw new ConfigurationError({ key: 'app.error.amount', parameters: { name, value } });
}

/** For example `mobility=7d, waste=200MB`. */
function areaLimitsOf(text: string): NonNullable<JournalRetention['areas']> {
  const areas: Record<string, Partial<Keeping>> = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, area = '', amount = '', unit = ''] = /^(\w+)\s*=\s*(\d{1,7})\s*(d|MB)$/.exec(part) ?? [];
    if (!isArea(area) || Number(amount) < 1) {
      throw new ConfigurationError({ key: 'app.error.area_limit', parameters: { value: part } });
    }
    const limit = unit === 'd' ? { days: Number(amount) } : { bytes: Number(amount) * MEGABYTE };
    areas[area] = { ...areas[area], ...limit };
  }
  return areas;
}

function durabilityOf(value: string): Durability {
  const known = DURABILITIES.find((one) => one === value);
  if (known) return known;
  const parameters = { name: 'BYFLYT_JOURNAL_DURABILITY', value, choices: DURABILITIES.join(', ') };
  throw new ConfigurationError({ key: 'app.error.choice', parameters });
}

function switchOf(get: Get, name: SettingName): boolean {
  const value = get(name).toLowerCase();
  if (['on', 'true', '1', 'yes'].includes(value)) return true;
  if (['off', 'false', '0', 'no'].includes(value)) return false;
  throw new ConfigurationError({ key: 'app.error.switch', parameters: { name, value } });
}

/** Addresses may carry a password (`mqtt://user:password@host`), so the value itself is not in the error. */
function urlOf(get: Get, name: SettingName, protocols: readonly string[]): string | undefined {
  const value = get(name);
  if (value === '') return undefined;
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
  const example = `${protocols[0]}//example.org`;
  throw new ConfigurationError({ key: 'app.error.url', parameters: { name, example } });
}

function brokerOf(get: Get): Settings['broker'] {
  const url = urlOf(get, 'BYFLYT_MQTT_URL', ['mqtt:', 'mqtts:', 'ws:', 'wss:']);
  const username = get('BYFLYT_MQTT_USERNAME');
  const password = get('BYFLYT_MQTT_PASSWORD');
  if (url === undefined) return undefined;
  return { ...signInApart(url), ...(username && { username }), ...(password && { password }) };
}

/** The address without the user name and password that may be in it, and those: nothing that shows it may show them. */
function signInApart(address: string): { url: string; username?: string; password?: string } {
  const url = new URL(address);
  const { username, password } = url;
  if (username + password === '') return { url: address };
  url.username = '';
  url.password = '';
  return {
    url: url.href,
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}

function databaseOf(get: Get): DatabaseSettings | undefined {
  const url = urlOf(get, 'BYFLYT_DATABASE_URL', ['http:', 'https:']);
  if (url === undefined) return undefined;
  const optional = ['TOKEN', 'ORG', 'BUCKET', 'USERNAME', 'PASSWORD', 'CA'] as const;
  const given = optional
    .map((part) => [part.toLowerCase(), get(`BYFLYT_DATABASE_${part}`)])
    .filter(([, value]) => value !== '');
  return {
    ...signInApart(url),
    ...Object.fromEntries(given),
    ...(get('BYFLYT_DATABASE_GZIP') !== 'auto' && { gzip: switchOf(get, 'BYFLYT_DATABASE_GZIP') }),
    ...(get('BYFLYT_DATABASE_DAYS') !== '' && { retentionDays: amountOf(get, 'BYFLYT_DATABASE_DAYS') }),
  };
}

function keptOf(get: Get): { kept?: KeptDays } {
  const kept: KeptDays = {
    ...(get('BYFLYT_DATABASE_DAYS') !== '' && { retentionDays: amountOf(get, 'BYFLYT_DATABASE_DAYS') }),
    ...(get('BYFLYT_DATABASE_RAW_DAYS') !== '' && { rawDays: amountOf(get, 'BYFLYT_DATABASE_RAW_DAYS') }),
  };
  return Object.keys(kept).length > 0 ? { kept } : {};
}

function languageOf(value: string, environment: Environment): Language {
  if (value === '') return environmentLanguage(environment);
  if (/^(nb|no|nn|en)([-_]|$)/i.test(value)) return languageFor(value);
  throw new ConfigurationError({ key: 'app.error.language', parameters: { value } });
}

function timeZoneOf(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch (error) {
    throw new ConfigurationError({ key: 'app.error.time_zone', parameters: { value } }, { cause: error });
  }
}
