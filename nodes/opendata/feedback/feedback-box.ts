import { randomUUID } from 'node:crypto';
import type { PublicLanguage } from '../../observation/messages.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import { masked } from './mask.ts';

/** What somebody said of a dataset or of a place in it. Nothing in it tells who that was. */
export interface Feedback {
  /** ms since 1970 UTC. */
  time: number;
  /** Ids. */
  dataset: string;
  place?: string;
  /** Whether what the page shows is right, if they said so. */
  verdict?: Verdict;
  text: string;
  language: PublicLanguage;
}

export const VERDICTS = ['right', 'wrong'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface KeptFeedback extends Feedback {
  key: string;
}

const PREFIX = 'public-feedback/';
/** Characters of a text; the form says so. */
export const MOST_CHARACTERS = 1000;
/** Staff who have not looked at so many have no use for more. */
const MOST_KEPT = 1000;
const YEAR = 365 * 86_400_000;

/** Keeps it on disk, with what is personal masked; older than a year is thrown away. False if the box is full. */
export function keepFeedback(state: StateStore, feedback: Feedback): boolean {
  for (const { key, time } of feedbackIn(state)) if (time < feedback.time - YEAR) state.delete(key);
  if (state.keys(PREFIX).length >= MOST_KEPT) return false;
  const text = masked(feedback.text.slice(0, MOST_CHARACTERS));
  state.set(`${PREFIX}${randomUUID()}`, { ...feedback, text } satisfies Feedback, 'now');
  return true;
}

/** Everything that staff have not done with yet, newest first. */
export function feedbackIn(state: StateStore): KeptFeedback[] {
  return state
    .keys(PREFIX)
    .flatMap((key) => {
      const feedback = state.get<Feedback>(key);
      return feedback ? [{ ...feedback, key }] : [];
    })
    .sort((a, b) => b.time - a.time);
}

/** Staff are done with it. False if it is gone already. */
export function discardFeedback(state: StateStore, key: string): boolean {
  if (!key.startsWith(PREFIX) || state.get(key) === undefined) return false;
  state.delete(key);
  return true;
}
