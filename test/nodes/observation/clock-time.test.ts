import assert from 'node:assert/strict';
import { clockTime } from '../../../nodes/observation/clock-time.ts';

describe('clock time', () => {
  const time = Date.UTC(2026, 6, 1, 12, 2);

  it('is that of the place, summer time included', () => {
    assert.equal(clockTime(time, 'en-US', 'Europe/Oslo'), '14:02');
    assert.equal(clockTime(time, 'en-US', 'UTC'), '12:02');
    assert.equal(clockTime(Date.UTC(2026, 0, 1, 7, 5), 'en-US', 'Europe/Oslo'), '08:05');
  });

  it('has 24 hours in both languages', () => {
    assert.match(clockTime(time, 'nb', 'Europe/Oslo'), /^14[.:]02$/);
  });
});
