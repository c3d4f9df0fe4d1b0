import assert from 'node:assert/strict';
import type { DatabaseStatus } from '../../../nodes/timeseries/database.ts';
import { databaseStatusOf } from '../../../nodes/timeseries/database-status.ts';

const TIME = Date.UTC(2026, 0, 15, 13, 2);

describe('status of a database', () => {
  const shown = (status: Partial<DatabaseStatus>) => {
    const whole: DatabaseStatus = { state: 'waiting', kept: 0, refusedReadings: 0, ...status };
    const { fill, text } = databaseStatusOf(whole, 'en-US', 'Europe/Oslo');
    return `${fill}: ${text}`;
  };

  it('says what is saved, kept and refused', () => {
    assert.equal(shown({}), 'grey: waiting for data');
    assert.equal(shown({ state: 'saved', savedTime: TIME }), 'green: saved 14:02');
    assert.equal(
      shown({ state: 'saved', savedTime: TIME, refusedReadings: 2 }),
      'yellow: saved 14:02; put aside: 2',
    );
    const away = 'database not reachable';
    assert.equal(shown({ state: 'away', kept: 1 }), `yellow: ${away}, 1 reading kept on disk`);
    assert.equal(shown({ state: 'away', kept: 312 }), `yellow: ${away}, 312 readings kept on disk`);
    assert.match(shown({ state: 'refused', kept: 3 }), /^red: check the database's settings, 3 readings/);
  });
});
