import type { Span } from './conditions.ts';
import { invalid } from './request-problem.ts';

/** How far pages of Observations have come: the link to the next one names a second, and how many of it were delivered. */
export class Position {
  isMore = false;
  readonly #from: { second: number; skip: number } | undefined;
  #skip: number;
  readonly #before: number;
  #last: { second: number; delivered: number } | undefined;
  #total = 0;

  /** Throws RequestError if the token is none of ours. */
  constructor(token: string | undefined, skip: number) {
    this.#from = token === undefined ? undefined : positionFrom(token);
    // A token stands for all that `$skip` says, and needs not be counted again.
    this.#skip = this.#from ? this.#from.skip : skip;
    this.#before = skip;
    this.#last = this.#from && { second: this.#from.second, delivered: this.#from.skip };
  }

  /** What is left of a span. */
  rest(span: Span, isDescending: boolean): Span {
    if (!this.#from) return span;
    const start = this.#from.second * 1000;
    if (isDescending) return { ...span, to: Math.min(span.to ?? Infinity, start + 1000) };
    return { ...span, from: Math.max(span.from ?? -Infinity, start) };
  }

  /** Whether an Observation of this second belongs to the page; those before it are counted off. */
  isReached(second: number, isDescending: boolean): boolean {
    if (this.#from && (isDescending ? second > this.#from.second : second < this.#from.second)) return false;
    if (this.#skip === 0) return true;
    const isPast = this.#from !== undefined && second !== this.#from.second;
    if (isPast) {
      this.#skip = 0;
      return true;
    }
    this.#skip -= 1;
    if (!this.#from) this.#note(second);
    return false;
  }

  delivered(second: number): void {
    this.#total += 1;
    this.#note(second);
  }

  next(): { skip: number; token?: string } {
    const skip = this.#before + this.#total;
    return this.#last ? { skip, token: `${this.#last.second}.${this.#last.delivered}` } : { skip };
  }

  #note(second: number): void {
    this.#last = { second, delivered: this.#last?.second === second ? this.#last.delivered + 1 : 1 };
  }
}

function positionFrom(token: string): { second: number; skip: number } {
  const [, second, skip] = /^(-?\d{1,12})\.(\d{1,7})$/.exec(token) ?? [];
  if (second === undefined) throw invalid('token');
  return { second: Number(second), skip: Number(skip) };
}
