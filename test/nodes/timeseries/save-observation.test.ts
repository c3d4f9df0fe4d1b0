import assert from 'node:assert/strict';
import type { FlowMessage } from '../../../nodes/observation/flow-node.ts';
import type { DeviceReference } from '../../../nodes/observation/observation.ts';
import type { SaveOptions } from '../../../nodes/timeseries/database.ts';
import { saveObservation } from '../../../nodes/timeseries/save-observation.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { observation } from '../../support/observations.ts';

describe('saving an Observation', () => {
  const saved = (device: Partial<DeviceReference>, message: FlowMessage) => {
    const calls: [points: readonly Point[], options: SaveOptions][] = [];
    const database = { save: (...call: (typeof calls)[number]) => void calls.push(call) };
    saveObservation(database, observation(Date.UTC(2026, 0, 15), { snow_temperature: -4 }, device), message);
    assert.equal(calls.length, 1);
    return calls[0];
  };

  const of = { account: { area: 'ski_trail', device: 'start' }, codec: 'test@0' };

  it('keeps sandbox devices apart from real ones', () => {
    assert.deepEqual(saved({}, {})?.[1], { ...of, sandbox: false });
    assert.deepEqual(saved({ sandbox: true }, {})?.[1], { ...of, sandbox: true });
  });

  it('names the journal entry, and which part of it the reading is', () => {
    const intake = { journalId: '7', receivedTime: '', transport: 'mqtt' };
    const part = { index: 1, count: 3 };
    assert.deepEqual(saved({}, { intake })?.[1], { ...of, sandbox: false, journalId: '7' });
    assert.deepEqual(saved({}, { intake: { ...intake, part } })?.[1], {
      ...of,
      sandbox: false,
      journalId: '7',
      parts: part,
    });
  });
});
