import { ByflytError, ConfigurationError, ConnectionError, messageOf } from '../../observation/errors.ts';
import { type Call, call, jsonOf, type Reply } from './http-call.ts';
import { pngOf } from './picture.ts';
import type { Post } from './post.ts';

/** Where posts go. `none`: only to the node's output. */
export const CHANNELS = ['none', 'mastodon', 'slack', 'teams', 'json'] as const;
export type ChannelId = (typeof CHANNELS)[number];

export interface ChannelSettings {
  kind: ChannelId;
  /** A Mastodon server, or a webhook, whose address itself is a key. */
  url: URL;
  token?: string;
}

/** The post may have arrived or not, and asking again could post it twice. */
export class UncertainError extends ByflytError {}

/** Characters that a channel takes. */
export const LONGEST: Readonly<Record<ChannelId, number>> = {
  none: 2000,
  mastodon: 500,
  slack: 3000,
  teams: 3000,
  json: 2000,
};

/** Before anything was sent. */
const NEVER_ARRIVED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const LONGEST_REASON = 200;

/**
 * Posts. `key` names the post: a server that knows it already makes no second one of it (Mastodon; others may).
 * Throws ConnectionError or ConfigurationError if it certainly was not posted, UncertainError if nobody knows.
 */
export async function publish(post: Post, settings: ChannelSettings, key: string): Promise<void> {
  const sender = SENDERS[settings.kind];
  if (sender) await sender(post, settings, key);
}

type Sender = (post: Post, settings: ChannelSettings, key: string) => Promise<void>;

const SENDERS: Partial<Record<ChannelId, Sender>> = {
  mastodon: toMastodon,
  slack: (post, settings, key) => toWebhook(settings, key, slackMessage(post)),
  teams: (post, settings, key) => toWebhook(settings, key, teamsMessage(post)),
  json: async (post, settings, key) => toWebhook(settings, key, await jsonMessage(post)),
};

/** Mastodon's API: the picture first, then the status with a key that makes repeating it harmless. */
async function toMastodon(post: Post, settings: ChannelSettings, key: string): Promise<void> {
  const { picture } = post;
  const media: string[] = [];
  if (picture) {
    const body = new FormData();
    const png = await pngOf(picture);
    body.set('file', new Blob([new Uint8Array(png)], { type: 'image/png' }), `${post.dataset}.png`);
    body.set('description', picture.alt.slice(0, 1500));
    const reply = await ask(settings, { path: 'api/v2/media', body }, 'harmless');
    const { id } = (jsonOf(reply) ?? {}) as { id?: unknown };
    if (typeof id === 'string') media.push(id);
  }
  const status = { status: post.text, media_ids: media, language: post.language, visibility: 'public' };
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  await ask(settings, { path: 'api/v1/statuses', headers, body: JSON.stringify(status) }, 'harmless');
}

async function toWebhook(settings: ChannelSettings, key: string, message: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  await ask(settings, { headers, body: JSON.stringify(message) }, 'once');
}

const SLACK_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function slackMessage({ text, link, picture }: Post): object {
  const url = imageOf(link, picture);
  const image = url && { type: 'image', image_url: url, alt_text: picture?.alt };
  return {
    // Names that people typed call nobody (`<!channel>`).
    text: text.replace(/[&<>]/g, (letter) => SLACK_ENTITIES[letter] ?? letter),
    blocks: [{ type: 'section', text: { type: 'plain_text', text } }, ...(image ? [image] : [])],
  };
}

/** An Adaptive Card, as Teams' workflows take it. */
function teamsMessage({ text, link, title, picture }: Post): object {
  const url = imageOf(link, picture);
  const content = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: title, weight: 'Bolder', wrap: true },
      // A single line break is none in a card.
      { type: 'TextBlock', text: text.replaceAll('\n', '\n\n'), wrap: true },
      ...(url ? [{ type: 'Image', url, altText: picture?.alt }] : []),
    ],
    ...(link && { actions: [{ type: 'Action.OpenUrl', title, url: link }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  };
}

async function jsonMessage({ picture, ...post }: Post): Promise<object> {
  if (!picture) return post;
  const png = await pngOf(picture);
  return { ...post, alt: picture.alt, svg: picture.svg, png: png.toString('base64') };
}

/** Chats fetch the picture themselves, from our public site. */
function imageOf(link: string | undefined, picture: Post['picture']): string | undefined {
  return link && picture && `${link}chart.png`;
}

interface Question extends Partial<Pick<Call, 'headers' | 'body'>> {
  path?: string;
}

/** `repeating`: whether asking again could post twice. */
async function ask(
  { url, token }: ChannelSettings,
  { path, headers, body }: Question,
  repeating: 'harmless' | 'once',
): Promise<Reply> {
  const about = { server: url.host };
  const reply = await call({
    method: 'POST',
    url: path ? new URL(path, url) : url,
    headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }) },
    ...(body && { body }),
  }).catch((error: unknown) => {
    if (repeating === 'harmless' || error instanceof ConfigurationError || neverArrived(error)) throw error;
    throw new UncertainError({ key: 'opendata.share.uncertain', parameters: about }, { cause: error });
  });
  const { status } = reply;
  if (status < 300) return reply;
  const reason = (reply.text.trim().slice(0, LONGEST_REASON) || `HTTP ${status}`).replaceAll(
    token || '\0',
    '***',
  );
  const parameters = { ...about, reason };
  if (status >= 500 && repeating === 'once')
    throw new UncertainError({ key: 'opendata.share.uncertain', parameters });
  if (status >= 500 || status === 429) throw new ConnectionError({ key: 'opendata.share.busy', parameters });
  throw new ConfigurationError({ key: 'opendata.share.refused', parameters });
}

/** Nothing of a request reached the server: it certainly did nothing. */
export function neverArrived(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error ? (cause.cause as { code?: string } | undefined)?.code : undefined;
  return NEVER_ARRIVED.includes(code ?? '') || /ECONNREFUSED/.test(messageOf(cause));
}
