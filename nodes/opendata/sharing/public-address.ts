import type { Publisher } from '../dataset.ts';

/**
 * Address of the open-data overview as the public knows it, with the final slash: the publisher's, else that of
 * `RED.settings`; undefined if neither says it, as nobody's request tells it here.
 */
export function publicBase({ baseUrl }: Publisher, settings: object): string | undefined {
  const { byflyt } = settings as { byflyt?: { publicUrl?: string } };
  const origin = baseUrl || byflyt?.publicUrl;
  return origin ? `${origin.replace(/\/+$/, '')}/opendata/` : undefined;
}
