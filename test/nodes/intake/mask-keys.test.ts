import assert from 'node:assert/strict';
import { maskKeys } from '../../../nodes/intake/mask-keys.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';

const masked = (text: string): string => maskKeys(Buffer.from(text)).toString();

describe('keys in messages', () => {
  const key = '34216a533ceb98b5c811a9acf72e6822';
  const messages: [what: string, sent: string, kept: string][] = [
    ['of ThingPark', `{"DevEUI":"00","AppSKey":"${key}"}`, '{"DevEUI":"00","AppSKey":"***"}'],
    ['with spaces and lines', `{ "appSKey" :\n "${key}" }`, '{ "appSKey" :\n "***" }'],
    ['in capitals', `{"APPSKEY":"${key}"}`, '{"APPSKEY":"***"}'],
    [
      'of 1.1',
      `{"FNwkSIntKey":"${key}","nwkSEncKey":"${key}","JSIntKey":"${key}"}`,
      '{"FNwkSIntKey":"***","nwkSEncKey":"***","JSIntKey":"***"}',
    ],
    [
      'of The Things Stack',
      '{"session_key_id":"AY==","app_s_key":{"key":"3q2+7w==","kek_label":""},"f_port":1}',
      '{"session_key_id":"AY==","app_s_key":{"key":"***","kek_label":"***"},"f_port":1}',
    ],
    [
      'of ChirpStack',
      '{"appSKey":{"kekLabel":"k","aesKey":"aGVtbGln"}}',
      '{"appSKey":{"kekLabel":"***","aesKey":"***"}}',
    ],
    [
      'in a text that is JSON itself',
      String.raw`{"CustomerData":"{\"AppKey\":\"${key}\",\"loc\":1}"}`,
      String.raw`{"CustomerData":"{\"AppKey\":\"***\",\"loc\":1}"}`,
    ],
    [
      'in an object of a text that is JSON itself',
      String.raw`{"Message":"{\"app_s_key\":{\"key\":\"3q2+7w==\",\"kek_label\":\"\"},\"f_port\":1}"}`,
      String.raw`{"Message":"{\"app_s_key\":{\"key\":\"***\",\"kek_label\":\"***\"},\"f_port\":1}"}`,
    ],
    [
      'in XML',
      `<DevEUI_uplink><AppSKey>${key}</AppSKey><FPort>2</FPort></DevEUI_uplink>`,
      '<DevEUI_uplink><AppSKey>***</AppSKey><FPort>2</FPort></DevEUI_uplink>',
    ],
    [
      'in the variable of a join',
      `{"DevEUI_notification":{"Type":"join","Var1":"${key}","FCntDn":0}}`,
      '{"DevEUI_notification":{"Type":"join","Var1":"***","FCntDn":0}}',
    ],
    [
      'in the variable of a join in XML',
      `<DevEUI_notification><Type>join</Type><Var1>${key}</Var1></DevEUI_notification>`,
      '<DevEUI_notification><Type>join</Type><Var1>***</Var1></DevEUI_notification>',
    ],
  ];
  for (const [what, sent, kept] of messages)
    it(`are masked: ${what}`, () => assert.equal(masked(sent), kept));

  describe('in Base64', () => {
    const inner = (kept: string) => `{"devEUI":"00","app_s_key":{"key":"${kept}"},"note":"ø?>~"}`;
    const coded = (text: string, encoding: BufferEncoding = 'base64') => Buffer.from(text).toString(encoding);
    const wrapped: [what: string, wrap: (text: string) => string][] = [
      ['of Pub/Sub', (text) => JSON.stringify({ message: { data: coded(text), messageId: '7' } })],
      ['for addresses', (text) => `{"data":"${coded(text, 'base64url')}"}`],
      ['with escaped slashes', (text) => `{"data":"${coded(text).replaceAll('/', String.raw`\/`)}"}`],
      ['with white space in it', (text) => `{"data": "${coded(JSON.stringify(JSON.parse(text), null, 2))}"}`],
      ['of a list', (text) => `{"data":"${coded(`[${text}]`)}"}`],
      ['in Base64 again', (text) => `{"data":"${coded(`{"data":"${coded(text)}"}`)}"}`],
      ['in a text that is JSON itself', (text) => JSON.stringify({ a: JSON.stringify({ b: coded(text) }) })],
    ];
    for (const [what, wrap] of wrapped) {
      it(`are masked: ${what}`, () => {
        const kept = masked(wrap(inner(key)));
        assert.deepEqual(JSON.parse(kept), JSON.parse(wrap(inner('***'))));
        assert.notEqual(kept, wrap(inner(key)));
      });
    }

    const alone: [what: string, text: string][] = [
      [
        'an object without keys',
        JSON.stringify({ data: coded('{"temperature":21.5,"note":"no key here"}') }),
      ],
      ['a token', JSON.stringify({ token: `${coded('{"alg":"HS256","appkey":"x"}')}.e30.abc` })],
      ['what only begins like it', JSON.stringify({ name: 'eyJeyJeyJeyJeyJeyJeyJeyJeyJ' })],
    ];
    for (const [what, text] of alone) it(`leave ${what} alone`, () => assert.equal(masked(text), text));
  });

  const harmless: [what: string, sent: string][] = [
    ['an id of a session key', '{"session_key_id":"AYfqmb0pc/1uRZv9xUydgQ=="}'],
    ['a word', '{"monkey":"banana","note":"AppSKey is kept elsewhere"}'],
    // Half of it masked, the message would be no JSON any more.
    ['a text with a quotation mark in it', String.raw`{"appKey":"a\"b","app_s_key":{"kek_label":"x\"y"}}`],
    ['a battery', '{"Type":"devstatusans","Var1":"98"}'],
    ['bytes that are no text', 'key"\u0000\ufffd'],
  ];
  for (const [what, sent] of harmless) {
    it(`leave the rest alone: ${what}`, () => {
      const body = Buffer.from(sent);
      assert.equal(maskKeys(body), body);
    });
  }

  it('are masked in messages with any bytes, which stay as they are', () => {
    const body = Buffer.concat([Buffer.from('{"AppSKey":"00","name":"'), Buffer.of(0xff, 0xc3, 0xa6, 0x80)]);
    assert.deepEqual(maskKeys(body).subarray(-4), Buffer.of(0xff, 0xc3, 0xa6, 0x80));
  });

  const million = 1_000_000;
  const long: [what: string, sent: string][] = [
    ['names', `"${'app'.repeat(million / 3)}key":`],
    ['beginnings of names', `${'"app'.repeat(million / 4)}key"`],
    ['backslashes', `${'\\\\'.repeat(million / 2)}key"`],
    ['objects', `${'"appkey":{'.repeat(million / 10)}`],
    ['elements', `${'<appkey '.repeat(million / 8)}>`],
    ['Base64', `"eyJ${'A'.repeat(million)}`],
    ['escaped Base64', `"eyJ${String.raw`\\/`.repeat(million / 2)}`],
    ['beginnings of Base64', '"eyJAAAAAAAAAAAAAAAAAAAAAAAAA\\'.repeat(million / 30)],
    ['spaces', `"Var1"${' '.repeat(million)}"Type"${' '.repeat(million)}`],
  ];
  for (const [what, sent] of long) {
    it(`are looked for in no time in a message of nothing but ${what}`, () => {
      const start = performance.now();
      masked(sent);
      assert.ok(performance.now() - start < 1000);
    });
  }

  for (const kind of ['actility', 'actility-xml', 'tts-v3', 'chirpstack-v4', 'everynet']) {
    it(`leave every message of ${kind} readable`, () => {
      for (const { name, body } of samplesOf(kind)) {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const kept = masked(text);
        assert.doesNotMatch(kept, /AppSKey"?[:>]"?[0-9a-f]{32}/i, name);
        if (typeof body !== 'string')
          assert.deepEqual(Object.keys(JSON.parse(kept)), Object.keys(body as object));
      }
    });
  }
});
