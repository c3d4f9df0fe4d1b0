import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aesKey } from '../../../nodes/lorawan/aes.ts';
import {
  decryptOptions,
  decryptPayload,
  type FrameKeys,
  micFits,
} from '../../../nodes/lorawan/frame-crypto.ts';
import { firstCounter } from '../../../nodes/lorawan/frame-sessions.ts';
import { type DataFrame, type Frame, parseFrame } from '../../../nodes/lorawan/frames.ts';
import { macCommandsOf, readMacCommands } from '../../../nodes/lorawan/mac-commands.ts';
import { writeDataFrame } from '../../../nodes/lorawan/write-frame.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { encode, isData, keysOf, readOrError, uplink } from './damaged-frames.ts';
import { type Sample, samplesOf } from './shared-samples.ts';

const samples = samplesOf('lorawan-phy');

function parse(sample: Sample): Frame {
  return parseFrame(Buffer.from(sample.body as string, 'hex'));
}

/** Expected key -> our field, where both exist. */
const FIELDS = [
  'mtype',
  'devAddr',
  'direction',
  'confirmed',
  'adr',
  'adrAckReq',
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

  for (const sample of keyed.filter(({ expect }) => 'fOptsDecryptedHex' in expect)) {
    it(`${sample.name}: header options of 1.1`, () => {
      const options = decryptOptions(
        parse(sample) as DataFrame,
        { ...sample.keys },
        sample.expect.fCnt as number,
      );
      assert.equal(options.toString('hex'), sample.expect.fOptsDecryptedHex);
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

  it('encrypts payload and header options in both directions as The Things Stack does', () => {
    const { body, expect } = vector('stack-uplink-mic-and-encryption');
    const { key, devAddr, fCnt, plainHex } = body as Record<string, string> & { fCnt: number };
    const keys = { fNwkSIntKey: key, sNwkSIntKey: key, nwkSEncKey: key, appSKey: key } as FrameKeys;
    const plain = Buffer.from(plainHex ?? '', 'hex');
    for (const direction of ['up', 'down'] as const) {
      const write = (content: object) =>
        writeDataFrame({ direction, confirmed: false, devAddr: devAddr ?? '', fCnt, ...content }, keys);
      const suffix = direction === 'up' ? 'Uplink' : 'Downlink';
      const payload = write({ fPort: 1, payload: plain }).toString('hex', 9, 13);
      assert.equal(payload, expect[`encrypt${suffix}`]);
      const options = write({ fOpts: plain });
      assert.equal(options.toString('hex', 8, 12), expect[`encryptFOpts${suffix}`]);
    }
  });

  it('computes AES-CMAC as RFC 4493 does', () => {
    const key = aesKey('2b7e151628aed2a6abf7158809cf4f3c');
    const message = Buffer.from(
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
      'hex',
    );
    const expected: [length: number, mac: string][] = [
      [0, 'bb1d6929e95937287fa37d129b756746'],
      [16, '070a16b46b4d4144f79bdd9dd04a287c'],
      [40, 'dfa66747de9ae63030ca32611497c827'],
      [64, '51f0bebf7e3b9d92fc49741779363cfe'],
    ];
    for (const [length, mac] of [...expected, ...expected]) {
      assert.equal(key?.cmac(message.subarray(0, length)).toString('hex'), mac, `${length} bytes`);
    }
  });
});

describe('LoRaWAN MAC commands', () => {
  const names = (frame: Frame, sample: Sample) =>
    macCommandsOf(frame as DataFrame, { ...sample.keys }, sample.expect.fCnt as number);
  const sampleOf = (name: string): Sample => {
    const found = samples.find((sample) => sample.name === name);
    assert.ok(found, name);
    return found;
  };

  for (const sample of samples.filter(({ expect }) => typeof expect.macCommandsHex === 'string')) {
    it(`${sample.name} has those of its vector`, () => {
      const written = names(parse(sample), sample).map(
        ({ cid, payloadHex }) => cid.toString(16).padStart(2, '0') + payloadHex,
      );
      assert.equal(written.join(''), sample.expect.macCommandsHex);
    });
  }

  it('are named, in the header and on port 0', () => {
    const named = (name: string) =>
      names(parse(sampleOf(name)), sampleOf(name)).map((command) => command.name);
    assert.deepEqual(named('brocaar-example-confirmed-up-devstatusans'), ['DevStatusAns']);
    assert.deepEqual(named('brocaar-10-mac-in-frmpayload-port0'), ['LinkCheckReq', 'LinkADRAns']);
    assert.deepEqual(named('lp-rekeyind-lorawan11'), ['RekeyInd']);
    assert.deepEqual(named('brocaar-11-down-fopts-encrypted-nfcntdown'), ['LinkCheckAns']);
  });

  it('end with one that is unknown or cut off', () => {
    assert.deepEqual(readMacCommands(Buffer.from('0280010203', 'hex'), 'up'), [
      { name: 'LinkCheckReq', cid: 2, payloadHex: '' },
      { name: 'unknown', cid: 0x80, payloadHex: '010203', incomplete: true },
    ]);
    assert.deepEqual(readMacCommands(Buffer.from('0605', 'hex'), 'up'), [
      { name: 'DevStatusAns', cid: 6, payloadHex: '05', incomplete: true },
    ]);
    assert.deepEqual(readMacCommands(Buffer.alloc(0), 'down'), []);
  });
});

describe('LoRaWAN frames: against lora-packet and damaged frames', () => {
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

  it('writes the frames of 1.0 that lora-packet writes', () => {
    fc.assert(
      fc.property(uplink, (fields) => {
        const { devAddr, fCnt, fPort, payload, confirmed } = fields;
        const written = writeDataFrame(
          { direction: 'up', confirmed, devAddr: devAddr.toString('hex'), fCnt, fPort, payload },
          keysOf(fields),
        );
        assert.deepEqual(written, encode(fields));
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
});
