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
import { removeFolders, sampleRepository } from './sample-repository.ts';

describe('examples of a repository codec', () => {
  let repository: DeviceRepository;

  before(() => {
    repository = new DeviceRepository(sampleRepository());
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
