import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { sourceOf } from '../../../nodes/intake/intake-settings.ts';
import { isAuthentic, type WebhookCheck, type WebhookRequest } from '../../../nodes/intake/webhook-checks.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { type Sample, samplesOf } from '../lorawan/shared-samples.ts';

const request = (facts: Partial<WebhookRequest>): WebhookRequest => ({
  headers: {},
  query: '',
  body: Buffer.alloc(0),
  ...facts,
});
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('webhook checks', () => {
  const bearer: WebhookCheck = { kind: 'header', header: 'Authorization', secret: 'Bearer abc' };
  const account: WebhookCheck = { kind: 'basic', username: 'tts', password: 'æ:ø' };
  const cases: [what: string, check: WebhookCheck, headers: WebhookRequest['headers'], passes: boolean][] = [
    ['the right header', bearer, { authorization: 'Bearer abc' }, true],
    ['another value', bearer, { authorization: 'Bearer abd' }, false],
    ['a longer value', bearer, { authorization: 'Bearer abcd' }, false],
    ['no header', bearer, {}, false],
    ['an empty header', bearer, { authorization: '' }, false],
    ['the right user', account, basic('tts:æ:ø'), true],
    ['another password', account, basic('tts:æ'), false],
    ['another user', account, basic('tt:s:æ:ø'), false],
    ['a scheme that is not Basic', account, { authorization: 'Bearer x' }, false],
    ['nothing', account, {}, false],
  ];
  for (const [what, check, headers, passes] of cases) {
    it(`${passes ? 'let in' : 'turn away'}: ${check.kind}, ${what}`, () => {
      assert.equal(isAuthentic(check, request({ headers })), passes);
    });
  }

  it('know a secret in the address, for platforms that send no header of ours', () => {
    const check: WebhookCheck = { kind: 'query', secret: 'a+b/å&c' };
    const passes = (query: string) => isAuthentic(check, request({ query }));
    const right = 'token=a%2Bb%2F%C3%A5%26c';
    assert.deepEqual([right, `x=1&${right}`, `${right}&x=1`].map(passes), [true, true, true]);
    const wrong = [
      '',
      'token',
      'token=',
      'token=a',
      `Token=${right}`,
      `x${right}`,
      `token=x&${right}`,
      'token=%',
    ];
    assert.deepEqual(
      wrong.map(passes),
      wrong.map(() => false),
    );
  });

  it("know KPN Things' token over the body", () => {
    const [secret, body] = [
      'a shared secret of thirty letters',
      Buffer.from('[{"bn":"urn:dev:DVNUUID:1:"}]'),
    ];
    const token = createHash('sha256').update(`${body}${secret}`).digest('hex');
    const check: WebhookCheck = { kind: 'kpn-things', secret };
    const signed = (value: string, bytes = body) =>
      isAuthentic(check, request({ headers: { 'things-message-token': value }, body: bytes }));
    assert.deepEqual([signed(token), signed(token.toUpperCase())], [true, true]);
    assert.deepEqual([signed(token, Buffer.from('[]')), signed('')], [false, false]);
  });

  describe("know ThingPark's token", () => {
    const signed = ['actility', 'actility-xml']
      .flatMap((kind) => samplesOf(kind))
      .filter(({ expect }) => expect.tokenValid === true && expect.asKey !== undefined);
    const queryOf = ({ query = '' }: Sample) =>
      typeof query === 'string'
        ? query
        : Object.entries(query)
            .map(([name, value]) => `${name}=${value}`)
            .join('&');
    const passes = (sample: Sample, change: { query?: string; body?: string; key?: string } = {}) => {
      const { body = typeof sample.body === 'string' ? sample.body : JSON.stringify(sample.body) } = change;
      const check: WebhookCheck = { kind: 'thingpark', key: change.key ?? String(sample.expect.asKey) };
      return isAuthentic(check, request({ query: change.query ?? queryOf(sample), body: Buffer.from(body) }));
    };

    it('in enough samples', () => assert.ok(signed.length >= 6));
    for (const sample of signed) {
      it(`of ${sample.name}`, () => {
        const query = queryOf(sample);
        assert.equal(passes(sample), true);
        assert.equal(passes(sample, { key: String(sample.expect.asKey).toUpperCase() }), true);
        assert.equal(passes(sample, { query: query.replaceAll(':', '%3A').replaceAll('+', '%2B') }), true);
        assert.equal(passes(sample, { query: query.replace('Time=2', 'Time=3') }), false);
        assert.equal(passes(sample, { query: query.replace(/&?Token=\w+/, '') }), false);
        assert.equal(passes(sample, { key: 'ffffffffffffffffffffffffffffffff' }), false);
        const changed = JSON.stringify(sample.body).replace(/("CustomerID":")(\d)/, '$19');
        assert.equal(passes(sample, { body: changed }), false);
      });
    }

    it('of the same report in XML', () => {
      const [customer, devEui, key] = ['100000001', '0059AC0000000001', 'c6f5e3b263092120b8766b9aed9c41b4'];
      const query = `LrnDevEui=${devEui}&LrnFPort=1&AS_ID=x&Time=2018-01-12T10:00:00.000+01:00`;
      const token = createHash('sha256').update(`${customer}${devEui}110001${query}${key}`).digest('hex');
      const body = `<?xml version="1.0"?><DevEUI_uplink xmlns="http://uri.actility.com/lora"><DevEUI>${devEui}</DevEUI><FPort>1</FPort><FCntUp>1</FCntUp><payload_hex>0001</payload_hex><CustomerID>${customer}</CustomerID></DevEUI_uplink>`;
      const check: WebhookCheck = { kind: 'thingpark', key };
      const given = (text: string) =>
        isAuthentic(check, request({ query: `${query}&Token=${token}`, body: Buffer.from(text) }));
      assert.deepEqual(
        [given(body), given(body.replace('0001</p', '0002</p')), given('<')],
        [true, false, false],
      );
    });

    it('of an uplink without a document around it, with numbers for texts', () => {
      const key = '0b35d8e6-a146-44b1-8430-46e8bfa250d4';
      const query =
        'LrnDevEui=0059AC0000181EB6&LrnFPort=1&LrnInfos=null&AS_ID=a.developer&Time=2026-09-09T11:17:17.352Z';
      const uplink = {
        FPort: 1,
        FCntUp: 0,
        DevEUI: '0059AC0000181EB6',
        payload_hex: 'effe',
        CustomerID: 100006356,
      };
      const signed = `1000063560059AC0000181EB610effe${query}${key}`;
      const token = createHash('sha256').update(signed).digest('hex');
      const given = (body: object) =>
        isAuthentic(
          { kind: 'thingpark', key },
          request({ query: `${query}&Token=${token}`, body: Buffer.from(JSON.stringify(body)) }),
        );
      assert.deepEqual([given(uplink), given({ ...uplink, FCntUp: 1 })], [true, false]);
    });

    describe('of one report, and nothing beside it', () => {
      const [customer, devEui, key] = ['100000001', '0059AC0000000001', 'c6f5e3b263092120b8766b9aed9c41b4'];
      const query = `LrnDevEui=${devEui}&Time=2018-01-12T10:00:00.000+01:00`;
      const token = createHash('sha256').update(`${customer}${devEui}110001${query}${key}`).digest('hex');
      const given = (body: unknown) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const asked = request({ query: `${query}&Token=${token}`, body: Buffer.from(text) });
        return isAuthentic({ kind: 'thingpark', key }, asked);
      };
      const report = { CustomerID: customer, DevEUI: devEui, FPort: '1', FCntUp: '1', payload_hex: '0001' };
      const forged = { end_device_ids: {}, uplink_message: { f_port: 1, frm_payload: 'AQ==' } };
      const elements = Object.entries(report).map(([name, text]) => `<${name}>${text}</${name}>`);
      const document = `<DevEUI_uplink>${elements.join('')}</DevEUI_uplink>`;

      it('in JSON', () => {
        assert.deepEqual([given({ DevEUI_uplink: report }), given(report)], [true, true]);
        assert.equal(given({ DevEUI_uplink: report, ...forged }), false);
        assert.equal(given({ ...report, ...forged }), false);
        assert.equal(given({ DevEUI_x: report, DevEUI_uplink: { ...report, payload_hex: '02' } }), false);
        assert.equal(given({ DevEUI_uplink: { ...report, DevEUI: '0059AC0000000002' } }), false);
      });

      it('in XML', () => {
        assert.equal(given(document), true);
        const twice = (inside: string) =>
          document.replace('<CustomerID>', `<Lrrs>${inside}</Lrrs><CustomerID>`);
        for (const name of ['payload_hex', 'n:payload_hex', 'payload_hex a="b"']) {
          const end = name.split(' ')[0];
          assert.equal(given(twice(`<${name}>0002</${end}>`)), false, name);
        }
        assert.equal(given(`\uFEFF <?xml version="1.0"?>\n${document}`), true);
        assert.equal(given(`<uplink_message>${document}</uplink_message>`), false);
      });

      it('in no more time than its length asks for', () => {
        const start = performance.now();
        for (const part of [' ', '<', '<DevEUI_', '<payload_hex>', '<?xml ', '{"a":', '<a:'])
          assert.equal(given(part.repeat(1_000_000 / part.length)), false, part);
        const took = performance.now() - start;
        assert.ok(took < 2000, `${took} ms`);
      });
    });

    for (const body of ['', '[]', 'null', '{"DevEUI_uplink":null}', '{"constructor":1}', '<DevEUI_uplink']) {
      it(`not of ${body || 'nothing'}`, () => {
        const check: WebhookCheck = { kind: 'thingpark', key: 'k' };
        assert.equal(
          isAuthentic(check, request({ query: 'Token=%zz&Token=', body: Buffer.from(body) })),
          false,
        );
      });
    }
  });

  it('ask for the secret that they need', () => {
    const form = {
      transport: 'webhook',
      broker: 'byflyt',
      url: '',
      topics: [],
      protocolVersion: '4',
      path: '/x',
    } as const;
    for (const check of ['basic', 'thingpark', 'kpn-things'] as const) {
      assert.throws(() => sourceOf({ ...form, topics: [], check }, {}, {}), ConfigurationError);
    }
    assert.equal(sourceOf({ ...form, topics: [] }, undefined, {}).kind, 'webhook');
  });
});
