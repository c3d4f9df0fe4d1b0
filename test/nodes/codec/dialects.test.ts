import assert from 'node:assert/strict';
import { after, describe, it } from 'mocha';
import { Sandbox } from '../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../nodes/codec/scripted-codec.ts';

const INPUT = {
  fPort: 2,
  bytes: Uint8Array.of(0, 215, 60),
  recvTime: new Date('2025-02-03T04:05:06Z'),
  device: { name: 'Pond', devEui: '0102030405060708' },
};

interface Case {
  name: string;
  source: string;
  dialect: string;
  /** Output of `decodeUplink`. */
  uplink?: unknown;
  /** Output of `encodeDownlink` of `{ minutes: 20 }` for port 9. */
  downlink?: unknown;
}

const SUM = 'function sum(bytes) { return bytes.reduce(function (a, b) { return a + b; }, 0); }';
const UPLINK = { data: { sum: 275, port: 2 } };
const DOWNLINK = { bytes: [20], fPort: 9 };

const CASES: readonly Case[] = [
  {
    name: 'TS013',
    source: `${SUM} function decodeUplink(input) { return { data: { sum: sum(input.bytes), port: input.fPort } }; }
      function encodeDownlink(input) { return { bytes: [input.data.minutes], fPort: input.fPort }; }`,
    dialect: 'ts013',
    uplink: UPLINK,
    downlink: DOWNLINK,
  },
  {
    name: 'TS013 with a Buffer as downlink',
    source:
      'function encodeDownlink(input) { return { bytes: Buffer.from([input.data.minutes]), fPort: 9 }; }',
    dialect: 'ts013',
    downlink: DOWNLINK,
  },
  {
    name: 'ChirpStack v3 with a typed array as downlink',
    source: 'function Encode(fPort, obj) { return Uint8Array.of(obj.minutes); }',
    dialect: 'chirpstack3',
    downlink: DOWNLINK,
  },
  {
    name: 'TS013 in module.exports, with methods that use each other',
    source: `module.exports = { factor: 2, decodeUplink(input) { return { data: { twice: this.twice(input.bytes[1]) } }; },
      twice(value) { return value * this.factor; } };`,
    dialect: 'ts013',
    uplink: { data: { twice: 430 } },
  },
  {
    name: 'TS013 as an ES module',
    source: `export const NAME = 'x';\nexport function decodeUplink(input) { return { data: { name: NAME, n: input.bytes.length } }; }
      export default { decodeUplink };\nexport { NAME as name };`,
    dialect: 'ts013',
    uplink: { data: { name: 'x', n: 3 } },
  },
  {
    name: 'TS013 as an ES module that a bundler wrote',
    source:
      'var t=function(e){return{data:{n:e.bytes.length}}};var r=t;export{r as decodeUplink,t as default};',
    dialect: 'ts013',
    uplink: { data: { n: 3 } },
  },
  {
    name: 'TS013 with variables that nobody set',
    source: 'function decodeUplink(input) { return { data: { offset: input.variables.offset || 0 } }; }',
    dialect: 'ts013',
    uplink: { data: { offset: 0 } },
  },
  {
    name: 'ChirpStack v3',
    source: `${SUM} function Decode(fPort, bytes, variables) { return { sum: sum(bytes), port: fPort, v: variables.x }; }
      function Encode(fPort, obj, variables) { return [obj.minutes]; }`,
    dialect: 'chirpstack3',
    uplink: UPLINK,
    downlink: DOWNLINK,
  },
  {
    name: 'ChirpStack v3 with the parameters of The Things Network',
    source: `${SUM} function Decode(bytes, fPort) { return { sum: sum(bytes), port: fPort }; }`,
    dialect: 'chirpstack3',
    uplink: UPLINK,
  },
  {
    name: 'The Things Network v2',
    source: `${SUM} function Decoder(bytes, port) { return { sum: sum(bytes), port: port }; }
      function Encoder(object, port) { return [object.minutes]; }`,
    dialect: 'ttn2',
    uplink: UPLINK,
    downlink: DOWNLINK,
  },
  {
    name: 'The Things Network v2 with Converter and Validator',
    source: `function Decoder(bytes, port) { return { raw: bytes[1] }; }
      function Converter(decoded, port) { return { celsius: decoded.raw / 10, port: port }; }
      function Validator(converted, port) { return converted.celsius < 50; }`,
    dialect: 'ttn2',
    uplink: { data: { celsius: 21.5, port: 2 } },
  },
  {
    name: 'a Decoder that gives TS013 output',
    source: 'function Decoder(bytes, port) { return { data: { n: bytes.length }, warnings: [] }; }',
    dialect: 'ttn2',
    uplink: { data: { n: 3 }, warnings: [] },
  },
  {
    name: 'a file for several servers',
    source: `function decodeUplink(input) { return { data: read(input.bytes, 'ts013') }; }
      function Decode(fPort, bytes) { return read(bytes, 'chirpstack'); }
      function Decoder(bytes, port) { return read(bytes, 'ttn'); }
      function read(bytes, by) { return { by: by, n: bytes.length }; }
      function Encode(fPort, obj) { return [obj.minutes]; }`,
    dialect: 'ts013',
    uplink: { data: { by: 'ts013', n: 3 } },
    downlink: DOWNLINK,
  },
  {
    name: 'Actility driver',
    source: `function decodeUplink(input) { return { t: Buffer.from(input.bytes).readInt16BE(0) / 10 }; }
      function encodeDownlink(input) { return { bytes: [input.message.minutes], fPort: 9 }; }
      exports.decodeUplink = decodeUplink; exports.encodeDownlink = encodeDownlink;
      exports.extractPoints = function (input) { return { temperature: input.message.t }; };`,
    dialect: 'actility',
    uplink: { data: { t: 21.5 } },
    downlink: DOWNLINK,
  },
  {
    name: 'Actility driver in one object, with a Buffer as bytes',
    source: `var driver = (function () { return {
      decodeUplink: function (input) { return { t: input.bytes.readInt16BE(0) / 10, at: input.recvTime }; },
      extractPoints: function () {} }; })();`,
    dialect: 'actility',
    uplink: { data: { t: 21.5, at: '2025-02-03T04:05:06.000Z' } },
  },
  {
    name: 'Datacake',
    source: `function Decoder(payload, port) {
      return [{ field: 'TEMP', value: payload[1] / 10 }, { field: 'PORT', value: port }]; }`,
    dialect: 'datacake',
    uplink: { data: { TEMP: 21.5, PORT: 2 } },
  },
  {
    name: 'Datacake with several times',
    source: `function Decoder(payload) {
      return [5, 6].map(function (time) { return { field: 'N', value: payload.length, timestamp: time }; }); }`,
    dialect: 'datacake',
    uplink: {
      data: [
        { timestamp: 5, N: 3 },
        { timestamp: 6, N: 3 },
      ],
    },
  },
  {
    name: 'the message around the bytes, as Milesight and Datacake hand it over',
    source: `function Decode(fPort, bytes) { return { eui: LoRaObject.devEUI, rssi: LoRaObject.rxInfo[0].rssi,
      best: normalizedPayload.gateways[0] && 1, data: rawPayload.data }; }`,
    dialect: 'chirpstack3',
    uplink: { data: { eui: '0102030405060708', data: 'ANc8' } },
  },
  {
    name: 'OS2iot',
    source: `function bytesOf(text) { return atob(text).split('').map(function (c) { return c.charCodeAt(0); }); }
      function decode(payload, metadata) {
        return { id: payload.devEUI.slice(-4), name: metadata.name, at: payload.rxInfo[0].time,
          t: { type: 'Property', value: bytesOf(payload.data)[1] / 10 }, port: payload.fPort }; }`,
    dialect: 'os2iot',
    uplink: {
      data: {
        id: '0708',
        name: 'Pond',
        at: '2025-02-03T04:05:06.000Z',
        t: { type: 'Property', value: 21.5 },
        port: 2,
      },
    },
  },
];

