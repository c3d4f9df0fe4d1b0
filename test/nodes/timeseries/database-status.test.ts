import assert from 'node:assert/strict';
import type { DatabaseStatus } from '../../../nodes/timeseries/database.ts';
import { databaseStatusOf } from '../../../nodes/timeseries/database-status.ts';

const TIME = Date.UTC(2026, 0, 15, 13, 2);
const SERVER = { name: 'InfluxDB 2.7', url: 'http://db:8086', bucket: 'byflyt' };

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

  it('says which server it is, once that has told', () => {
    assert.equal(shown({ server: SERVER }), 'grey: ready, InfluxDB 2.7');
    assert.equal(shown({ state: 'saved', savedTime: TIME, server: SERVER }), 'green: saved 14:02');
    assert.equal(shown({ server: { ...SERVER, name: '' } }), 'grey: waiting for data');
  });

  it('says in a few words what is wrong, also before anything waits', () => {
    const problem = { key: 'timeseries.error.credentials' };
    assert.equal(
      shown({ state: 'refused', kept: 2, problem }),
      'red: the database does not accept the token or password, 2 readings kept on disk',
    );
    assert.equal(
      shown({ state: 'refused', problem: { key: 'timeseries.error.certificate_unknown' } }),
      "red: the database's certificate is not trusted",
    );
    const other = { key: 'timeseries.error.query' };
    assert.equal(shown({ state: 'refused', problem: other }), "red: check the database's settings");
  });
});
