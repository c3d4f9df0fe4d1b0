import type { Functions } from './functions.ts';
import { FUNCTIONS } from './functions.ts';
import { type Token, tokens, unreadable } from './lexer.ts';
import { type Navigation, navigationOf, propertyOf, type SetName } from './model.ts';
import { invalid } from './request-problem.ts';
import type { Value } from './values.ts';

/** The way from an entity to a value: over other entities to a property, and into it. */
export interface Path {
  kind: 'path';
  /** Entities on the way. */
  steps: readonly Step[];
  /** `id` or a property of the last of them. */
  property: string;
  type: 'id' | NonNullable<ReturnType<typeof propertyOf>>;
  /** Names inside of a property that has parts. */
  parts: readonly string[];
}

export interface Step extends Navigation {
  /** All names up to here, which tells this step from others: `Datastreams/Observations`. */
  key: string;
  name: string;
}

export type Expression =
  | { kind: 'literal'; value: Value }
  | Path
  | { kind: 'call'; name: keyof Functions; args: readonly Expression[] }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression }
  | { kind: 'not' | 'negate'; operand: Expression };

/** Operators by how tightly they bind, loosest first (OData 4.0, part 2, 5.1.1.9). */
const LEVELS = [
  ['or'],
  ['and'],
  ['eq', 'ne'],
  ['gt', 'ge', 'lt', 'le'],
  ['add', 'sub'],
  ['mul', 'div', 'mod'],
] as const;
export type Operator = (typeof LEVELS)[number][number];
/** `not a gt b` is the opposite of `a gt b`. */
const BELOW_NOT = 2;

/** Expressions inside of expressions. */
const MOST_NESTED = 40;
/** Entities on the way to a property. */
const MOST_STEPS = 8;

/** Reads expressions of `$filter` and `$orderby` about entities of one set. */
export class ExpressionReader {
  readonly #text: string;
  readonly #set: SetName;
  readonly #tokens: readonly Token[];
  #next = 0;
  #nested = 0;

  /** Throws RequestError if the text has words that are none. */
  constructor(text: string, set: SetName) {
    this.#text = text;
    this.#set = set;
    this.#tokens = tokens(text);
  }

  /** The next expression. Throws RequestError that says where it stops making sense, or which name is unknown. */
  expression(level = 0): Expression {
    this.#nested += 1;
    if (this.#nested > MOST_NESTED * LEVELS.length) throw invalid('nested', { most: MOST_NESTED });
    const read = this.#level(level);
    this.#nested -= 1;
    return read;
  }

  /** Takes the next word if it is this one. */
  takes(word: string): boolean {
    const token = this.#tokens[this.#next];
    const found = (token?.type === 'name' || token?.type === 'mark') && token.text === word;
    if (found) this.#next += 1;
    return found;
  }

  /** Throws RequestError if anything is left. */
  end(): void {
    if (this.#token().type !== 'end') throw this.#unreadable();
  }

  #level(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    if (level === BELOW_NOT && this.takes('not')) return { kind: 'not', operand: this.expression(BELOW_NOT) };
    let left = this.expression(level + 1);
    for (;;) {
      const operator = operators.find((word) => this.takes(word));
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: this.expression(level + 1) };
    }
  }

  #unary(): Expression {
    if (this.takes('-')) return { kind: 'negate', operand: this.#nest(() => this.#unary()) };
    if (this.takes('not')) return { kind: 'not', operand: this.#nest(() => this.#unary()) };
    if (this.takes('(')) {
      const inner = this.expression();
      if (!this.takes(')')) throw this.#unreadable();
      return inner;
    }
    const token = this.#token();
    if (token.type === 'literal') {
      this.#next += 1;
      return { kind: 'literal', value: token.value };
    }
    if (token.type !== 'name') throw this.#unreadable();
    this.#next += 1;
    return this.takes('(') ? this.#call(token.text) : pathOf(token.text, this.#set);
  }

  #nest<T>(read: () => T): T {
    this.#nested += LEVELS.length;
    if (this.#nested > MOST_NESTED * LEVELS.length) throw invalid('nested', { most: MOST_NESTED });
    const result = read();
    this.#nested -= LEVELS.length;
    return result;
  }

  #call(written: string): Expression {
    const name = written.toLowerCase();
    if (!isFunction(name)) throw invalid('function', { name: written.slice(0, 40) });
    const args: Expression[] = [];
    if (!this.takes(')')) {
      do args.push(this.expression());
      while (this.takes(','));
      if (!this.takes(')')) throw this.#unreadable();
    }
    const { least, most } = FUNCTIONS[name];
    if (args.length < least || args.length > most) throw invalid('arguments', { name, count: args.length });
    return { kind: 'call', name, args };
  }

  #token(): Token {
    return this.#tokens[this.#next] ?? { type: 'end', text: '', at: this.#text.length };
  }

  #unreadable() {
    return unreadable(this.#text, this.#token().at);
  }
}

/** The expression of a `$filter`. Throws RequestError. */
export function filterFrom(text: string, set: SetName): Expression {
  const reader = new ExpressionReader(text, set);
  const filter = reader.expression();
  reader.end();
  return filter;
}

function isFunction(name: string): name is keyof Functions {
  return Object.hasOwn(FUNCTIONS, name);
}

/** A way through the model. Throws RequestError that names what is unknown. */
function pathOf(text: string, set: SetName): Path {
  const names = text.split('/');
  const steps: Step[] = [];
  let here = set;
  for (const [at, name] of names.entries()) {
    const navigation = navigationOf(here, name);
    if (!navigation) return { kind: 'path', steps, ...propertyAt(here, name, names.slice(at + 1)) };
    if (steps.length === MOST_STEPS) throw invalid('steps', { most: MOST_STEPS });
    steps.push({ ...navigation, name, key: names.slice(0, at + 1).join('/') });
    here = navigation.set;
  }
  throw invalid('no_property', { name: text.slice(0, 80) });
}

function propertyAt(set: SetName, name: string, parts: string[]): Pick<Path, 'property' | 'type' | 'parts'> {
  if ((name === 'id' || name === '@iot.id') && parts.length === 0)
    return { property: 'id', type: 'id', parts };
  const type = propertyOf(set, name);
  const known =
    type !== undefined && (parts.length === 0 || type === 'json' || type === 'any' || type === 'geometry');
  if (!known) throw invalid('property', { name: [name, ...parts].join('/').slice(0, 80), set });
  return { property: name, type, parts };
}
