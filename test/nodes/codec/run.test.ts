import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { type CodecLine, runCodecLine } from '../../../nodes/codec/run.ts';
import { Sandbox } from '../../../nodes/codec/sandbox.ts';

const models = ModelCatalog.open();
const folder = mkdtempSync(join(tmpdir(), 'byflyt-run-'));
const script = join(folder, 'echo.js');
writeFileSync(
  script,
  `function decodeUplink(input) { return { data: { n: input.bytes.length, port: input.fPort, at: input.recvTime.getTime() } }; }
   function encodeDownlink(input) { return { fPort: 3, bytes: [input.data.a] }; }`,
);

function run(line: CodecLine) {
  return runCodecLine(line, { models, language: 'en-US' });
}

describe('codec run', () => {
  after(async () => {
    rmSync(folder, { recursive: true });
    await Sandbox.shared().close();
  });

  it('runs a codec file', async () => {
    const line: CodecLine = {
      codec: script,
      direction: 'decodeUplink',
      fPort: 2,
      bytesHex: '0102 ff',
      recvTime: '1970-01-01T00:00:01Z',
    };
    assert.deepEqual(await run(line), { output: { data: { n: 3, port: 2, at: 1000 } } });
    assert.deepEqual(await run({ codec: script, direction: 'encodeDownlink', data: { a: 7 } }), {
      output: { fPort: 3, bytes: [7] },
    });
  });

  it('runs a model, named as model or as codec', async () => {
    const output = { data: { temperature: 23.4, humidity: 55 } };
    const line: CodecLine = { direction: 'decodeUplink', fPort: 5, bytesHex: '0100EA0237' };
    assert.deepEqual(await run({ ...line, model: 'elsys-ers' }), { output });
    assert.deepEqual(await run({ ...line, codec: 'elsys-ers' }), { output });
    assert.deepEqual(await run({ ...line, model: 'ELSYS ERS/ELT/EMS family' }), { output });
    assert.deepEqual(await run({ ...line, model: 'elsys ers/elt/ems FAMILY' }), { output });
  });

  it('tells what a codec is', async () => {
    assert.deepEqual(await run({ codec: script, direction: 'describe' }), {
      output: { dialect: 'ts013', functions: ['decodeUplink', 'encodeDownlink'] },
    });
    assert.deepEqual(await run({ codec: 'cayenne-lpp', direction: 'describe' }), {
      output: { dialect: 'builtIn', functions: ['decodeUplink'] },
    });
  });

  it('runs a codec file as it wants to be run', async () => {
    const clock = join(folder, 'clock.js');
    writeFileSync(
      clock,
      'function decodeUplink(input) { return { data: [input.recvTime, new Date(0).getHours(), input.fPort] }; }',
    );
    const line: CodecLine = { codec: clock, bytesHex: '00', recvTime: '2025-01-01T00:00:00Z' };
    const wishes = { timeZone: 'Europe/Oslo', recvTime: 'text', context: 'fresh' } as const;
    assert.deepEqual(await run({ ...line, script: wishes }), {
      output: { data: ['2025-01-01T00:00:00.000Z', 1, null] },
    });
  });

  const wrong: [name: string, line: object, key: string][] = [
    ['no codec', { bytesHex: '00' }, 'codec.error.badRequest'],
    ['an unknown model', { model: 'nothing', bytesHex: '00' }, 'codec.error.unknownModel'],
    ['a file that is not there', { codec: join(folder, 'no.js'), bytesHex: '00' }, 'codec.error.unreadable'],
    [
      'an unknown direction',
      { codec: script, direction: 'constructor', bytesHex: '00' },
      'codec.error.badRequest',
    ],
    [
      'a wish that nobody knows',
      { codec: script, bytesHex: '00', script: { speed: 'high' } },
      'codec.error.badRequest',
    ],
    [
      'a time zone that is none',
      { codec: script, bytesHex: '00', script: { timeZone: 'Mars' } },
      'codec.error.timeZone',
    ],
    ['no payload', { codec: script }, 'codec.error.badRequest'],
    ['half a byte', { codec: script, bytesHex: '012' }, 'codec.error.badHex'],
    ['a port that cannot be', { codec: script, bytesHex: '00', fPort: 300 }, 'codec.error.badRequest'],
    [
      'a time that is none',
      { codec: script, bytesHex: '00', recvTime: 'yesterday' },
      'codec.error.badRequest',
    ],
    [
      'a direction that the codec has not',
      { codec: script, direction: 'decodeDownlink', bytesHex: '00' },
      'codec.error.noFunction',
    ],
    ['a cut payload', { model: 'elsys-ers', bytesHex: '01' }, 'codec.error.truncated'],
    [
      'a downlink nobody described',
      { model: 'elsys-ers', direction: 'encodeDownlink', data: { a: 1 } },
      'codec.error.noDownlink',
    ],
  ];
  for (const [name, line, key] of wrong) {
    it(`explains ${name}`, async () => {
      const result = await run(line);
      assert.ok('error' in result);
      assert.equal(result.error.key, key);
      assert.doesNotMatch(result.error.message, /__\w+__|codec\.error/);
    });
  }
});
