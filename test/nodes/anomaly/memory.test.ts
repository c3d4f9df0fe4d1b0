import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Layout, Memory } from '../../../nodes/anomaly/memory.ts';
import { Peaks } from '../../../nodes/anomaly/peaks.ts';
import { Recent } from '../../../nodes/anomaly/recent.ts';

const layout = new Layout();
const recent = new Recent(layout, 7);
const peaks = new Peaks(layout, 5);
layout.exact(3);
layout.rounded(30);

const counts = fc.integer({ min: 0, max: 70_000 });
const numbers = fc.oneof(counts, fc.float({ noNaN: true }), fc.constant(0));

describe('memory of a detector', () => {
  it('is restored exactly', () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 40 }), fc.array(fc.double({ noNaN: true })), (many, few) => {
        const [memory, other] = [new Memory(layout), new Memory(layout)];
        memory.rounded.set(many.slice(0, memory.rounded.length));
        memory.exact.set(few.slice(0, memory.exact.length));
        assert.ok(other.restore(memory.toBytes()));
        assert.ok(memory.rounded.every((number, at) => number === other.rounded[at]));
        assert.ok(memory.exact.every((number, at) => Object.is(number, other.exact[at])));
      }),
    );
  });

  it('is empty after bytes that do not fit', () => {
    const memory = new Memory(layout);
    memory.rounded.fill(0.1);
    memory.exact.fill(1);
    const bytes = memory.toBytes();
    for (const wrong of [bytes.slice(0, -1), Uint8Array.of(...bytes, 0), new Uint8Array(3)]) {
      const other = new Memory(layout);
      assert.equal(other.restore(wrong), false);
      assert.ok(other.rounded.every((number) => number === 0) && other.exact.every((number) => number === 0));
    }
  });
});

describe('windows of a detector', () => {
  const series = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 });

  it('sum the newest numbers', () => {
    fc.assert(
      fc.property(series, fc.nat(7), fc.nat(7), (pushed, length, skip) => {
        const memory = new Memory(layout);
        for (const number of pushed) recent.push(memory, number);
        const kept = pushed.slice(-7).reverse();
        assert.equal(recent.count(memory), kept.length);
        fc.pre(skip + length <= kept.length);
        const expected = kept.slice(skip, skip + length).reduce((sum, number) => sum + number, 0);
        assert.equal(recent.sum(memory, length, skip), expected);
      }),
    );
  });

  it('know whether a number is beyond the newest ones', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 0, max: 10 }), (pushed, number) => {
        const memory = new Memory(layout);
        for (const each of pushed) peaks.push(memory, each);
        assert.equal(peaks.isBeyond(memory, number), number > Math.max(0, ...pushed.slice(-5)));
      }),
    );
  });
});