describe('dialects of codecs', () => {
  after(() => Sandbox.shared().close());

  for (const { name, source, dialect, uplink, downlink } of CASES) {
    it(name, async () => {
      const codec = codecFromSource('codec.js', source);
      assert.equal((await codec.describe()).dialect, dialect);
      if (uplink) assert.deepEqual(await codec.decodeUplink(INPUT), uplink);
      if (downlink) assert.deepEqual(await codec.encodeDownlink({ minutes: 20 }, 9), downlink);
    });
  }

  it('normalizeUplink', async () => {
    const codec = codecFromSource(
      'normal.js',
      `function decodeUplink(input) { return { data: { t: 1 } }; }
       function normalizeUplink(input) { return { data: { air: { temperature: input.data.t } } }; }`,
    );
    assert.deepEqual(await codec.normalizeUplink({ t: 3 }), { data: { air: { temperature: 3 } } });
    assert.deepEqual(await codec.describe(), {
      dialect: 'ts013',
      functions: ['decodeUplink', 'normalizeUplink'],
    });
  });

  it('a payload that the codec itself calls invalid', async () => {
    const source = 'function Decoder(bytes) { return {}; } function Validator() { return false; }';
    await assert.rejects(codecFromSource('v.js', source).decodeUplink(INPUT) as Promise<unknown>, {
      key: 'codec.error.notValid',
    });
  });

  it('a script without any known function', async () => {
    const codec = codecFromSource('other.js', 'function parse() {}');
    assert.deepEqual(await codec.describe(), { functions: [] });
    await assert.rejects(codec.decodeUplink(INPUT) as Promise<unknown>, { key: 'codec.error.noFunction' });
  });
});
