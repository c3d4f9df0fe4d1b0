import type { Value } from '../observation/observation.ts';
import type { Point } from './store.ts';

/**
 * The points of lines of InfluxDB line protocol as `lineOf` writes them, times in ms. Each keeps its line.
 * Throws SyntaxError for anything else.
 */
export function pointsOfLines(text: string): Point[] {
  const parser = new LineParser(text);
  const points: Point[] = [];
  while (!parser.atEnd) points.push(parser.point());
  return points;
}

class LineParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  point(): Point {
    const start = this.#at;
    const measurement = this.#name(MEASUREMENT);
    const tags: Record<string, string> = {};
    while (this.#take(',')) {
      const name = this.#name();
      this.#expect('=');
      tags[name] = this.#name();
    }
    this.#expect(' ');
    const fields: Record<string, Value> = {};
    do {
      const name = this.#name();
      this.#expect('=');
      fields[name] = this.#value();
    } while (this.#take(','));
    this.#expect(' ');
    const time = Number(this.#word());
    const line = this.#text.slice(start, this.#at);
    if (!this.atEnd) this.#expect('\n');
    return { measurement, tags, fields, time, line };
  }

  /** Up to the next separator that no backslash escapes. */
  #name({ isEnd, escaped } = NAME): string {
    const start = this.#at;
    let escapes = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === BACKSLASH && isEnd(this.#text.charCodeAt(this.#at + 1))) {
        escapes = true;
        this.#at++;
      } else if (isEnd(code)) break;
    }
    const raw = this.#text.slice(start, this.#at);
    return escapes ? raw.replaceAll(escaped, '$1') : raw;
  }

  #value(): Value {
    if (this.#take('"')) return this.#quoted();
    const word = this.#word();
    if (word === 'T' || word === 'F') return word === 'T';
    const number = Number(word.endsWith('i') ? word.slice(0, -1) : word);
    if (word === '' || Number.isNaN(number)) throw this.#error();
    return number;
  }

  #quoted(): string {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === BACKSLASH) this.#at++;
      else if (code === QUOTE) {
        const raw = this.#text.slice(start, this.#at++);
        return raw.includes('\\') ? raw.replaceAll(/\\(["\\])/g, '$1') : raw;
      }
    }
    throw this.#error();
  }

  #word(): string {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === COMMA || code === SPACE || code === NEWLINE) break;
    }
    return this.#text.slice(start, this.#at);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#error();
  }

  #error(): SyntaxError {
    return new SyntaxError(`no line protocol at character ${this.#at}`);
  }
}

const [NEWLINE, SPACE, QUOTE, COMMA, EQUALS, BACKSLASH] = [0x0a, 0x20, 0x22, 0x2c, 0x3d, 0x5c];

/** What ends a name if no backslash stands before it. */
const NAME = {
  isEnd: (code: number) => code === COMMA || code === EQUALS || code === SPACE,
  escaped: /\\([,= ])/g,
};
/** An equals sign is nothing special in a measurement. */
const MEASUREMENT = {
  isEnd: (code: number) => code === COMMA || code === SPACE,
  escaped: /\\([, ])/g,
};
