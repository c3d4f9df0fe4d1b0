import assert from 'node:assert/strict';
import { localPartsIn } from '../../../nodes/quality/local-parts.ts';

describe('months and hours', () => {
  const oslo = localPartsIn('Europe/Oslo');

  it('are those of the clock on the wall, in summer too', () => {
    assert.deepEqual(oslo(Date.UTC(2026, 0, 6, 8)), { month: 1, hour: 9 });
    assert.deepEqual(oslo(Date.UTC(2026, 6, 6, 8)), { month: 7, hour: 10 });
    assert.deepEqual(oslo(Date.UTC(2026, 0, 31, 23)), { month: 2, hour: 0 });
    assert.deepEqual(localPartsIn('Asia/Kathmandu')(Date.UTC(2026, 0, 6, 8, 14)), { month: 1, hour: 13 });
    assert.deepEqual(localPartsIn('Asia/Kathmandu')(Date.UTC(2026, 0, 6, 8, 15)), { month: 1, hour: 14 });
  });

  it('stay the same object within a quarter of an hour', () => {
    assert.equal(oslo(Date.UTC(2026, 0, 6, 8)), oslo(Date.UTC(2026, 0, 6, 8, 14, 59)));
  });
});
