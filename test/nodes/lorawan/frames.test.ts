import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decryptPayload, micFits } from '../../../nodes/lorawan/frame-crypto.ts';
import { firstCounter } from '../../../nodes/lorawan/frame-sessions.ts';
import { type DataFrame, type Frame, parseFrame } from '../../../nodes/lorawan/frames.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { loraPacket } from './lora-packet.ts';
import { type Sample, samplesOf } from './shared-samples.ts';

const samples = samplesOf('lorawan-phy');

function parse(sample: Sample): Frame {
  return parseFrame(Buffer.from(sample.body as string, 'hex'));
}

function isData(frame: Frame): frame is DataFrame {
  return 'devAddr' in frame;
}

/** Expected key -> our field, where both exist. */
const FIELDS = [
  'mtype',
  'devAddr',
  'direction',
  'confirmed',
  'adr',
  'ack',
  'fCnt16',
  'fOptsHex',
  'devEui',
  'joinEui',
  'devNonce',
];

describe('LoRaWAN frames: structure', () => {
  for (const sample of samples) {
    it(sample.name, () => {
      const frame = parse(sample);
      const fields = frame as unknown as Record<string, unknown>;
      for (const key of FIELDS) {
        if (key in sample.expect && key in fields) assert.equal(fields[key], sample.expect[key], key);
      }
      if (frame.mtype !== 'JoinAccept') assert.equal(frame.micHex, sample.expect.mic);
      if (!isData(frame)) return;
      assert.equal(frame.fPort ?? null, sample.expect.fPort);
      assert.equal(frame.encryptedPayload.toString('hex'), sample.expect.frmPayloadEncryptedHex);
    });
  }
});

describe('LoRaWAN frames: MIC and decryption', () => {
  const keyed = samples.filter(
    (sample) => sample.expect.micValid !== undefined && /^(up|down)link$/.test(sample.event),
  );
  it('has vectors of both versions', () => {
    assert.deepEqual([...new Set(keyed.map(({ lorawanVersion }) => lorawanVersion))].sort(), ['1.0', '1.1']);
  });
  for (const sample of keyed) {
    it(sample.name, () => {
      const frame = parse(sample);
      assert.ok(isData(frame));
      const { fCnt, micValid, micParameters, frmPayloadHex } = sample.expect;
      const parameters = micParameters as { confFCnt: number; txDr: number; txCh: number } | undefined;
      const keys = { ...sample.keys };
      assert.equal(micFits(frame, keys, fCnt as number, parameters), micValid);
      if (typeof frmPayloadHex !== 'string') return;
      assert.equal(decryptPayload(frame, keys, fCnt as number).toString('hex'), frmPayloadHex);
    });
  }

  it('finds a counter far above 65535 without any history', () => {
    const sample = samples.find(({ name }) => name === 'fcnt32-sntcz-msb7');
    assert.ok(sample);
    const frame = parse(sample) as DataFrame;
    assert.equal(
      firstCounter(frame, (fCnt) => micFits(frame, { ...sample.keys }, fCnt)),
      476_774,
    );
  });
});

describe('LoRaWAN crypto vectors', () => {
  const vector = (name: string) => {
    const found = samplesOf('lorawan-crypto').find((sample) => sample.name === name);
    assert.ok(found);
    return found;
  };

  it('decrypts the same text under four counters', () => {
    const { body, expect } = vector('python-lora-same-plaintext-four-counters');
    const { appSKey, devAddr, frames } = body as {
      appSKey: string;
      devAddr: string;
      frames: { fCnt: number; encryptedHex: string }[];
    };
    for (const { fCnt, encryptedHex } of frames) {
      const address = Buffer.from(devAddr, 'hex').reverse().toString('hex');
      const frame = parseFrame(
        Buffer.from(`40${address}00000001${encryptedHex}00000000`, 'hex'),
      ) as DataFrame;
      assert.equal(decryptPayload(frame, { appSKey }, fCnt).toString('hex'), expect.plainHex);
    }
  });

  it('computes the MIC of both versions and encrypts as The Things Stack does', () => {
    const { body, expect } = vector('stack-uplink-mic-and-encryption');
    const { key, fCnt, phyWithoutMicHex } = body as { key: string; fCnt: number; phyWithoutMicHex: string };
    const withMic = (mic: unknown) =>
      parseFrame(Buffer.from(`${phyWithoutMicHex}${mic}`, 'hex')) as DataFrame;
    assert.ok(micFits(withMic(expect.micLegacyUplink), { nwkSKey: key }, fCnt));
    const keys11 = { fNwkSIntKey: key, sNwkSIntKey: key, nwkSEncKey: key, appSKey: key };
    assert.ok(micFits(withMic(expect.mic11Uplink_conf0_dr0_ch0), keys11, fCnt));
    assert.ok(!micFits(withMic(expect.micLegacyUplink), keys11, fCnt));
  });
});

