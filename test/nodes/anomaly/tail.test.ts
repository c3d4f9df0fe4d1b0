import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Extremes } from '../../../nodes/anomaly/extremes.ts';
import { Layout, Memory } from '../../../nodes/anomaly/memory.ts';
import { TailEstimator } from '../../../nodes/anomaly/tail.ts';
import { randomNumbers } from './series.ts';

const layout = new Layout();
const tail = new TailEstimator(layout);
const extremes = new Extremes(layout);

function learned(magnitudes: readonly number[]): Memory {
  const memory = new Memory(layout);
  for (const each of magnitudes) tail.learn(memory, each, tail.surprise(memory, each));
  return memory;
}

describe('tail of a distribution', () => {
  const random = randomNumbers(5);
  const uniform = Array.from({ length: 2000 }, () => random());

  it('is the more surprised the larger a magnitude is', () => {
    const memory = learned(uniform);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        (one, factor) => {
          assert.ok(tail.surprise(memory, one) <= tail.surprise(memory, one * factor));
        },
      ),
    );
    const [half, most, beyond] = [0.5, 0.97, 20].map((each) => tail.surprise(memory, each));
    // Somewhat more than -log10 of a half: what is rare counts less.
    assert.ok((half ?? 0) > 0.3 && (half ?? 0) < 0.6, `${half}`);
    assert.ok((most ?? 0) > 0.8 && (beyond ?? 0) > 5, `${most}, ${beyond}`);
  });

  it('has no unit', () => {
    const [one, other] = [learned(uniform), learned(uniform.map((each) => each * 1024))];
    for (const each of [0.1, 0.9, 3])
      assert.equal(tail.surprise(one, each), tail.surprise(other, each * 1024));
  });

  it('gets used to what lasts, but hardly to an episode', () => {
    const episode = learned([...uniform, ...Array.from({ length: 20 }, () => 10)]);
    assert.ok(tail.surprise(episode, 10) > 2.5, `${tail.surprise(episode, 10)}`);
    const lasting = learned([...uniform, ...Array.from({ length: 3000 }, () => 10)]);
    assert.ok(tail.surprise(lasting, 10) < 1, `${tail.surprise(lasting, 10)}`);
  });

  it('finds a scale after any number of zeros', () => {
    const memory = learned([...Array.from({ length: 500 }, () => 0), ...uniform]);
    assert.ok(tail.mean(memory) > 0.2);
    assert.ok(tail.surprise(memory, 0.5) < tail.surprise(memory, 5));
    assert.ok(Number.isFinite(tail.surprise(learned(Array.from({ length: 99 }, () => 0)), 5)));
  });
});

describe('extremes', () => {
  function extremesOf(values: readonly number[]): Memory {
    const memory = new Memory(layout);
    for (const [count, value] of values.entries()) extremes.learn(memory, value, count);
    return memory;
  }
  const week = Array.from({ length: 1000 }, (_, at) => at % 7);

  it('are as rare as there were samples', () => {
    const memory = extremesOf([...week, ...week]);
    assert.ok(Math.abs(extremes.surprise(memory, 20, 2000, 0.5) - Math.log10(2000)) < 0.1);
    assert.ok(extremes.surprise(memory, -20, 2000, 0.5) > 3);
    assert.equal(extremes.surprise(memory, 3, 2000, 0.5), 0);
    assert.equal(extremes.surprise(memory, 6.4, 2000, 0.5), 0);
  });

  it('surprise less while a series goes up day by day', () => {
    const rising = extremesOf(Array.from({ length: 2000 }, (_, at) => at));
    assert.ok(extremes.surprise(rising, 2001, 2000, 0.5) < 2);
  });
});
