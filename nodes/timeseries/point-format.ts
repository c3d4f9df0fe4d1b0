import type { ItemFormat } from '../persistence/outbox.ts';
import { pointsOfLines } from './line-parser.ts';
import { lineOf } from './line-protocol.ts';
import type { Point } from './store.ts';

/** Begins a text that is JSON, and so are points whose measurement begins with it. */
const JSON_MARK = '[';

/**
 * The points keep their lines, as the database is to have the same ones. Parts of one text take far less memory than
 * lines that are still the many pieces they were put together from.
 */
function linesOf(points: readonly Point[]): string {
  const lines = points.map((point) => point.line ?? lineOf(point));
  const text = lines.join('\n');
  let at = 0;
  for (const [index, point] of points.entries()) {
    const end = at + (lines[index]?.length ?? 0);
    point.line = text.slice(at, end);
    at = end + 1;
  }
  return text;
}

/** Points on disk: line protocol, as databases take it, or JSON where no database would take one of the points. */
export const POINT_FORMAT: ItemFormat<Point[]> = {
  encode(points) {
    try {
      const text = linesOf(points);
      if (!text.startsWith(JSON_MARK)) return text;
    } catch {
      // The database's adapter says what is wrong with it, when it is to be written.
    }
    return JSON.stringify(points);
  },
  decode: (text) => (text.startsWith(JSON_MARK) ? (JSON.parse(text) as Point[]) : pointsOfLines(text)),
};
