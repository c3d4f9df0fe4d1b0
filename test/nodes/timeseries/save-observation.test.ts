import assert from 'node:assert/strict';
import type { FlowMessage } from '../../../nodes/observation/flow-node.ts';
import type { DeviceReference } from '../../../nodes/observation/observation.ts';
import type { DatabaseStatus, SaveOptions } from '../../../nodes/timeseries/database.ts';
import { databaseStatusOf, saveObservation } from '../../../nodes/timeseries/save-observation.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { observation } from '../../support/observations.ts';

const TIME = Date.UTC(2026, 0, 15, 13, 2);

describe('saving an Observation', () => {
  const saved = (device: Partial<DeviceReference>, message: FlowMessage) => {
    const calls: [points: readonly Point[], options: SaveOptions][] = [];
    const database = { save: (...call: (typeof calls)[number]) => void calls.push(call) };
    saveObservation(database, observation(TIME, { snow_temperature: -4 }, device), message);
    assert.equal(calls.length, 1);
    return calls[0];
  };

  it('keeps sandbox devices apart from real ones', () => {
    assert.deepEqual(saved({}, {})?.[1], { sandbox: false });
    assert.deepEqual(saved({ sandbox: true }, {})?.[1], { sandbox: true });
  });

  it('names the journal entry, and which part of it the reading is', () => {
    const intake = { journalId: '7', receivedTime: '', transport: 'mqtt' };
    const part = { index: 1, count: 3 };
    assert.deepEqual(saved({}, { intake })?.[1], { sandbox: false, journalId: '7' });
    assert.deepEqual(saved({}, { intake: { ...intake, part } })?.[1], {
      sandbox: false,
      journalId: '7',
      parts: part,
    });
  });
});

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
      'yellow: saved 14:02; refused by the database: 2',
    );
    const away = 'database not reachable';
    assert.equal(shown({ state: 'away', kept: 1 }), `yellow: ${away}, 1 reading kept on disk`);
    assert.equal(shown({ state: 'away', kept: 312 }), `yellow: ${away}, 312 readings kept on disk`);
    assert.match(shown({ state: 'refused', kept: 3 }), /^red: check the database's settings, 3 readings/);
  });
});
