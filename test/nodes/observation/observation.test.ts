import assert from 'node:assert/strict';
import { isObservation } from '../../../nodes/observation/observation.ts';

describe('Observation', () => {
  it('is told from other payloads', () => {
    const observation = {
      device: { id: 'a', area: 'waste' },
      phenomenonTime: '2026-01-01T00:00:00Z',
      values: {},
    };
    assert.ok(isObservation(observation));
    for (const other of [
      null,
      'text',
      {},
      { ...observation, values: null },
      { ...observation, device: { id: 'a' } },
      { ...observation, phenomenonTime: 0 },
    ])
      assert.ok(!isObservation(other), JSON.stringify(other));
  });
});
