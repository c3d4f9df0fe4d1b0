import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { FoundColumns, type FoundRow, TagList } from '../../../nodes/timeseries/found-columns.ts';
import { packedPart, unpack } from '../../../nodes/timeseries/row-packing.ts';

const FIELDS = [
  { name: 't', type: 'number' },
  { name: 't_qc', type: 'integer' },
  { name: 'on', type: 'boolean' },
  { name: 'text', type: 'string' },
] as const;

const cells = fc.tuple(
  fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.option(fc.constantFrom(1, 4)),
  fc.option(fc.constantFrom(0, 1)),
  fc.option(fc.string()),
);
/** Times from the whole of what a date can be, so that time and place do not fit into one number. */
const times = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -8.64e15, max: 8.64e15 }));
const rows: fc.Arbitrary<FoundRow[]> = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), times, cells)
    .map(([series, time, values]) => [series, time, ...values]),
  { maxLength: 40 },
);

function plain([series, time, t, flag, on, text]: FoundRow) {
  const values = Object.entries({ t, t_qc: flag, on: on === null ? null : on === 1, text });
  return {
    time,
    tags: { device: `${series}` },
    values: Object.fromEntries(values.filter(([, one]) => one !== null)),
  };
}

describe('columns of found rows', () => {
  for (const order of ['ascending', 'descending'] as const) {
    it(`hold the rows in ${order} order of time, and else as they came`, () => {
      const found = new FoundColumns(FIELDS, new TagList((series) => ({ device: `${series}` })));
      fc.assert(
        fc.property(rows, fc.integer({ min: 0, max: 40 }), (given, half) => {
          found.add(given.slice(0, half));
          found.add(given.slice(half));
          const sorted = given.toSorted(([, a], [, b]) => (order === 'ascending' ? a - b : b - a));
          const portions = [...found.portions(7, order)];
          assert.ok(portions.every(({ times }) => times.length <= 7));
          assert.deepEqual(portions.flatMap(unpack), sorted.map(plain));
          const [first] = portions;
          if (first)
            assert.deepEqual(unpack(packedPart(first, 2, 5)), sorted.slice(0, 7).slice(2, 5).map(plain));
          found.clear();
          assert.deepEqual([...found.portions(7, order)], []);
        }),
      );
    });
  }
});
