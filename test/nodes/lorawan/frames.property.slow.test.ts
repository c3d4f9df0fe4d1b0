import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decryptPayload } from '../../../nodes/lorawan/frame-crypto.ts';
import { FrameSessions } from '../../../nodes/lorawan/frame-sessions.ts';
import { type DataFrame, parseFrame } from '../../../nodes/lorawan/frames.ts';
import { macCommandsOf } from '../../../nodes/lorawan/mac-commands.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { encode, isData, keysOf, MUTATIONS, readOrError, uplink } from './damaged-frames.ts';

describe('damaged LoRaWAN frames', () => {
  it('accepts none of 100,000 mutated frames and gives only its documented errors', () => {
    const mutation = fc.record({
      kind: fc.constantFrom(...Object.keys(MUTATIONS)),
      position: fc.nat(1 << 20),
      value: fc.integer({ min: 1, max: 255 }),
    });
    const mutations = fc.array(mutation, { minLength: 200, maxLength: 200 });
    let count = 0;
    let parsed = 0;
    fc.assert(
      fc.property(uplink, mutations, (sent, changes) => {
        const fields = { ...sent, fCnt: sent.fCnt % 65_536 };
        const [genuine, keys] = [encode(fields), keysOf(fields)];
        const sessions = new FrameSessions(new MemoryState());
        const verdictOf = (frame: DataFrame) =>
          sessions.open('device', frame, keys, 'strict', { receivedTime: '2026-01-02T03:04:05.000Z' }).result;
        assert.equal(verdictOf(parseFrame(genuine) as DataFrame), 'accepted');
        for (const { kind, position, value } of changes) {
          const phy = MUTATIONS[kind]?.(Buffer.from(genuine), position, value) ?? genuine;
          assert.ok(!phy.equals(genuine), kind);
          count++;
          const frame = readOrError(phy);
          if (!frame || !isData(frame)) continue;
          parsed++;
          assert.equal(verdictOf(frame), 'wrong-mic', `${kind} ${phy.toString('hex')}`);
          decryptPayload(frame, keys, fields.fCnt);
          macCommandsOf(frame, keys, fields.fCnt);
        }
      }),
      { numRuns: 500 },
    );
    assert.equal(count, 100_000);
    assert.ok(parsed > 50_000, `${parsed} were read as data frames`);
  });
});