describe('LoRaWAN frames: against lora-packet and damaged frames', () => {
  const bytes = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((b) => Buffer.from(b));
  const uplink = fc.record({
    nwkSKey: bytes(16),
    appSKey: bytes(16),
    devAddr: bytes(4),
    fCnt: fc.integer({ min: 0, max: 0xffff_ffff }),
    fPort: fc.integer({ min: 1, max: 223 }),
    payload: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((b) => Buffer.from(b)),
    confirmed: fc.boolean(),
  });
  type Uplink = typeof uplink extends fc.Arbitrary<infer T> ? T : never;

  function encode({ nwkSKey, appSKey, devAddr, fCnt, fPort, payload, confirmed }: Uplink): Buffer {
    const upper = Buffer.alloc(2);
    upper.writeUInt16LE(fCnt >>> 16);
    const mtype = confirmed ? 'Confirmed Data Up' : 'Unconfirmed Data Up';
    const fields = { MType: mtype, DevAddr: devAddr, FCnt: fCnt & 0xffff, FPort: fPort, payload };
    const phy = loraPacket.fromFields(fields, appSKey, nwkSKey, undefined, upper).getPHYPayload();
    assert.ok(phy);
    return phy;
  }

  const keysOf = ({ nwkSKey, appSKey }: Uplink) => ({
    nwkSKey: nwkSKey.toString('hex'),
    appSKey: appSKey.toString('hex'),
  });

  it('reads every frame that lora-packet writes', () => {
    fc.assert(
      fc.property(uplink, (fields) => {
        const frame = parseFrame(encode(fields)) as DataFrame;
        assert.equal(frame.devAddr, fields.devAddr.toString('hex'));
        assert.equal(frame.confirmed, fields.confirmed);
        assert.ok(micFits(frame, keysOf(fields), fields.fCnt));
        assert.deepEqual(decryptPayload(frame, keysOf(fields), fields.fCnt), fields.payload);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a frame with any bit changed, or says what is wrong with it', () => {
    fc.assert(
      fc.property(uplink, fc.nat(), (fields, position) => {
        const phy = encode(fields);
        const bit = position % (phy.length * 8);
        phy[bit >> 3] = (phy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const frame = readOrError(phy);
        if (frame && isData(frame)) assert.ok(!micFits(frame, keysOf(fields), fields.fCnt));
      }),
      { numRuns: 300 },
    );
  });

  it('gives only its documented errors for any bytes and any cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => void readOrError(Buffer.from(random))),
    );
    for (const sample of samples) {
      const whole = Buffer.from(sample.body as string, 'hex');
      for (let length = 0; length < whole.length; length++) readOrError(whole.subarray(0, length));
    }
  });

  it('says that a data frame is cut off inside its header options', () => {
    assert.throws(
      () => parseFrame(Buffer.from('4084412505af010009110308b3', 'hex')),
      (error) => error instanceof MessageError && error.key === 'lorawan.error.frameTruncated',
    );
  });

  function readOrError(phy: Buffer): Frame | undefined {
    try {
      return parseFrame(phy);
    } catch (error) {
      assert.ok(error instanceof MessageError, String(error));
      return undefined;
    }
  }
});
