import type { Problem } from '../observation/errors.ts';
import { excerptOf, tagFaultOf } from '../observation/tag-values.ts';

/** How many different values tags may have, as each of them is a series that the database keeps in mind for ever. */
export interface TagPolicy {
  /** Different values per measurement and tag, those of registered devices not counted. */
  limits: Readonly<Record<string, number>>;
  /** Whether a registered device has this id, or this place: such values are bounded by the registry. */
  isRegistered(tag: string, value: string): boolean;
  /** Hears of a tag that comes near its limit. */
  onWarning(problem: Problem): void;
}

/** The limits in `RED.settings`: `byflyt.tagLimits`. */
export function tagLimitsOf(settings: object): TagPolicy['limits'] {
  const { byflyt } = settings as { byflyt?: { tagLimits?: TagPolicy['limits'] } };
  return byflyt?.tagLimits ?? {};
}

/** For a tag that `TagPolicy.limits` does not name. */
const DEFAULT_LIMIT = 1000;
/** Share of the limit at which somebody is told. */
const WARN_AT = 0.8;
/** Times that a device's numbered tag may be higher than before: a thing that is moved has few places, a counter many. */
const MOVES = 3;
const NUMBER = /^\d+(?:\.\d+)?$/;

/** The tag values of one measurement. */
export class TagBounds {
  readonly #measurement: string;
  readonly #policy: TagPolicy;
  readonly #changed: () => void;
  /** Tag -> values that were found good, those of registered devices too. */
  readonly #good = new Map<string, Set<string>>();
  /** Tag -> values that count towards the limit. */
  readonly #counted: Map<string, Set<string>>;
  readonly #numbers = new Map<string, { last: number; rises: number }>();

  /** `saved`: what `toJSON` gave; `changed` is called when it gives something else. */
  constructor(
    measurement: string,
    saved: Readonly<Record<string, readonly string[]>>,
    policy: TagPolicy,
    changed: () => void,
  ) {
    this.#measurement = measurement;
    this.#policy = policy;
    this.#changed = changed;
    this.#counted = new Map(Object.entries(saved).map(([tag, values]) => [tag, new Set(values)]));
    for (const [tag, values] of this.#counted) {
      this.#good.set(tag, new Set(values));
      this.#warn(tag, values.size);
    }
  }

  /** Whether all values were found good before. On the way of every point. */
  accept(tags: Readonly<Record<string, string>>): boolean {
    for (const tag in tags) if (!this.#good.get(tag)?.has(tags[tag] ?? '')) return false;
    return true;
  }

  /** Decides on new values; gives the first one's problem if it must not name a series. */
  judge(tags: Readonly<Record<string, string>>): Problem | undefined {
    for (const [tag, value] of Object.entries(tags)) {
      if (this.#good.get(tag)?.has(value)) continue;
      const problem = this.#judge(tag, value, tags.device ?? '');
      if (problem) return problem;
      setOf(this.#good, tag).add(value);
    }
    return undefined;
  }

  toJSON(): Record<string, string[]> {
    return Object.fromEntries([...this.#counted].map(([tag, values]) => [tag, [...values]]));
  }

  #judge(tag: string, value: string, device: string): Problem | undefined {
    if (this.#policy.isRegistered(tag, value)) return undefined;
    const fault = tagFaultOf(value) ?? (tag !== 'device' && this.#grows(tag, value, device) && 'growing');
    const parameters = { tag, value: excerptOf(value) };
    if (fault) return { key: `timeseries.guard.tag_${fault}`, parameters };
    const [counted, limit] = [setOf(this.#counted, tag), this.#limit(tag)];
    if (counted.size >= limit)
      return { key: 'timeseries.guard.tag_many', parameters: { ...parameters, limit } };
    counted.add(value);
    this.#changed();
    this.#warn(tag, counted.size);
    return undefined;
  }

  #grows(tag: string, value: string, device: string): boolean {
    if (!NUMBER.test(value)) return false;
    const number = Number(value);
    const key = `${tag} ${device}`;
    const before = this.#numbers.get(key) ?? { last: number, rises: 0 };
    const rises = number > before.last ? before.rises + 1 : before.rises;
    this.#numbers.set(key, { last: number, rises });
    return rises >= MOVES;
  }

  #warn(tag: string, count: number): void {
    const limit = this.#limit(tag);
    if (count < limit * WARN_AT) return;
    const parameters = { tag, measurement: this.#measurement, count, limit };
    this.#policy.onWarning({ key: 'timeseries.guard.tag_warning', parameters });
  }

  #limit(tag: string): number {
    return this.#policy.limits[tag] ?? DEFAULT_LIMIT;
  }
}

function setOf(sets: Map<string, Set<string>>, name: string): Set<string> {
  let set = sets.get(name);
  if (!set) {
    set = new Set();
    sets.set(name, set);
  }
  return set;
}
