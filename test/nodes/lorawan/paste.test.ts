import assert from 'node:assert/strict';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { decodePasted } from '../../../nodes/lorawan/paste.ts';
import { BIN_PAYLOAD, Town } from './town.ts';

const model = 'milesight-em310-udl';
const paste = (body: object, language: 'en-US' | 'nb' = 'en-US') =>
  decodePasted({ fPort: 85, model, ...body }, { models: ModelCatalog.open(), language });

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
      { registry, models, language: 'en-US' },
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
});
