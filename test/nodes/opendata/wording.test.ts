import assert from 'node:assert/strict';
import { lowerEnd, spokenValue, unbroken } from '../../../nodes/opendata/wording.ts';

describe('values in words', () => {
  it('tell less than a day in hours, in each language', () => {
    const cases = [
      [0.12, 'en', '3', 'hours'],
      [1 / 24, 'en', '1', 'hour'],
      [0.39, 'nb', '9', 'timer'],
      [0.39, 'fi', '9', 'tuntia'],
      [0, 'sv', '0', 'timmar'],
      [1.25, 'nb', '1,3', 'døgn'],
    ] as const;
    for (const [days, language, text, unit] of cases)
      assert.deepEqual(spokenValue('time_until_full', days, language), { text, unit });
    assert.deepEqual(spokenValue('snow_temperature', -0.4, 'nb'), { text: '−0,4', unit: '°C' });
  });

  it('name both units of a range that goes from hours to days', () => {
    assert.equal(lowerEnd('time_until_full', 0.5, 3, 'en'), '12 hours');
    assert.equal(lowerEnd('time_until_full', 1.5, 3, 'en'), '1.5');
  });

  it('keep a number and its unit on one line', () => {
    assert.equal(unbroken('Plenty of room (84.6 % filled)'), 'Plenty of room (84.6\u00a0% filled)');
  });
});
