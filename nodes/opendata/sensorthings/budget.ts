import { RequestError } from '../parameters.ts';
import { invalid } from './request-problem.ts';

export interface Allowance {
  /** Observations and other entities that may be looked at. */
  looks: number;
  /** Entities in an answer, with those inside of others. */
  entities: number;
  /** ms that an answer may take. */
  time: number;
}

export const ALLOWANCE: Allowance = { looks: 1_000_000, entities: 10_000, time: 15_000 };

/** A question to the database costs as much as so many looks. */
const QUESTION = 100;

/** Requests that read long histories at the same time: the others must not wait behind them. */
const MOST_LONG = 4;
/** Seconds after which one of them is probably done. */
const RETRY = 10;

let long = 0;

/** What one request may cost, so that nobody's question keeps the others waiting. */
export class Budget {
  #looks: number;
  #entities: number;
  #isLong = false;
  readonly #until: number;

  constructor({ looks, entities, time }: Allowance = ALLOWANCE) {
    this.#looks = looks;
    this.#entities = entities;
    this.#until = performance.now() + time;
  }

  /** The database is asked. Throws RequestError that says how to ask for less. */
  question(): void {
    this.#looks -= QUESTION;
    if (this.#looks < 0 || performance.now() > this.#until) throw invalid('too_much');
  }

  /** A long history is read. Throws RequestError (503) if others do so already; `end` must follow. */
  startLong(): void {
    if (this.#isLong) return;
    if (long >= MOST_LONG)
      throw new RequestError({ key: 'opendata.request.busy' }, { status: 503, retryAfter: RETRY });
    long += 1;
    this.#isLong = true;
  }

  /** The request is answered. */
  end(): void {
    if (this.#isLong) long -= 1;
    this.#isLong = false;
  }

  /** Another one was looked at. Throws RequestError that says how to ask for less. */
  look(): void {
    this.#looks -= 1;
    const isTimeToLook = this.#looks % 256 === 0;
    if (this.#looks < 0 || (isTimeToLook && performance.now() > this.#until)) throw invalid('too_much');
  }

  /** Another one is in the answer. Throws RequestError that says how to ask for less. */
  answer(): void {
    this.#entities -= 1;
    if (this.#entities < 0) throw invalid('too_many');
  }
}
