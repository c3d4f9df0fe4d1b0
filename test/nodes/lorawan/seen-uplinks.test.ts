import assert from 'node:assert/strict';
import type { Uplink } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage } from '../../../nodes/lorawan/network-server.ts';
import { SeenUplinks } from '../../../nodes/lorawan/seen-uplinks.ts';
import { samplesOf } from './shared-samples.ts';
import { BIN, BIN_PAYLOAD, Town } from './town.ts';

const NOON = Date.UTC(2026, 0, 2, 12);
const at = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

describe('uplinks that came before', () => {
  let town: Town;
  let seen: SeenUplinks;
  beforeEach(() => {
    town = new Town();
    seen = new SeenUplinks(town.data.state, { scope: 'node', since: at(-1) });
  });
  afterEach(() => town.remove());

  const uplink = (seconds: number, facts: Partial<Uplink> = {}): Uplink => ({
    kind: 'uplink',
    network: 'loriot',
    fCnt: 7,
    fPort: 2,
    payload: Buffer.of(1),
    payloadHex: '01',
    time: at(seconds),
    ...facts,
  });
  let journalId = 0;
  const isDuplicate = (one: Uplink, origin = {}): boolean =>
    seen.duplicate('bin-7', one, {
      receivedTime: one.time ?? at(0),
      journalId: `${journalId++}`,
      ...origin,
    }) !== undefined;

  it('are those that a device sent again seconds later, for ten minutes', () => {
    const first = isDuplicate(uplink(0));
    assert.deepEqual(
      [first, isDuplicate(uplink(9)), isDuplicate(uplink(590)), isDuplicate(uplink(601))],
      [false, true, true, false],
    );
  });

  const different: [what: string, facts: Partial<Uplink>][] = [
    ['another counter', { fCnt: 8 }],
    ['another payload', { payloadHex: '02' }],
    ['another port', { fPort: 3 }],
    ['another address', { devAddr: '00000002' }],
  ];
  for (const [what, facts] of different) {
    it(`are not those with ${what}`, () => {
      isDuplicate(uplink(0, { devAddr: '00000001' }));
      assert.equal(isDuplicate(uplink(1, facts)), false);
    });
  }

  it('are not those of a device that always sends number 0, or none', () => {
    for (const fCnt of [0, undefined]) {
      const zero = (seconds: number) => {
        const { fCnt: _, ...rest } = uplink(seconds);
        return isDuplicate(fCnt === undefined ? rest : { ...rest, fCnt });
      };
      assert.deepEqual([0, 60, 120, 180].map(zero), [false, false, false, false]);
      assert.equal(zero(185), true, 'sent again');
    }
  });

  it('are not those of a device that joins before every uplink, whatever it sends', () => {
    const joined = (devAddr: string) => isDuplicate(uplink(1, { fCnt: 0, devAddr }));
    assert.deepEqual([joined('00000001'), joined('00000002'), joined('00000002')], [false, false, true]);
  });

  it('of a backlog are told apart by the time of the server, not of arrival', () => {
    const backlog = [0, 600, 1200].map((seconds) =>
      isDuplicate(uplink(seconds, { fCnt: 0 }), { receivedTime: at(5000) }),
    );
    assert.deepEqual(backlog, [false, false, false]);
  });

  it('count the gateways that heard them, each once', () => {
    const heard = (gatewayId: string, gatewayIds?: string[]) => {
      const facts = { gatewayId, ...(gatewayIds ? { gatewayIds } : {}) };
      return seen.duplicate('bin-7', uplink(0, facts), { receivedTime: at(0) })?.distinctGateways;
    };
    assert.deepEqual([heard('a'), heard('a'), heard('b'), heard('c', ['a', 'c', 'd'])], [undefined, 1, 2, 4]);
  });

  it('are not those that the journal gives once more, also under another number after a restart', () => {
    const one = uplink(0);
    assert.equal(isDuplicate(one, { journalId: '100' }), false);
    assert.equal(isDuplicate(one, { journalId: '100' }), false);
    assert.equal(isDuplicate(one, { journalId: '100', part: 1 }), true);
    const restarted = new SeenUplinks(town.data.state, { scope: 'node', since: at(1) });
    const origin = { receivedTime: at(0), journalId: '101' };
    assert.equal(restarted.duplicate('bin-7', one, origin), undefined);
    assert.deepEqual(restarted.duplicate('bin-7', one, { ...origin, receivedTime: at(1) }), {
      distinctGateways: 0,
    });
  });

  it('are found after a restart, and by each flow for itself', () => {
    isDuplicate(uplink(0));
    const again = { receivedTime: at(3), journalId: '77' };
    assert.ok(new SeenUplinks(town.data.state, { scope: 'node' }).duplicate('bin-7', uplink(3), again));
    assert.equal(
      new SeenUplinks(town.data.state, { scope: 'another' }).duplicate('bin-7', uplink(3), again),
      undefined,
    );
  });

  it("are LORIOT's rx and gw of one uplink", () => {
    const [rx, gw] = ['smartparks-rx', 'smartparks-gw-without-data'].map((name) => {
      const body = samplesOf('loriot').find((sample) => sample.name === name)?.body as Record<
        string,
        unknown
      >;
      return readNetworkMessage({ ...body, data: 'f21c' }) as Uplink;
    });
    assert.ok(rx && gw);
    assert.equal(isDuplicate(rx), false);
    assert.deepEqual(seen.duplicate('bin-7', gw, { receivedTime: at(0) }), { distinctGateways: 2 });
  });

  it('leave the decoder as events with their gateways, and are no duplicates of what failed', async () => {
    const decoder = town.decoder();
    const message = (gateway: string, payloadHex = BIN_PAYLOAD) => ({
      deviceInfo: { devEui: BIN.devEui },
      time: at(0),
      ...{ fCnt: 3, fPort: 85, data: Buffer.from(payloadHex, 'hex').toString('base64') },
      rxInfo: [{ gatewayId: gateway, rssi: -90, snr: 3 }],
    });
    const decode = (body: object) =>
      decoder.decode(body, { receivedTime: new Date().toISOString(), journalId: `${journalId++}` });
    assert.ok('observations' in (await decode(message('a'))));
    const again = await decode(message('b'));
    assert.ok('event' in again && again.dropped === 'duplicate');
    assert.deepEqual(
      [again.event.type, again.event.distinctGateways, again.event.rssi],
      ['duplicate', 2, -90],
    );
    const cut = message('a', BIN_PAYLOAD.slice(0, 12));
    for (const time of [1, 2]) await assert.rejects(decode(cut), /truncated/, `time ${time}`);
  });

  it('are no uplinks of which the server sends one value after the other, if these are what is read', () => {
    const values = (decoded: object, facts: Partial<Uplink> = {}) => uplink(0, { decoded, ...facts });
    const [temperature, humidity] = [values({ t: 21 }), values({ h: 40 })];
    seen = new SeenUplinks(town.data.state, { scope: 'values', since: at(-1), byValues: true });
    assert.deepEqual(
      [temperature, humidity, temperature].map((one) => isDuplicate(one)),
      [false, false, true],
    );
    // Our codec reads all of them from the same bytes.
    seen = new SeenUplinks(town.data.state, { scope: 'bytes', since: at(-1) });
    assert.deepEqual(
      [temperature, humidity].map((one) => isDuplicate(one)),
      [false, true],
    );
    const only = { payload: Buffer.alloc(0), payloadHex: '', valuesOnly: true } as const;
    const packs = [values({ t: 21 }, only), values({ t: 22 }, only), values({ t: 22 }, only)];
    assert.deepEqual(
      packs.map((one) => isDuplicate(one)),
      [false, false, true],
    );
  });

  it('remember no more gateways of a message than a network has', () => {
    const gatewayIds = Array.from({ length: 5000 }, (_, index) => `${index}-${'x'.repeat(100)}`);
    assert.equal(isDuplicate(uplink(0, { gatewayIds })), false);
    const kept = town.data.state.keys('lorawan.seen/').map((key) => JSON.stringify(town.data.state.get(key)));
    assert.ok(kept.join('').length < 10_000, String(kept.join('').length));
  });
});
