import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { mappingOf } from '../../../nodes/lorawan/mapping.ts';
import { decodePastedMessage } from '../../../nodes/nbiot/paste.ts';
import { DEVICES, IMEI, NOW, ndds20, Town } from './town.ts';

const { util } = createRequire(import.meta.url)('@node-red/util') as {
  util: Parameters<typeof mappingOf>[2];
};
const mappingFor = (text: string) => mappingOf(text, undefined, util);
const { registry } = new Town();
const get = (id: string) => DEVICES.find((device) => device.id === id);

async function paste(body: object, language: 'en-US' | 'nb' = 'en-US') {
  const context = { models: ModelCatalog.open(), registry: { ...registry, get }, language, mappingFor };
  const answer = await decodePastedMessage(body, context);
  return 'error' in answer
    ? { ...answer, values: undefined }
    : {
        ...answer,
        values: answer.samples.map(({ rows }) => rows.map(({ value, unit }) => `${value} ${unit}`)),
      };
}

const payload = ndds20(1500, NOW).toString('hex');
const SHOWN = [['1.5 m', '3.316 V', '50 %']];

describe('paste a message of NB-IoT', () => {
  it('reads bytes by the device that they name, a device that is chosen, or a model', async () => {
    assert.deepEqual((await paste({ payload })).values, SHOWN);
    assert.deepEqual((await paste({ payload: `{"imei":"${IMEI}","data":"${payload}"}` })).values, SHOWN);
    assert.deepEqual((await paste({ payload, device: 'container' })).values, SHOWN);
    // A model knows no distance to the bottom.
    assert.deepEqual((await paste({ payload, model: 'dragino-ndds20' })).values, [['1.5 m', '3.316 V']]);
  });

  it('shows each sample of a pack, and what nobody knows', async () => {
    const pack = [
      { bn: 'a:', n: 'water_level', u: 'm', v: 1 },
      { n: 'water_level', u: 'm', v: 2, t: -60 },
      { n: 'x', v: 1 },
    ];
    const answer = await paste({ payload: JSON.stringify(pack), device: 'senml' });
    assert.deepEqual(answer.values, [['1 m'], ['2 m']]);
    assert.deepEqual('unknownNames' in answer && answer.unknownNames, ['x']);
  });

  it('says what the message is, also where there is nothing to read', async () => {
    const event = await paste({ payload: '{"type":"ERROR","device":{"iccid":"8988280666000002864"}}' });
    assert.deepEqual('message' in event && event.message, ['No reading: error.']);
    const device = { deviceId: 'd1', collectionId: 'c1', imei: IMEI };
    const request = { type: 'data', device, payload: ndds20(1500, NOW).toString('base64') };
    const known = await paste({ payload: JSON.stringify(request) });
    assert.deepEqual('message' in known && known.message, [
      'Recognised: lab5e-span.',
      'From the device “Container”.',
    ]);
    const stranger = await paste({ payload: '{"imei":"490154203237518","data":"00"}' }, 'nb');
    assert.match(String('message' in stranger && stranger.message), /Ingen registrert enhet/);
    const several = await paste({ payload: `[{"imei":"${IMEI}","data":"${payload}"},{"imei":"1"}]` });
    assert.match(String('message' in several && several.message), /2 messages/);
  });

  it('reads by a mapping', async () => {
    const mapping = '{ "imei": payload.modem, "payloadHex": payload.hex }';
    const message = JSON.stringify({ modem: IMEI, hex: payload });
    assert.deepEqual((await paste({ payload: message, platform: 'mapping', mapping })).values, SHOWN);
  });

  it('answers what is wrong with a sentence', async () => {
    for (const [body, sentence] of [
      [{}, /hexadecimal nor base64/],
      [{ payload: '{"a":' }, /not JSON/],
      [{ payload, model: 'no-such' }, /no device model/],
      [{ payload: payload.slice(0, 20), device: 'container' }, /cut off/],
      [{ payload: '{}', platform: 'mapping', mapping: '7' }, /gave no message/],
    ] as const) {
      const answer = await paste(body);
      assert.match(String('error' in answer && answer.error), sentence);
    }
  });
});
