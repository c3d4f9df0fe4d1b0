import assert from 'node:assert/strict';
import fc from 'fast-check';
import crypto from 'lora-packet/out/lib/crypto.js';
import {
  type JoinRequest,
  type OtherFrame,
  parseFrame,
  type RejoinRequest,
} from '../../../nodes/lorawan/frames.ts';
import {
  type JoinAccept,
  type JoinKeys,
  joinMicFits,
  readJoinAccept,
  writeJoinAccept,
} from '../../../nodes/lorawan/join-accept.ts';
import {
  deriveJoinServerKeys,
  deriveSessionKeys,
  deriveSessionKeys11,
} from '../../../nodes/lorawan/session-keys.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { loraPacket } from './lora-packet.ts';
import { type Sample, samplesOf } from './shared-samples.ts';

const samples = samplesOf('lorawan-phy');
const phyOf = ({ body }: Sample) => Buffer.from(body as string, 'hex');
const hexDigits = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((random) => Buffer.from(random).toString('hex'));
const bytes = (hex: string) => Buffer.from(hex, 'hex');

const acceptFields: fc.Arbitrary<JoinAccept> = fc
  .record({
    joinNonce: hexDigits(3),
    netId: hexDigits(3),
    devAddr: hexDigits(4),
    optNeg: fc.boolean(),
    rx1DrOffset: fc.integer({ min: 0, max: 7 }),
    rx2DataRate: fc.integer({ min: 0, max: 15 }),
    rxDelay: fc.integer({ min: 1, max: 15 }),
    cfListHex: fc.option(hexDigits(16), { nil: undefined }),
  })
  .map(({ cfListHex, ...fields }) => ({ ...fields, ...(cfListHex === undefined ? {} : { cfListHex }) }));

/** As a device of either version knows them. */
function keysOf({ keys = {} }: Sample): JoinKeys {
  const key = keys.appKey ?? keys['jsIntKey/nwkKey'] ?? '';
  const { joinEui, devNonce } = keys;
  if (joinEui === undefined || devNonce === undefined) return { key };
  return {
    key,
    version11: { jsIntKey: key, joinEui, devNonce: Number.parseInt(devNonce, 16), joinReqType: 0xff },
  };
}

