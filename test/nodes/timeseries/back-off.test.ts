import assert from 'node:assert/strict';
import { backOff } from '../../../nodes/timeseries/writer.ts';

describe('backOff', () => {
  it('doubles up to a minute, with jitter of up to a half', () => {
    for (const [failures, most] of [
      [1, 1000],
      [2, 2000],
      [5, 16_000],
      [7, 60_000],
      [500, 60_000],
    ] as const) {
      const delays = Array.from({ length: 200 }, () => backOff(failures));
      assert.ok(Math.max(...delays) <= most && Math.min(...delays) >= most / 2, `after ${failures}`);
      assert.ok(new Set(delays).size > 100, 'not all at the same moment');
    }
  });
});
