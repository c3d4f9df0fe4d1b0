import { ConfigurationError } from '../../observation/errors.ts';
import { PUBLIC_LANGUAGES, type PublicLanguage } from '../../observation/messages.ts';
import { isQuantity, type QuantityId } from '../../observation/quantities.ts';
import { CHANNELS, type ChannelId, type ChannelSettings } from './channels.ts';
import { serverAddress } from './http-call.ts';
import { EACH, type Each } from './post-period.ts';

/** The node's form, as Node-RED stores it. */
export interface ShareForm {
  /** Address (id) of the published dataset. */
  dataset?: string;
  language?: string;
  /** Names of places, one per line; empty: all. */
  places?: string;
  /** Of the chart; empty: the dataset's first; `none`: no chart. */
  quantity?: string;
  template?: string;
  when?: string;
  each?: string;
  /** On the local clock. */
  hour?: string | number;
  channel?: string;
}

/** Kept by Node-RED apart from the flow, encrypted: the address of a webhook is a key. */
export interface ShareCredentials {
  url?: string;
  token?: string;
}

/** What a post says, wherever it goes. */
export interface DraftSettings {
  language: PublicLanguage;
  places: string[];
  quantity?: QuantityId | null;
  template: string;
  /** By the clock, or when a message comes. */
  when: 'clock' | 'message';
  each: Each;
  hour: number;
  kind: ChannelId;
}

export interface ShareSettings extends DraftSettings {
  dataset: string;
  /** Absent: only to the node's output. */
  channel?: ChannelSettings;
}

/** Throws ConfigurationError that names the field to correct. */
export function shareSettings(form: ShareForm, credentials: ShareCredentials): ShareSettings {
  if (!form.dataset) throw wrong('opendata.sharing.dataset');
  const settings = draftSettings(form);
  const channel = channelOf(settings.kind, credentials);
  return { ...settings, dataset: form.dataset, ...(channel && { channel }) };
}

/** Without a channel's address and keys, for a look at the post. Throws ConfigurationError. */
export function draftSettings(form: ShareForm): DraftSettings {
  const { language, quantity = '', template = '', when } = form;
  const hour = Number(form.hour ?? 7);
  const each = oneOf(form.each, EACH, 'day');
  if (!Number.isInteger(hour) || hour < 0 || hour > 23) throw wrong('opendata.share.hour');
  return {
    language: oneOf(language, PUBLIC_LANGUAGES, 'nb'),
    places: (form.places ?? '')
      .split('\n')
      .map((name) => name.trim())
      .filter(Boolean),
    ...(quantity === 'none' ? { quantity: null } : isQuantity(quantity) && { quantity }),
    template,
    when: when === 'message' ? 'message' : 'clock',
    each,
    // What comes by message comes when it comes.
    hour: when === 'message' ? 0 : hour,
    kind: oneOf(form.channel, CHANNELS, 'none'),
  };
}

function channelOf(kind: ChannelId, credentials: ShareCredentials): ChannelSettings | undefined {
  if (kind === 'none') return undefined;
  const token = credentials.token?.trim();
  if (kind === 'mastodon' && !token) throw wrong('opendata.share.token');
  const address = serverAddress(credentials.url, 'opendata.share.url');
  // A webhook's address is taken as it is: a slash at its end would make it another.
  const url = kind === 'mastodon' ? address : new URL(credentials.url?.trim() ?? '');
  return { kind, url, ...(token && { token }) };
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[], otherwise: T): T {
  return allowed.find((entry) => entry === value) ?? otherwise;
}

function wrong(key: string): ConfigurationError {
  return new ConfigurationError({ key });
}
