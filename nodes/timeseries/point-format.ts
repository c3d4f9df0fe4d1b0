import type { ItemFormat } from '../persistence/outbox.ts';
import { pointsOfLines } from './line-parser.ts';
import { lineOf } from './line-protocol.ts';
import type { Point } from './store.ts';

/** Begins a text that is JSON; no line of line protocol begins so here, as measurements are areas and our own names. */
const JSON_MARK = '[';

/** The point keeps its line: the database is to have the same one. */
function lineIn(point: Point): string {
  point.line ??= lineOf(point);
  return point.line;
}

/** Points on disk: line protocol, as databases take it, or JSON where no database would take one of the points. */
export const POINT_FORMAT: ItemFormat<Point[]> = {
  encode(points) {
    try {
      return points.map(lineIn).join('\n');
    } catch {
      // The database's adapter says what is wrong with it, when it is to be written.
      return JSON.stringify(points);
    }
  },
  decode: (text) => (text.startsWith(JSON_MARK) ? (JSON.parse(text) as Point[]) : pointsOfLines(text)),
};
