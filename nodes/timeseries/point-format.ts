import type { ItemFormat } from '../persistence/outbox.ts';
import { pointsOfLines } from './line-parser.ts';
import { lineOf } from './line-protocol.ts';
import type { Point } from './store.ts';

/** Begins a text that is JSON, and so are points whose measurement begins with it. */
const JSON_MARK = '[';

/** Whether points on disk are line protocol. */
export function isLines(text: string): boolean {
  return !text.startsWith(JSON_MARK);
}

/** Points on disk: line protocol, as databases take it, or JSON where no database would take one of the points. */
export const POINT_FORMAT: ItemFormat<Point[]> = {
  encode(points) {
    try {
      const text = points.map((point) => point.line ?? lineOf(point)).join('\n');
      if (isLines(text)) return text;
    } catch {
      // The database's adapter says what is wrong with it, when it is to be written.
    }
    return JSON.stringify(points);
  },
  decode: (text) => (isLines(text) ? pointsOfLines(text) : (JSON.parse(text) as Point[])),
};
