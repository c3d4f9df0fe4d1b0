import assert from 'node:assert/strict';
import { pack, packedPart, transferable } from '../../../nodes/timeseries/row-packing.ts';

const TAGS = { device: 'a' };
const ROWS = [
  { time: 0, tags: TAGS, values: { level: 1.5, open: true, text: 'x' } },
  { time: 1000, tags: TAGS, values: { open: false } },
  { time: 2000, tags: { device: 'b' }, values: { level: -2 } },
];

describe('packed rows', () => {
  it('keep numbers as numbers, and everything else as it is', () => {
    const { fields, values } = pack(ROWS);
    assert.deepEqual(Object.fromEntries(fields.map((field, index) => [field, values[index]])), {
      level: Float64Array.of(1.5, Number.NaN, -2),
      open: [true, false, undefined],
      text: ['x', undefined, undefined],
    });
  });

  it('can be handed to another thread, whole or in parts', () => {
    const packed = pack(ROWS);
    const part = packedPart(packed, 1, 3);
    assert.deepEqual([...part.times], [1000, 2000]);
    assert.deepEqual(
      part.tagsOfRow.map((at) => (part.tags[at]?.device === 'a' ? 1 : 2)),
      Uint32Array.of(1, 2),
    );
    const there = structuredClone(packed, { transfer: transferable(packed) });
    assert.deepEqual(there, pack(ROWS));
    assert.equal(packed.times.length, 0, 'handed over, not copied');
  });
});
