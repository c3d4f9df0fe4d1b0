import assert from 'node:assert/strict';
import {
  isSameOutput,
  readExamples,
  runExamples,
} from '../../../../nodes/codec/repository/codec-examples.ts';
import { sampleCodec } from '../../../../nodes/codec/repository/codec-sample.ts';
import { DeviceRepository } from '../../../../nodes/codec/repository/device-repository.ts';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../../nodes/codec/scripted-codec.ts';
import { removeFolders, sampleRepository, writeFile } from './sample-repository.ts';

describe('examples of a repository codec', () => {
  let root: string;
  let repository: DeviceRepository;

  before(() => {
    root = sampleRepository();
    repository = new DeviceRepository(root);
  });
  after(async () => {
    removeFolders();
    await Sandbox.shared().close();
  });

  async function opened(id: string) {
    const { script, source, examples } = await repository.codec('nordvind', id);
    return { codec: codecFromSource(script, source), examples };
  }

  it('pass in all directions, normalized output and expected errors too', async () => {
    const { codec, examples } = await opened('gust-codec');
    const results = await runExamples(codec, examples, 'en-US');
    assert.deepEqual(
      results.map(({ direction, passed }) => [direction, passed]),
      examples.map(({ direction }) => [direction, true]),
    );
  });

  describe('with scripts of their own for commands', () => {
    const uplink = `function read(bytes) { return bytes[0] * 10; }
      function decodeUplink(input) { return { data: { level: read(input.bytes) } }; }
      function encodeDownlink() { return { bytes: [0] }; }`;
    const command = `function read(bytes) { return bytes[0] - 1; }
      function Encode(fPort, data) { return [data.level + 1]; }
      function encodeDownlink(input) { return { fPort: 9, bytes: Encode(9, input.data) }; }
      function decodeDownlink(input) { return { data: { level: read(input.bytes) } }; } // the end`;
    const inputs = {
      uplinkDecoder: '{ input: { fPort: 1, bytes: [5] }, output: { data: { level: 50 } } }',
      downlinkEncoder: '{ input: { data: { level: 5 } }, output: { fPort: 9, bytes: [6] } }',
      downlinkDecoder: '{ input: { fPort: 9, bytes: [6] }, output: { data: { level: 5 } } }',
    };

    function write(scripts: Record<keyof typeof inputs, string>): void {
      const sections = Object.entries(inputs).map(
        ([name, example]) =>
          `${name}: { fileName: ${scripts[name as keyof typeof inputs]}, examples: [${example}] }`,
      );
      writeFile(root, 'vendor/nordvind/apart.yaml', sections.join('\n'));
      writeFile(root, 'vendor/nordvind/uplink.js', uplink);
      writeFile(root, 'vendor/nordvind/payload/command.js', command);
    }

    it('pass although both files have a helper and a function of the same name', async () => {
      const apart = 'payload/command.js';
      write({ uplinkDecoder: 'uplink.js', downlinkEncoder: apart, downlinkDecoder: apart });
      const { codec, examples } = await opened('apart');
      const results = await runExamples(codec, examples, 'en-US');
      assert.deepEqual(
        results.map(({ got }) => got),
        [{ data: { level: 50 } }, { fPort: 9, bytes: [6] }, { data: { level: 5 } }],
      );
      assert.deepEqual((await codec.describe()).functions.length, 3);
    });

    it('have another version when only the script for commands changed', async () => {
      const { version } = await repository.codec('nordvind', 'apart');
      writeFile(root, 'vendor/nordvind/payload/command.js', command.replace('- 1', '- 2'));
      assert.notEqual((await repository.codec('nordvind', 'apart')).version, version);
    });

    it('name the script that is missing', async () => {
      write({ uplinkDecoder: 'uplink.js', downlinkEncoder: 'gone.js', downlinkDecoder: 'uplink.js' });
      await assert.rejects(repository.codec('nordvind', 'apart'), {
        key: 'codec.repository.missing',
        parameters: { file: 'nordvind/gone.js' },
      });
    });
  });

  it('show expected and got side by side where the author is wrong', async () => {
    const { codec, examples } = await opened('gust-2-codec');
    const [right, wrong] = await runExamples(codec, examples, 'en-US');
    assert.equal(right?.passed, true);
    assert.deepEqual(wrong, {
      description: 'Door closed',
      direction: 'decodeUplink',
      passed: false,
      expected: { data: { TempC: -56, TempC_2: 22, door: 'closed', history: [] } },
      got: { data: { TempC: 200, TempC_2: 22, door: 'closed', history: [] }, warnings: [] },
    });
  });

  it('give a sentence where the codec fails or the example is incomplete', async () => {
    const codec = codecFromSource('bad.js', 'function decodeUplink() { return nothing.at; }');
    const examples = readExamples({
      uplinkDecoder: {
        examples: [
          { input: { fPort: 1, bytes: [1] }, output: { data: {} } },
          { description: 'no bytes', input: { fPort: 1, bytes: [256] }, output: { data: {} } },
          'nonsense',
        ],
      },
    });
    const results = await runExamples(codec, examples, 'en-US');
    assert.equal(results.length, 2);
    assert.match(String(results[0]?.got), /The codec bad\.js stopped with an error in line 1/);
    assert.match(String(results[1]?.got), /has no payload/);
  });

  it('count as the same in any order of keys and with empty lists for none', () => {
    assert.ok(isSameOutput({ data: { a: 1, b: [2] } }, { warnings: [], errors: [], data: { b: [2], a: 1 } }));
    assert.ok(isSameOutput({ data: { a: 0 } }, { data: { a: -0, b: undefined } }));
    assert.ok(!isSameOutput({ data: { a: 1 } }, { data: { a: '1' } }));
    assert.ok(!isSameOutput({ data: {} }, { data: {}, warnings: ['low'] }));
  });

  it('tell which names a codec gives, its usual FPort, and what comes together', async () => {
    const { codec, examples } = await opened('gust-codec');
    const sample = await sampleCodec(codec, examples);
    assert.deepEqual(sample.names, [
      { path: 'wind.knots', values: [20, 10] },
      { path: 'wind.from', values: ['W', 'N'] },
      { path: 'BatV', values: [3.6, 3.1] },
      { path: 'normalized.wind.speed', values: [10.288, 5.144] },
      { path: 'normalized.wind.direction', values: [270, 0] },
    ]);
    assert.deepEqual([sample.normalizes, sample.fPort, sample.lists], [true, 7, []]);
    assert.ok(sample.together('BatV', 'wind.from'));
    assert.ok(!sample.together('BatV', 'other'));
  });

  it('stand in for a codec that fails, so that its names are known all the same', async () => {
    const { examples } = await opened('gust-2-codec');
    const broken = codecFromSource('broken.js', 'function decodeUplink() { throw new Error("no") }');
    const { names, lists, normalizes } = await sampleCodec(broken, examples);
    assert.deepEqual(
      names.map(({ path }) => path),
      ['TempC', 'TempC_2', 'door'],
    );
    assert.deepEqual([lists, normalizes], [['history'], false]);
    assert.deepEqual((await sampleCodec(codecFromSource('no.js', '}'), [])).names, []);
  });
});
