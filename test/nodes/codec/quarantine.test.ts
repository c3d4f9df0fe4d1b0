import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Quarantine } from '../../../nodes/codec/quarantine.ts';

describe('quarantine of codecs', () => {
  let now = 0;
  const quarantine = new Quarantine(() => now);

  it('begins with the third harm in a row', () => {
    for (const held of [false, false, true]) {
      quarantine.charge('bad');
      assert.equal(quarantine.holds('bad'), held);
    }
    assert.equal(quarantine.holds('other'), false);
  });

  it('ends after a minute, and begins again with the next harm', () => {
    now += 60_000;
    assert.equal(quarantine.holds('bad'), false);
    quarantine.charge('bad');
    assert.equal(quarantine.holds('bad'), true);
  });

  it('is forgotten after a call that went well', () => {
    now += 60_000;
    quarantine.forgive('bad');
    quarantine.charge('bad');
    assert.equal(quarantine.holds('bad'), false);
  });
});
