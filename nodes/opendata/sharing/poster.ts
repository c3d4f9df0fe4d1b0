import { createHash } from 'node:crypto';
import { ConfigurationError } from '../../observation/errors.ts';
import type { Entry } from '../site.ts';
import { LONGEST, neverArrived, publish, UncertainError } from './channels.ts';
import { type Post, postOf } from './post.ts';
import type { PostBook } from './post-book.ts';
import { CHART_PERIOD, periodName } from './post-period.ts';
import type { DraftSettings, ShareSettings } from './settings.ts';

export interface PosterOptions {
  settings: ShareSettings;
  book: PostBook;
  /** Whose posts; with the period it names a post. */
  scope: string;
  /** IANA name. */
  timeZone: string;
}

/** What came of it: `waiting` for the next period, `empty` as nothing is worth telling, or a post. */
export type PostOutcome = { kind: 'waiting' | 'empty' } | { kind: 'posted'; post: Post; period: string };

/** Makes one post per period at most, whatever happens in between. */
export class Poster {
  readonly #options: PosterOptions;

  constructor(options: PosterOptions) {
    this.#options = options;
  }

  /** Called at the start: a node put up today says nothing of a morning that has passed. */
  begin(now: number): void {
    const { book, settings } = this.#options;
    if (book.isNew && settings.when === 'clock') book.note(this.#period(now), 'skipped', now);
  }

  /** Posts if this period's post is due. Throws what kept it from being posted. `base`: our public address. */
  async post(entry: Entry, base: string | undefined, now: number): Promise<PostOutcome> {
    const { book, settings, scope } = this.#options;
    const period = this.#period(now);
    if (!book.isOpen(period, now)) return { kind: 'waiting' };
    const post = await draftOf(entry, settings, { base, now, timeZone: this.#options.timeZone });
    if (!post) return { kind: 'empty' };
    book.note(period, 'begun', now);
    try {
      const { channel } = settings;
      if (channel) await publish(post, channel, keyOf(scope, period));
    } catch (error) {
      this.#failed(period, error, now);
      throw error;
    }
    book.note(period, 'posted', now);
    return { kind: 'posted', post, period };
  }

  #period(now: number): string {
    const { settings, timeZone } = this.#options;
    return periodName(now, settings.each, settings.hour, timeZone);
  }

  #failed(period: string, error: unknown, now: number): void {
    const { book } = this.#options;
    if (error instanceof UncertainError) book.note(period, 'uncertain', now);
    else if (error instanceof ConfigurationError || neverArrived(error)) book.reopen(period);
    else book.note(period, 'retry', now);
  }
}

/**
 * The post as it would be made now; undefined if nothing is worth telling. `base`: our public address;
 * `evenMadeUp`: for a look at it in the form.
 */
export function draftOf(
  entry: Entry,
  settings: DraftSettings,
  {
    base,
    now,
    timeZone,
    evenMadeUp = false,
  }: { base: string | undefined; now: number; timeZone: string; evenMadeUp?: boolean },
): Promise<Post | undefined> {
  const { places, quantity, template, each, language, kind } = settings;
  const options = {
    places,
    template,
    longest: LONGEST[kind],
    period: CHART_PERIOD[each],
    base,
    now,
    evenMadeUp,
  };
  return postOf(entry, { ...options, ...(quantity !== undefined && { quantity }) }, { language, timeZone });
}

function keyOf(scope: string, period: string): string {
  return createHash('sha256').update(`${scope} ${period}`).digest('hex').slice(0, 32);
}
