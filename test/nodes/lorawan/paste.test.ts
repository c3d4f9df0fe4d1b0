import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { mappingOf } from '../../../nodes/lorawan/mapping.ts';
import { decodePasted } from '../../../nodes/lorawan/paste.ts';
import { samplesOf } from './shared-samples.ts';
import { BIN, BIN_PAYLOAD, Town, uplink } from './town.ts';

const { util } = createRequire(import.meta.url)('@node-red/util') as {
  util: Parameters<typeof mappingOf>[2];
};
const mappingFor = (text: string) => mappingOf(text, undefined, util);

const model = 'milesight-em310-udl';
const paste = (body: object, language: 'en-US' | 'nb' = 'en-US') =>
  decodePasted({ fPort: 85, model, ...body }, { models: ModelCatalog.open(), language, mappingFor });

describe('paste a payload', () => {
  const base64 = Buffer.from(BIN_PAYLOAD, 'hex').toString('base64');
  for (const payload of [
    BIN_PAYLOAD,
    '01 75 5C 03 82 44 08 04 00 01',
    '0x01755c0382440804 0001',
    base64,
    ` ${base64}\n`,
  ]) {
    it(`reads ${JSON.stringify(payload)}`, async () => {
      const answer = await paste({ payload });
      assert.ok(!('error' in answer), JSON.stringify(answer));
      const distance = answer.samples[0]?.rows.find(({ quantity }) => quantity === 'distance');
      assert.deepEqual([distance?.value, distance?.unit], ['2.116', 'm']);
      assert.equal(answer.codec, `Read by ${model}: a format that is built into Byflyt.`);
    });
  }

  it('writes values and names in the language of the reader', async () => {
    const answer = await paste({ payload: BIN_PAYLOAD }, 'nb');
    assert.ok(!('error' in answer));
    const shown = new Map(answer.samples[0]?.rows.map(({ label, value }) => [label, value]));
    assert.equal(shown.get('Avstand'), '2,116');
    assert.equal(shown.get('Veltet'), 'ja');
  });

  it('adds what only the registered device knows', async () => {
    const town = new Town();
    const { registry, models } = town;
    const answer = await decodePasted(
      { payload: BIN_PAYLOAD, fPort: 85, device: 'bin-7' },
      { registry, models, language: 'en-US', mappingFor },
    );
    town.remove();
    assert.ok(!('error' in answer));
    assert.ok(
      answer.samples[0]?.rows.some(({ quantity, unit }) => quantity === 'fill_level' && unit === '%'),
    );
  });

  const refused: [string, object][] = [
    ['a text that is no payload', { payload: 'hello world!' }],
    ['nothing', { payload: '' }],
    ['a cut payload', { payload: BIN_PAYLOAD.slice(0, 12) }],
    ['no port', { payload: '01', fPort: '' }],
    ['port 300', { payload: '01', fPort: 300 }],
    ['no model', { payload: '01', model: '' }],
    ['a model that does not exist', { payload: '01', model: 'none' }],
  ];
  for (const [what, body] of refused) {
    it(`answers with a sentence to ${what}`, async () => {
      const answer = await paste(body);
      assert.ok('error' in answer);
      assert.match(answer.error, /^[A-Z].+\.$/);
      assert.doesNotMatch(answer.error, /__|unexpected/);
    });
  }

  describe('or a whole message', () => {
    const message = (kind: string, name: string) => {
      const found = samplesOf(kind).find((sample) => sample.name === name);
      assert.ok(found);
      return typeof found.body === 'string' ? found.body : JSON.stringify(found.body);
    };
    const sentences = async (body: object) => {
      const answer = await paste({ model: '', ...body });
      assert.ok(!('error' in answer), JSON.stringify(answer));
      return [answer.message?.join(' '), answer.samples.length] as const;
    };

    it('says which network server sent it, and what it is', async () => {
      const [said, samples] = await sentences({ payload: message('loriot', 'tb-gw-bosch') });
      assert.match(
        said ?? '',
        /^Recognised: LORIOT\. DevEUI 0102030405060708, port 2, frame number 3, time 2023/,
      );
      assert.match(said ?? '', /gateways: 2\. No registered device/);
      assert.equal(samples, 0);
      const [xml] = await sentences({ payload: `  ${message('actility-xml', 'doc-uplink')}` });
      assert.match(xml ?? '', /^Recognised: Actility ThingPark\./);
      const [join] = await sentences({ payload: message('actility', 'tpx-notification-message') });
      assert.match(join ?? '', /No reading: join\./);
      const [closed, none] = await sentences({ payload: message('everynet', 'captured-first') });
      assert.match(closed ?? '', /The payload is encrypted/);
      assert.equal(none, 0);
    });

    it('shows the first of several, as a list or line by line', async () => {
      const both = [BIN_PAYLOAD, '00'].map((hex) => JSON.stringify(uplink(BIN.devEui ?? '', hex)));
      for (const payload of [`[${both.join()}]`, both.join('\n')]) {
        const [said] = await sentences({ payload });
        assert.match(said ?? '', /2 messages.* Recognised: The Things Stack v3\./);
      }
    });

    it('decodes it with the device that it names, or with a model', async () => {
      const town = new Town();
      const { registry, models } = town;
      const body = { payload: JSON.stringify(uplink(BIN.devEui ?? '', BIN_PAYLOAD)) };
      const context = { registry, models, language: 'en-US', mappingFor } as const;
      for (const reader of [{}, { model }, { device: 'bin-7' }]) {
        const answer = await decodePasted({ ...body, ...reader }, context);
        assert.ok(!('error' in answer), JSON.stringify(answer));
        assert.ok(answer.samples[0]?.rows.some(({ quantity }) => quantity === 'distance'));
      }
      town.remove();
    });

    it('reads it with a mapping', async () => {
      const payload = JSON.stringify({ sensor: { eui: '24E124713B000007' }, raw: BIN_PAYLOAD, p: 85 });
      const mapping = '{ "devEui": payload.sensor.eui, "fPort": payload.p, "payloadHex": payload.raw }';
      const answer = await paste({ payload, server: 'mapping', mapping });
      assert.ok(!('error' in answer), JSON.stringify(answer));
      assert.match(
        answer.message?.join(' ') ?? '',
        /^Read by the mapping\. DevEUI 24e124713b000007, port 85\.$/,
      );
      assert.ok(answer.samples[0]?.rows.some(({ quantity }) => quantity === 'distance'));
      const failing: [mapping: string, said: RegExp][] = [
        ['', /Write a mapping/],
        ['{ "devEui": ', /The mapping in the decode node failed: .*end of expression/],
        ['$error("no")', /The mapping in the decode node failed: no/],
        ['payload.p', /gave no message/],
        ['{ "payloadHex": "%%", "fPort": 1 }', /neither hexadecimal nor base64/],
        ['{ "event": "join" }', /No reading: join/],
      ];
      for (const [text, said] of failing) {
        const refusal = await paste({ payload, server: 'mapping', mapping: text });
        assert.match('error' in refusal ? refusal.error : (refusal.message?.join(' ') ?? ''), said);
      }
    });

    it('says what is wrong with it', async () => {
      for (const [payload, said] of [
        ['{"a":', /not JSON/],
        ['{"hello":"world"}', /no network server that Byflyt knows/],
        ['<!DOCTYPE x>', /XML cannot be read/],
      ] as const) {
        const answer = await paste({ payload });
        assert.ok('error' in answer && said.test(answer.error), JSON.stringify(answer));
      }
      const answer = await paste({ payload: message('loriot', 'tb-gw-bosch'), server: 'tts-v3' });
      assert.ok('error' in answer && /not one of The Things Stack v3/.test(answer.error));
    });
  });
});
