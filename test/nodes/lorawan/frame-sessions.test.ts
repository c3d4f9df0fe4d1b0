import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { FrameSessions, type FrameVerdict } from '../../../nodes/lorawan/frame-sessions.ts';
import { type DataFrame, parseFrame } from '../../../nodes/lorawan/frames.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import type { StateStore } from '../../../nodes/persistence/state-store.ts';
import { tempFolder } from '../../support/servers.ts';
import { loraPacket } from './lora-packet.ts';

const KEYS = { nwkSKey: '00112233445566778899aabbccddeeff', appSKey: 'ffeeddccbbaa99887766554433221100' };
const NOW = '2026-01-02T03:04:05.000Z';

function frame(fCnt: number, payload = 'a0', keys = KEYS): DataFrame {
  const upper = Buffer.alloc(2);
  upper.writeUInt16LE(Math.floor(fCnt / 65_536));
  const fields = {
    MType: 'Unconfirmed Data Up',
    DevAddr: Buffer.from('26011e53', 'hex'),
    FCnt: fCnt % 65_536,
    FPort: 1,
    payload: Buffer.from(payload, 'hex'),
  };
  const [app, nwk] = [Buffer.from(keys.appSKey, 'hex'), Buffer.from(keys.nwkSKey, 'hex')];
  const phy = loraPacket.fromFields(fields, app, nwk, undefined, upper).getPHYPayload();
  assert.ok(phy);
  return parseFrame(phy) as DataFrame;
}

describe('frame counters', () => {
  let folder: string;
  let data: ReturnType<typeof openDataFolder>;
  let sessions: FrameSessions;

  beforeEach(async () => {
    folder = await tempFolder();
    data = openDataFolder(folder);
    sessions = new FrameSessions(data.state);
  });
  afterEach(async () => {
    data.release();
    await rm(folder, { recursive: true });
  });

  const open = (fCnt: number, rule: 'strict' | 'resets' = 'strict', payload = 'a0'): FrameVerdict =>
    sessions.open('device', frame(fCnt, payload), KEYS, rule, { receivedTime: NOW });
  const results = (rule: 'strict' | 'resets', ...counters: number[]) =>
    counters.map((fCnt) => open(fCnt, rule).result);

  it('accepts rising counters, gaps included, and refuses each a second time', () => {
    assert.deepEqual(results('strict', 0, 1, 5, 5, 1, 6), [
      'accepted',
      'accepted',
      'accepted',
      'replayed',
      'replayed',
      'accepted',
    ]);
  });

  it('goes on over 65535 and says the 32-bit counter', () => {
    open(65_535);
    assert.deepEqual(open(65_539), { result: 'accepted', fCnt: 65_539 });
    assert.equal(open(65_535).result, 'replayed');
    assert.equal(open(3).result, 'replayed');
  });

  it('finds the counter after several rollovers, and after an outage of a whole one', () => {
    const counters = [200_000, 200_001, 300_000];
    assert.deepEqual(
      counters.map((fCnt) => open(fCnt)),
      counters.map((fCnt) => ({ result: 'accepted', fCnt })),
    );
  });

  it('refuses a frame with other keys', () => {
    const other = { ...KEYS, nwkSKey: '0f'.repeat(16) };
    open(1);
    assert.equal(
      sessions.open('device', frame(2, 'a0', other), KEYS, 'strict', { receivedTime: NOW }).result,
      'wrong-mic',
    );
    assert.equal(open(2).result, 'accepted');
  });

  it('follows a device that counts from zero again only if its rule says so', () => {
    assert.deepEqual(results('resets', 0, 1, 0), ['accepted', 'accepted', 'accepted']);
    assert.equal(open(0, 'resets').result, 'replayed');
    assert.equal(open(0, 'resets', 'b0').result, 'accepted');
    assert.deepEqual(results('strict', 7, 0), ['accepted', 'replayed']);
  });

  it('starts anew with new session keys', () => {
    open(100);
    const joined = { nwkSKey: '0a'.repeat(16), appSKey: '0b'.repeat(16) };
    const verdict = sessions.open('device', frame(0, 'a0', joined), joined, 'strict', { receivedTime: NOW });
    assert.equal(verdict.result, 'accepted');
  });

  it('takes the same frame from a second gateway for one transmission, later for a replay', () => {
    const from = (gatewayId: string, receivedTime: string) =>
      sessions.open('device', frame(1), KEYS, 'strict', { gatewayId, receivedTime }).result;
    assert.equal(from('one', NOW), 'accepted');
    assert.equal(from('two', '2026-01-02T03:04:06.000Z'), 'duplicate');
    assert.equal(from('one', '2026-01-02T03:04:06.000Z'), 'replayed');
    assert.equal(from('two', '2026-01-02T03:05:06.000Z'), 'replayed');
  });

  it('accepts a frame again when it comes from the same journal entry', () => {
    const from = (fCnt: number, journalId: string) =>
      sessions.open('device', frame(fCnt), KEYS, 'strict', { receivedTime: NOW, journalId }).result;
    assert.deepEqual(
      [from(1, 'a'), from(2, 'b'), from(1, 'a'), from(1, 'c')],
      ['accepted', 'accepted', 'accepted', 'replayed'],
    );
  });

  it('remembers over a restart', () => {
    open(5);
    data.release();
    data = openDataFolder(folder);
    sessions = new FrameSessions(data.state);
    assert.deepEqual(results('strict', 5, 6), ['replayed', 'accepted']);
  });

  it('counts for two flows separately', () => {
    const state: StateStore = data.state;
    const other = new FrameSessions(state, 'other');
    open(5);
    assert.equal(other.open('device', frame(5), KEYS, 'strict', { receivedTime: NOW }).result, 'accepted');
  });
});
