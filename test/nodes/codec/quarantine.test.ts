import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Quarantine } from '../../../nodes/codec/quarantine.ts';

describe('quarantine of codecs', () => {
  let now = 0;
  const quarantine = new Quarantine(() => now);

  it('begins with the third harm in a row', () => {
    for (const line of [undefined, undefined, 7]) {
      quarantine.charge('bad', 7);
      assert.equal(quarantine.lineOf('bad'), line);
    }
    assert.equal(quarantine.lineOf('other'), undefined);
  });

  it('ends after a minute, and begins again with the next harm', () => {
    now += 60_000;
    assert.equal(quarantine.lineOf('bad'), undefined);
    quarantine.charge('bad', 7);
    assert.equal(quarantine.lineOf('bad'), 7);
  });

  it('is forgotten after a call that went well', () => {
    now += 60_000;
    quarantine.forgive('bad');
    quarantine.charge('bad', 7);
    assert.equal(quarantine.lineOf('bad'), undefined);
  });
});
