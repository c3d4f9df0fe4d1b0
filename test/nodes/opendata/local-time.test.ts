import assert from 'node:assert/strict';
import { daysBetween, localTicks } from '../../../nodes/opendata/local-time.ts';
import { momentText, valueText } from '../../../nodes/opendata/wording.ts';

const at = (text: string) => Date.parse(text);
const ticks = (from: string, to: string, zone: string, hours: number) =>
  localTicks(at(from), at(to), zone, hours).map(
    ({ time, hour }) => `${new Date(time).toISOString().slice(5, 16)} ${hour}`,
  );

describe('local time', () => {
  it('keeps the hours on the wall when clocks go forward', () => {
    assert.deepEqual(ticks('2026-03-28T20:00Z', '2026-03-29T17:00Z', 'Europe/Oslo', 6), [
      '03-28T23:00 0',
      '03-29T04:00 6',
      '03-29T10:00 12',
      '03-29T16:00 18',
    ]);
  });

  it('keeps the hours on the wall when clocks go back', () => {
    assert.deepEqual(ticks('2026-10-24T20:00Z', '2026-10-25T12:00Z', 'Europe/Oslo', 12), [
      '10-24T22:00 0',
      '10-25T11:00 12',
    ]);
  });

  it('knows zones that differ by quarters of an hour', () => {
    assert.deepEqual(ticks('2026-01-01T00:00Z', '2026-01-01T23:00Z', 'Asia/Kathmandu', 24), [
      '01-01T18:15 0',
    ]);
  });

  it('counts calendar days, not hours', () => {
    const days = (earlier: string, later: string) => daysBetween(at(earlier), at(later), 'Europe/Oslo');
    assert.equal(days('2026-01-01T22:59Z', '2026-01-01T23:01Z'), 1);
    assert.equal(days('2026-01-01T23:00Z', '2026-01-02T22:59Z'), 0);
    assert.equal(days('2026-03-28T12:00Z', '2026-03-30T12:00Z'), 2);
  });

  const now = at('2026-03-18T14:10:00Z');
  const moments: [time: string, nb: string, en: string][] = [
    ['2026-03-18T13:02:00Z', '14:02', '14:02'],
    ['2026-03-17T13:02:00Z', 'i går 14:02', 'yesterday 14:02'],
    ['2026-03-10T13:02:00Z', '10. mars kl. 14:02', '10 March 14:02'],
  ];
  for (const [time, nb, en] of moments) {
    it(`says "${en}" and "${nb}"`, () => {
      const zone = { timeZone: 'Europe/Oslo' };
      assert.equal(momentText(at(time), now, { language: 'nb', ...zone }), nb);
      assert.equal(momentText(at(time), now, { language: 'en-US', ...zone }), en);
    });
  }

  it('writes numbers as people do', () => {
    assert.equal(valueText('snow_temperature', 3, 'nb'), '3,0');
    assert.equal(valueText('snow_temperature', -0.44, 'en-US'), '-0.4');
    assert.equal(valueText('water_level', 0.437, 'nb'), '0,44');
    assert.equal(valueText('occupancy', true, 'nb'), 'ja');
  });
});