describe('LoRaWAN join accepts', () => {
  const accepts = samples.filter(({ event }) => event === 'join-accept');
  it('has vectors of both versions, with and without channels', () => {
    assert.deepEqual([...new Set(accepts.map(({ lorawanVersion }) => lorawanVersion))].sort(), [
      '1.0',
      '1.1',
    ]);
    assert.ok(accepts.some(({ expect }) => expect.cfListHex !== undefined));
  });

  for (const sample of accepts) {
    it(`reads and writes ${sample.name}`, () => {
      const phy = phyOf(sample);
      const accept = readJoinAccept(parseFrame(phy) as OtherFrame, keysOf(sample));
      const { joinNonce, netId, devAddr, optNeg, rx1DrOffset, rx2DataRate, rxDelay, cfListHex } =
        sample.expect;
      const list = cfListHex === undefined ? {} : { cfListHex };
      // On the air 0 and 1 both mean one second.
      const delay = rxDelay === 0 ? 1 : rxDelay;
      assert.deepEqual(accept, {
        joinNonce,
        netId,
        devAddr,
        optNeg,
        rx1DrOffset,
        rx2DataRate,
        rxDelay: delay,
        ...list,
      });
      if (rxDelay !== 0) assert.deepEqual(writeJoinAccept(accept, keysOf(sample)), phy);
    });
  }

  it('writes what a device reads, and what lora-packet decrypts', () => {
    fc.assert(
      fc.property(
        acceptFields,
        hexDigits(16),
        hexDigits(16),
        hexDigits(8),
        (fields, key, jsIntKey, joinEui) => {
          const keys = { key, version11: { jsIntKey, joinEui, devNonce: 258, joinReqType: 0xff } };
          const phy = writeJoinAccept(fields, keys);
          const frame = parseFrame(phy) as OtherFrame;
          assert.deepEqual(readJoinAccept(frame, keys), fields);
          const clear = crypto.decryptJoinAccept(loraPacket.fromWire(phy), bytes(key));
          assert.equal(clear.subarray(7, 11).reverse().toString('hex'), fields.devAddr);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses another key, and a join accept of 1.1 without the keys of 1.1', () => {
    const [sample] = accepts;
    assert.ok(sample);
    const frame = parseFrame(phyOf(sample)) as OtherFrame;
    assert.throws(() => readJoinAccept(frame, { key: '0f'.repeat(16) }), isError('wrongJoinMic'));
    assert.throws(() => readJoinAccept(frame, { key: 'short' }), isError('keyMissing'));
    const modern = accepts.find(({ expect }) => expect.optNeg === true);
    assert.ok(modern);
    const { key } = keysOf(modern);
    assert.throws(
      () => readJoinAccept(parseFrame(phyOf(modern)) as OtherFrame, { key }),
      isError('wrongJoinMic'),
      'its MIC covers more than is known here',
    );
    const accept = readJoinAccept(parseFrame(phyOf(modern)) as OtherFrame, keysOf(modern));
    assert.throws(() => writeJoinAccept(accept, { key }), RangeError);
  });
});

describe('LoRaWAN join requests', () => {
  for (const sample of samples.filter(({ event }) => /^(re)?join-request$/.test(event))) {
    it(sample.name, () => {
      const request = parseFrame(phyOf(sample)) as JoinRequest | RejoinRequest;
      const { appKey, nwkKey, sNwkSIntKey } = sample.keys ?? {};
      assert.equal(joinMicFits(request, appKey ?? nwkKey ?? sNwkSIntKey ?? ''), sample.expect.micValid);
      assert.equal(joinMicFits(request, '02'.repeat(16)), false);
      for (const field of ['devEui', 'joinEui', 'devNonce', 'netId', 'rejoinType', 'rjCount']) {
        const fields = request as unknown as Record<string, unknown>;
        if (field in sample.expect) assert.equal(fields[field], sample.expect[field], field);
      }
    });
  }

  it('reads a rejoin of type 1, which names the join server', () => {
    const phy = bytes('c00108070605040302010f0e0d0c0b0a0908050001020304');
    const { mtype, rejoinType, joinEui, devEui, rjCount } = parseFrame(phy) as RejoinRequest;
    assert.deepEqual([mtype, rejoinType, rjCount], ['RejoinRequest', 1, 5]);
    assert.deepEqual([joinEui, devEui], ['0102030405060708', '08090a0b0c0d0e0f']);
  });

  it('refuses lengths that no such frame has', () => {
    const lengths: [head: string, wrong: number[]][] = [
      ['00', [22, 24]],
      ['20', [16, 18, 32, 34]],
      ['c000', [18, 20, 24]],
      ['c001', [19, 23, 25]],
      ['c002', [18, 20, 24]],
      ['c003', [19, 24]],
    ];
    for (const [head, wrong] of lengths) {
      for (const length of wrong) {
        const phy = Buffer.concat([bytes(head), Buffer.alloc(length - head.length / 2)]);
        assert.throws(
          () => parseFrame(phy),
          isError('frameTruncated', 'frameNotLorawan'),
          `${head} ${length}`,
        );
      }
    }
  });
});

describe('LoRaWAN keys of joins', () => {
  it('derives those of the published example', () => {
    const sample = samplesOf('lorawan-crypto').find(({ name }) => name === 'lp-keys-10');
    assert.deepEqual(deriveSessionKeys(sample?.body as Record<string, unknown>), sample?.expect);
  });

  it('derives for 1.0 and 1.1 what lora-packet derives', () => {
    const joins = fc.record({
      appKey: hexDigits(16),
      nwkKey: hexDigits(16),
      joinEui: hexDigits(8),
      devEui: hexDigits(8),
      joinNonce: hexDigits(3),
      netId: hexDigits(3),
      devNonce: hexDigits(2),
    });
    fc.assert(
      fc.property(joins, (fields) => {
        const { appKey, nwkKey, joinEui, devEui, joinNonce, netId, devNonce } = fields;
        const old = crypto.generateSessionKeys10(
          bytes(appKey),
          bytes(netId),
          bytes(joinNonce),
          bytes(devNonce),
        );
        assert.deepEqual(deriveSessionKeys(fields), lowerCase(old));
        const root = [bytes(appKey), bytes(nwkKey), bytes(joinEui)] as const;
        const modern = crypto.generateSessionKeys11(...root, bytes(joinNonce), bytes(devNonce));
        assert.deepEqual(deriveSessionKeys11(fields), lowerCase(modern));
        const server = crypto.generateJSKeys(bytes(nwkKey), bytes(devEui));
        assert.deepEqual(deriveJoinServerKeys(fields), {
          jsIntKey: server.JSIntKey.toString('hex'),
          jsEncKey: server.JSEncKey.toString('hex'),
        });
      }),
      { numRuns: 200 },
    );
  });

  it('derives nothing from incomplete fields', () => {
    assert.equal(deriveSessionKeys({ appKey: '00'.repeat(16) }), undefined);
    assert.equal(deriveSessionKeys11({ appKey: '00'.repeat(16), nwkKey: '00' }), undefined);
    assert.equal(deriveJoinServerKeys({}), undefined);
  });
});

/** `NwkSKey` -> `nwkSKey`. */
function lowerCase(keys: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, key]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      key.toString('hex'),
    ]),
  );
}

function isError(...keys: string[]): (error: unknown) => boolean {
  return (error) => error instanceof MessageError && keys.includes(error.key.replace('lorawan.error.', ''));
}
