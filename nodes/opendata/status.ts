import type { Status } from '../observation/calm-status.ts';
import type { Problem } from '../observation/errors.ts';
import { type FlowNode, shorten } from '../observation/flow-node.ts';
import { describeError, type Language, translate } from '../observation/messages.ts';
import { named } from './preview.ts';
import type { Latest } from './reader.ts';
import { type Locale, momentText } from './wording.ts';

/** ms between a message and the look at the database: the reading is on its way there, and more will follow. */
const DELAY = 2000;

/** Keeps a node's status after what is published, however many messages come. */
export class PublishedStatus {
  readonly #node: FlowNode;
  readonly #read: () => Promise<Latest>;
  readonly #blocks: () => readonly Problem[];
  readonly #locale: Locale;
  #timer: NodeJS.Timeout | undefined;

  /** `blocks`: why it is not published at all; none if it is. */
  constructor(node: FlowNode, read: () => Promise<Latest>, blocks: () => readonly Problem[], locale: Locale) {
    this.#node = node;
    this.#read = read;
    this.#blocks = blocks;
    this.#locale = locale;
  }

  /** There may be something new: looks a moment later, once for all messages until then. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.show(), DELAY).unref();
  }

  /** Looks now. */
  async show(): Promise<void> {
    this.#timer = undefined;
    this.#node.status(await this.#status());
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #status(): Promise<Status> {
    const [block] = this.#blocks();
    if (block) return blockedStatus(block, this.#locale.language);
    try {
      return statusOf(await this.#read(), this.#locale, Date.now());
    } catch (error) {
      return { fill: 'yellow', shape: 'ring', text: describeError(error, this.#locale.language) };
    }
  }
}

function blockedStatus({ key, parameters = {} }: Problem, language: Language): Status {
  const reason = translate(language, key, named(parameters, language));
  const text = shorten(translate(language, 'opendata.status.blocked', { reason }));
  return { fill: 'yellow', shape: 'ring', text };
}

/** "published, 2 places, last 14:02". `now` in ms since 1970 UTC. */
export function statusOf({ places, sandbox, withheld: left }: Latest, locale: Locale, now: number): Status {
  const { language } = locale;
  const times = places.flatMap(({ time }) => time ?? []);
  if (places.length === 0 && left.length > 0) {
    const text = translate(language, 'opendata.status.nothing', { count: left.length });
    return { fill: 'yellow', shape: 'ring', text };
  }
  if (times.length === 0) {
    return { fill: 'grey', shape: 'ring', text: translate(language, 'opendata.status.empty') };
  }
  const text = translate(language, `opendata.status.published_${places.length === 1 ? 'one' : 'many'}`, {
    count: places.length,
    moment: momentText(Math.max(...times), now, locale),
  });
  const mark = sandbox ? translate(language, 'opendata.status.sandbox') : '';
  if (left.length === 0) return { fill: 'green', shape: sandbox ? 'ring' : 'dot', text: `${mark}${text}` };
  const withheld = translate(language, 'opendata.status.withheld', { count: left.length });
  return { fill: 'yellow', shape: 'dot', text: `${mark}${text}; ${withheld}` };
}
