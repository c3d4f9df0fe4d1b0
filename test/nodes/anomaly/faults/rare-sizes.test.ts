import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { RareSizes } from '../../../../nodes/anomaly/faults/rare-sizes.ts';
import { randomNumbers } from '../series.ts';

const RARE = 1e-5;

function learned(count: number, size: (random: () => number) => number): RareSizes {
  const random = randomNumbers(3);
  const sizes = new RareSizes(new Float32Array(RareSizes.LENGTH));
  for (let i = 0; i < count; i++) sizes.learn(size(random), RARE);
  return sizes;
}

describe('what sizes are rare', () => {
  it('is not known of a few', () => {
    assert.equal(learned(100, (random) => random()).limit, Infinity);
  });

  it('lies beyond all of many ordinary ones, not far', () => {
    const sizes = learned(20_000, (random) => -Math.log(random()));
    assert.ok(sizes.limit > 9, `${sizes.limit}`);
    assert.ok(sizes.limit < 20, `${sizes.limit}`);
  });

  it('is hardly changed by what is far beyond the limit', () => {
    const sizes = learned(20_000, (random) => random());
    const before = sizes.limit;
    for (let i = 0; i < 32; i++) sizes.learn(1000, RARE);
    assert.ok(sizes.limit < 2 * before, `${before} ${sizes.limit}`);
  });
});
