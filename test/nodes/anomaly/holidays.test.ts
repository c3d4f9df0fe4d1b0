import assert from 'node:assert/strict';
import { HOLIDAY_COUNTRIES, type HolidayCountry, holidaysOf } from '../../../nodes/anomaly/holidays.ts';

function datesOf(country: HolidayCountry, year: number): string[] {
  const days = [...holidaysOf(country, year)].sort((a, b) => a - b);
  return days.map((day) => new Date(day * 86_400_000).toISOString().slice(5, 10));
}

describe('holidays', () => {
  it('knows those of the Nordic countries in 2026', () => {
    const expected: Record<HolidayCountry, string> = {
      NO: '01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-24 12-25 12-26',
      SE: '01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-19 06-20 10-31 12-24 12-25 12-26 12-31',
      DK: '01-01 04-02 04-03 04-05 04-06 05-14 05-24 05-25 06-05 12-24 12-25 12-26',
      FI: '01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-19 06-20 10-31 12-06 12-24 12-25 12-26',
    };
    for (const country of HOLIDAY_COUNTRIES)
      assert.equal(datesOf(country, 2026).join(' '), expected[country]);
  });

  it('moves Easter as the calendar does', () => {
    const sundays = {
      2008: '03-23',
      2011: '04-24',
      2024: '03-31',
      2025: '04-20',
      2027: '03-28',
      2038: '04-25',
    };
    for (const [year, sunday] of Object.entries(sundays)) {
      assert.ok(datesOf('NO', Number(year)).includes(sunday), year);
    }
  });

  it('counts a day once on which two holidays fall', () => {
    // Ascension Day 2008 was on 1 May.
    assert.equal(datesOf('NO', 2008).filter((date) => date === '05-01').length, 1);
  });
});
