import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineOf } from '../../../nodes/timeseries/line-protocol.ts';
import { POINT_FORMAT } from '../../../nodes/timeseries/point-format.ts';
import { cleanTags } from '../../../nodes/timeseries/series.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';

/** Texts of the characters that line protocol gives a meaning, and of any others. */
const WILD = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ',', '=', ' ', '\\', '"', '\n', '\t', '[', '#', 'ø', '😀') }),
  fc.string({ unit: 'grapheme' }),
);
const NAME = WILD.filter((text) => text !== '__proto__');
const VALUE = fc.oneof(
  WILD,
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 1e21, 5e-324, Number.MAX_VALUE, Number.POSITIVE_INFINITY),
);
const POINT: fc.Arbitrary<Point> = fc.record({
  measurement: NAME,
  tags: fc.dictionary(NAME, WILD, { maxKeys: 3, noNullPrototype: true }),
  fields: fc.dictionary(NAME, VALUE, { maxKeys: 3, noNullPrototype: true }),
  time: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, 0, 0.5, Number.NaN)),
});

describe('points on disk', () => {
  it('are the same points afterwards, whatever their names and values are', () => {
    fc.assert(
      fc.property(fc.array(POINT, { maxLength: 3 }), (points) => {
        const lines = points.map(linesOrNone);
        const found = POINT_FORMAT.decode(POINT_FORMAT.encode(structuredClone(points)));
        assert.equal(found.length, points.length);
        for (const [index, { line: _, ...point }] of found.entries()) {
          if (!lines.every((line) => line !== undefined)) continue;
          const { measurement, tags, fields, time } = points[index] ?? point;
          const expected = { measurement, tags: cleanTags(tags), fields: plain(fields), time };
          assert.deepEqual({ ...point, tags: cleanTags(point.tags), fields: plain(point.fields) }, expected);
          assert.equal(lineOf(point), lines[index]);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

function linesOrNone(point: Point): string | undefined {
  try {
    return lineOf(point);
  } catch {
    return undefined;
  }
}

/** Quality flags are integers, and there is one zero. */
function plain(fields: Point['fields']): Point['fields'] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'number' ? (name.endsWith('_qc') ? Math.trunc(value) : value) + 0 : value,
    ]),
  );
}
