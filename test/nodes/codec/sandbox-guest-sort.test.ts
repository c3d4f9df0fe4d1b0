import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { guestSort } from '../../../nodes/codec/sandbox-guest-sort.ts';

/** Numbers in the order of the sandbox's sort, with that of Node.js back in place afterwards. */
function sorted(list: readonly unknown[], compare: (one: number, other: number) => unknown): unknown[] {
  const native = Array.prototype.sort;
  const copy = [...list];
  guestSort();
  try {
    return copy.sort(compare as never);
  } finally {
    Array.prototype.sort = native;
  }
}

const COMPARISONS: Record<string, (one: number, other: number) => unknown> = {
  correct: (one, other) => one - other,
  'a boolean': (one, other) => one > other,
  'the other boolean': (one, other) => one < other,
  'no equality': (one, other) => (one < other ? -1 : 1),
  'no less': (one, other) => (one > other ? 1 : 0),
  'by a part': (one, other) => (one % 3) - (other % 3),
  'not transitive': (one, other) => ((one * 7 + other * 3) % 5) - 2,
  'not a number': () => Number.NaN,
};

describe("the sandbox's sort gives what Node.js's gives", () => {
  const lists = fc.array(fc.option(fc.nat(20), { nil: undefined, freq: 10 }), { maxLength: 80 });
  for (const [name, compare] of Object.entries(COMPARISONS)) {
    it(name, () => {
      fc.assert(
        fc.property(lists, (list) =>
          assert.deepEqual(sorted(list, compare), [...list].sort(compare as never)),
        ),
      );
    });
  }
});
