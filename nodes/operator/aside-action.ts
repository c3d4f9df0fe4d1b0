import { type Language, translate } from '../observation/messages.ts';
import type { KeptAside } from '../timeseries/kept-aside.ts';

/** What may be done with a group, and what is said when nothing came of it or something did. */
const ACTIONS = {
  retry: { none: 'unchanged', some: 'retried' },
  discard: { none: 'gone', some: 'discarded' },
} as const;

/**
 * Tries a group of dead letters again, or throws it away, as the page asks: `{ action: 'retry' | 'discard', key }`.
 * Gives the sentence that says what became of it.
 */
export async function asideAction(body: unknown, aside: KeptAside, language: Language): Promise<string> {
  const { action, key } = (body ?? {}) as { action?: unknown; key?: unknown };
  const text = (sentence: string, count = 0) => translate(language, `operator.aside.${sentence}`, { count });
  const group = aside.groups().find((each) => each.key === key);
  if (!group || (action !== 'retry' && action !== 'discard')) return text('gone');
  const count = await aside[action](group.key);
  const { none, some } = ACTIONS[action];
  return text(count > 0 ? some : none, count);
}
