import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FaultSeries } from '../../../../nodes/anomaly/faults/fault-series.ts';
import { habitsOf } from '../../../../nodes/anomaly/faults/habits.ts';
import { LocalClock } from '../../../../nodes/anomaly/local-clock.ts';
import { temperatures } from '../series.ts';

const clock = new LocalClock('Europe/Oslo');
const series = (saved?: Uint8Array): FaultSeries =>
  new FaultSeries(clock, habitsOf('air_temperature'), 50, saved);

describe('memory of a series watched for faults', () => {
  const samples = temperatures(60).map(([time, value], i) => ({
    time,
    reading: i % 700 === 699 ? value + 10 : value,
    failed: false,
  }));

  it('tells the same after a restart at any sample', () => {
    const [whole, before] = [series(), series()];
    const half = 2500;
    for (const sample of samples.slice(0, half)) {
      whole.watch(sample, []);
      before.watch(sample, []);
    }
    const after = series(before.toBytes());
    const told = { whole: 0, after: 0 };
    for (const sample of samples.slice(half)) {
      const [expected, found] = [whole.watch(sample, []), after.watch(sample, [])];
      assert.deepEqual(found, expected);
      told.whole += expected.length;
      told.after += found.length;
    }
    assert.ok(told.after > 0);
  });

  it('does not grow, and begins anew if what was saved cannot be read', () => {
    const one = series();
    for (const sample of samples) one.watch(sample, []);
    assert.ok(one.byteLength < 6000, `${one.byteLength}`);
    assert.ok(one.toBytes().length < 4000, `${one.toBytes().length}`);
    assert.deepEqual(series(new Uint8Array(7)).rhythm, series().rhythm);
  });

  it('ignores what is older than the newest', () => {
    const one = series();
    for (const sample of samples.slice(0, 500)) one.watch(sample, []);
    const before = one.toBytes();
    assert.deepEqual(one.watch({ time: samples[3]?.time ?? 0, reading: 99, failed: false }, []), []);
    assert.deepEqual(one.toBytes(), before);
  });
});
