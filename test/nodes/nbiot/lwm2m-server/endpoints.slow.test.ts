import assert from 'node:assert/strict';
import { lwm2mMemory } from '../../../../bench/lwm2m.ts';

describe('LwM2M server with 10,000 devices', () => {
  it('keeps less than 100 MB of them, each with five observations and a waiting command', async () => {
    const { endpoints, reports, megabytes } = await lwm2mMemory(10_000);
    assert.equal(endpoints, 10_000);
    assert.equal(reports, 60_000);
    assert.ok(megabytes < 100, `${megabytes.toFixed(1)} MB`);
  });
});
