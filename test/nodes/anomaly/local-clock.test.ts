import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LocalClock } from '../../../nodes/anomaly/local-clock.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

describe('LocalClock', () => {
  const zones = ['Europe/Oslo', 'UTC', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
  for (const timeZone of zones) {
    it(`agrees with Intl in ${timeZone}, daylight saving included`, () => {
      const clock = new LocalClock(timeZone);
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone,
        weekday: 'short',
        hour: 'numeric',
        minute: 'numeric',
        hourCycle: 'h23',
      });
      const time = fc.integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 });
      fc.assert(
        fc.property(time, (minutes) => {
          const parts = new Map(
            format.formatToParts(minutes * 60_000).map(({ type, value }) => [type, value]),
          );
          const day = DAYS.indexOf(parts.get('weekday') ?? '');
          const expected = day * 24 + Number(parts.get('hour')) + Number(parts.get('minute')) / 60;
          assert.ok(Math.abs(clock.hourOfWeek(minutes * 60_000) - expected) < 1e-9);
        }),
      );
    });
  }

  it('knows both sides of a change on the same day', () => {
    const clock = new LocalClock('Europe/Oslo');
    assert.equal(Math.floor(clock.hourOfWeek(Date.UTC(2026, 2, 29, 0, 59)) % 24), 1);
    assert.equal(clock.hourOfWeek(Date.UTC(2026, 2, 29, 1, 0)) % 24, 3);
  });

  it('takes the holidays of a country for Sundays, from midnight to midnight in local time', () => {
    const clock = new LocalClock('Europe/Oslo', 'NO');
    const sunday = (time: number): boolean => clock.hourOfWeek(time) >= 6 * 24;
    // 17 May 2027 is a Monday; midnight is at 22:00 UTC.
    assert.equal(clock.hourOfWeek(Date.UTC(2027, 4, 17, 8, 30)), 6 * 24 + 10.5);
    assert.deepEqual([Date.UTC(2027, 4, 17, 21, 59), Date.UTC(2027, 4, 17, 22, 0)].map(sunday), [
      true,
      false,
    ]);
    assert.equal(new LocalClock('Europe/Oslo').hourOfWeek(Date.UTC(2027, 4, 17, 8, 30)), 10.5);
    assert.equal(new LocalClock('UTC', 'SE').hourOfWeek(Date.UTC(2027, 4, 17)), 0);
  });

  it('works before 1970', () => {
    assert.equal(new LocalClock('UTC').hourOfWeek(Date.UTC(1969, 11, 29)), 0);
  });
});
