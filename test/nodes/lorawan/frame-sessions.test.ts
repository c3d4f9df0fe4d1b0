import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { type CounterRule, FrameSessions, type FrameVerdict } from '../../../nodes/lorawan/frame-sessions.ts';
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

  const open = (fCnt: number, rule: CounterRule = 'strict', payload = 'a0'): FrameVerdict =>
    sessions.open('device', frame(fCnt, payload), KEYS, rule, { receivedTime: NOW });
  const results = (rule: CounterRule, ...counters: number[]) =>
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
    assert.equal(open(65_534).result, 'replayed');
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

  it('follows a device that counts from zero again only if its rule says so, and says that it did', () => {
    assert.deepEqual(results('resets', 0, 1), ['accepted', 'accepted']);
    assert.deepEqual(open(0, 'resets'), { result: 'accepted', fCnt: 0, resetFrom: 1 });
    assert.equal(open(0, 'resets').result, 'replayed');
    assert.deepEqual(open(0, 'resets', 'b0'), { result: 'accepted', fCnt: 0, resetFrom: 0 });
    assert.deepEqual(results('strict', 7, 0), ['accepted', 'replayed']);
  });

  it('without a check takes any number whose MIC is right', () => {
    assert.deepEqual(results('off', 7, 3, 7, 3), ['accepted', 'accepted', 'accepted', 'accepted']);
    const other = { ...KEYS, nwkSKey: '0f'.repeat(16) };
    const foreign = sessions.open('device', frame(8, 'a0', other), KEYS, 'off', { receivedTime: NOW });
    assert.equal(foreign.result, 'wrong-mic');
  });

  it('starts anew with new session keys', () => {
    open(100);
    const joined = { nwkSKey: '0a'.repeat(16), appSKey: '0b'.repeat(16) };
    const verdict = sessions.open('device', frame(0, 'a0', joined), joined, 'strict', { receivedTime: NOW });
    assert.equal(verdict.result, 'accepted');
  });

  it('goes on with the session before until the new one is used, without forgetting either', () => {
    const joined = { nwkSKey: '0a'.repeat(16), appSKey: '0b'.repeat(16) };
    const from = (fCnt: number, keys: typeof KEYS) =>
      sessions.open('device', frame(fCnt, 'a0', keys), keys, 'strict', { receivedTime: NOW }).result;
    assert.deepEqual(
      [from(100, KEYS), from(0, joined), from(101, KEYS)],
      ['accepted', 'accepted', 'accepted'],
    );
    assert.deepEqual(
      [from(1, joined), from(0, joined), from(100, KEYS)],
      ['accepted', 'replayed', 'replayed'],
    );
  });

  it('takes the same frame from a second gateway for one transmission, later for a replay', () => {
    const from = (gatewayId: string, receivedTime: string) =>
      sessions.open('device', frame(1), KEYS, 'strict', { gatewayId, receivedTime });
    assert.equal(from('one', NOW).result, 'accepted');
    assert.deepEqual(from('two', '2026-01-02T03:04:06.000Z'), { result: 'duplicate', fCnt: 1, again: false });
    assert.equal(from('one', '2026-01-02T03:04:06.000Z').result, 'replayed');
    assert.equal(from('two', '2026-01-02T03:05:06.000Z').result, 'replayed');
  });

  it('takes the last frame for sent again if its gateway heard it a little later', () => {
    const heard = (gatewayTime: string, fCnt = 1) =>
      sessions.open('device', frame(fCnt), KEYS, 'strict', { receivedTime: NOW, gatewayTime });
    assert.equal(heard('2026-01-02T03:04:00.000Z').result, 'accepted');
    assert.equal(heard('2026-01-02T03:04:00.000Z').result, 'replayed');
    assert.deepEqual(heard('2026-01-02T03:04:03.000Z'), { result: 'duplicate', fCnt: 1, again: true });
    assert.equal(heard('2026-01-02T03:09:01.000Z').result, 'replayed');
    assert.equal(heard('2026-01-02T03:09:02.000Z', 2).result, 'accepted');
    assert.equal(heard('2026-01-02T03:09:05.000Z', 1).result, 'replayed', 'not the last one');
  });

  it('accepts a frame again when it comes from the same journal entry', () => {
    const from = (fCnt: number, journalId: string) =>
      sessions.open('device', frame(fCnt), KEYS, 'strict', { receivedTime: NOW, journalId });
    assert.deepEqual(from(1, 'a'), { result: 'accepted', fCnt: 1 });
    assert.equal(from(2, 'b').result, 'accepted');
    assert.deepEqual(from(1, 'a'), { result: 'accepted', fCnt: 1, redelivered: true });
    assert.equal(from(1, 'c').result, 'replayed');
  });

  it('remembers over a restart', () => {
    open(5);
    data.release();
    data = openDataFolder(folder);
    sessions = new FrameSessions(data.state);
    assert.deepEqual(results('strict', 4, 6), ['replayed', 'accepted']);
  });

  it('counts for two flows separately', () => {
    const state: StateStore = data.state;
    const other = new FrameSessions(state, 'other');
    open(5);
    assert.equal(other.open('device', frame(5), KEYS, 'strict', { receivedTime: NOW }).result, 'accepted');
  });
});
