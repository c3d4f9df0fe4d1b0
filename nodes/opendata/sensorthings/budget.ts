import { invalid } from './request-problem.ts';

export interface Allowance {
  /** Observations and other entities that may be looked at. */
  looks: number;
  /** Entities in an answer, with those inside of others. */
  entities: number;
  /** ms that an answer may take. */
  time: number;
}

export const ALLOWANCE: Allowance = { looks: 1_000_000, entities: 10_000, time: 8000 };

/** A question to the database costs as much as so many looks. */
const QUESTION = 100;

/** What one request may cost, so that nobody's question keeps the others waiting. */
export class Budget {
  #looks: number;
  #entities: number;
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
