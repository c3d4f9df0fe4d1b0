/** What devices say when they register, and what the server writes, held against the readers of the same formats. */
import assert from 'node:assert/strict';
import { threadCpuUsage } from 'node:process';
import fc from 'fast-check';
import { readLwm2m } from '../../../../nodes/nbiot/lwm2m.ts';
import { readLinks } from '../../../../nodes/nbiot/lwm2m-server/link-format.ts';
import { objectPaths, readRegistrationFacts } from '../../../../nodes/nbiot/lwm2m-server/registration.ts';
import { FORMAT, typedValue, writeBody } from '../../../../nodes/nbiot/lwm2m-server/resource-body.ts';
import { MessageError } from '../../../../nodes/observation/errors.ts';

const facts = (query: readonly string[], links = '') => readRegistrationFacts(query, Buffer.from(links));

describe('registration of an LwM2M device', () => {
  for (const [what, query, expected] of [
    ['1.0 with queue mode', ['b=UQ', 'lwm2m=1.0'], { queueMode: true, version: '1.0' }],
    ['1.0 by SMS too', ['b=UQS', 'sms=4712345678'], { queueMode: true }],
    ['1.1 with queue mode', ['lwm2m=1.1', 'b=U', 'Q'], { queueMode: true, version: '1.1' }],
    ['1.1 without', ['lwm2m=1.1', 'b=U'], { queueMode: false, version: '1.1' }],
    ['a third number of the version', ['lwm2m=1.0.2'], { version: '1.0' }],
    ['a name with an equals sign', ['ep=a=b', 'lt=60'], { endpoint: 'a=b', lifetime: 60 }],
    ['nothing, as an update may', [], {}],
  ] as const) {
    it(`reads ${what}`, () => assert.deepEqual(facts(query), expected));
  }

  for (const [query, key] of [
    [['ep='], 'lwm2mEndpoint'],
    [['ep=two words'], 'lwm2mEndpoint'],
    [[`ep=${'x'.repeat(256)}`], 'lwm2mEndpoint'],
    [['lt=0'], 'lwm2mLifetime'],
    [['lt=-5'], 'lwm2mLifetime'],
    [['lt=2147483648'], 'lwm2mLifetime'],
    [['lwm2m=1.2'], 'lwm2mVersion'],
  ] as const) {
    it(`refuses ${query[0]?.slice(0, 20)}`, () =>
      assert.throws(() => facts(query), { key: `nbiot.error.${key}` }));
  }

  it('reads the links of the specification', () => {
    const links = '</>;rt="oma.lwm2m";ct="110 112",</1/0>,</1/1>,</2/0>,</3/0>,</3303>;ver=1.1,</0/0>';
    const { formats, root = '', links: kept = '' } = facts([], links);
    assert.deepEqual(formats, [110, 112]);
    assert.equal(root, '');
    assert.deepEqual(objectPaths({ links: kept, root }), ['/1/0', '/1/1', '/2/0', '/3/0', '/3303']);
  });

  it('reads objects below another root', () => {
    const { root = '', links = '' } = facts(
      [],
      '</lwm2m>;rt="oma.lwm2m";ct=11543,</lwm2m/3/0>,</lwm2m/3303/0>',
    );
    assert.equal(root, '/lwm2m');
    assert.deepEqual(objectPaths({ links, root }), ['/3/0', '/3303/0']);
  });

  it('reads quoted commas and escapes', () => {
    const [link] = readLinks('</3/0>;title="a, \\"b\\"";obs');
    assert.equal(link?.attributes.get('title'), 'a, "b"');
    assert.equal(link?.attributes.get('obs'), '');
  });

  for (const text of ['<', '</3/0', '</3/0>,', '</3/0> x', '</3/0>;"x"', '<'.repeat(9000), ',</3/0>']) {
    it(`refuses links like ${text.slice(0, 10)}`, () =>
      assert.throws(() => readLinks(text), { key: 'nbiot.error.linkFormat' }));
  }

  it('takes no longer for links that are made to be slow', () => {
    const start = threadCpuUsage();
    for (const piece of [';a', '<>', '</3/0>;a="\\', ';a="', ' ', '</3/0>,']) {
      try {
        readLinks(`</3/0>${piece.repeat(8000 / piece.length)}`);
      } catch (error) {
        assert.ok(error instanceof MessageError);
      }
    }
    assert.ok(threadCpuUsage(start).user < 500_000);
  });

  it('has no answer to nonsense but its own errors', () => {
    const part = fc.oneof(
      fc.constantFrom('<', '>', '/', ';', ',', '"', '=', '\\', ' ', 'ct', 'rt', '3'),
      fc.string(),
    );
    const links = fc.array(part, { maxLength: 200 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(fc.string()), links, (query, text) => {
        try {
          const { links: kept, root = '' } = facts(query, text);
          if (kept) objectPaths({ links: kept, root });
        } catch (error) {
          assert.ok(error instanceof MessageError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('values that the LwM2M server writes', () => {
  const PATHS: readonly (readonly [path: string, fc.Arbitrary<string | number | boolean>])[] = [
    ['/3303/0/5700', fc.double({ min: -1e15, max: 1e15, noNaN: true })],
    ['/1/0/1', fc.nat({ max: 2 ** 32 - 1 })],
    ['/3/0/6', fc.maxSafeInteger()],
    ['/3311/0/5850', fc.boolean()],
    ['/3/0/0', fc.string({ unit: 'grapheme', maxLength: 200 })],
    ['/3/0/13', fc.integer({ min: 0, max: 2 ** 40 })],
    ['/5/0/0', fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('hex'))],
    ['/3/0/22', fc.tuple(fc.nat(65_535), fc.nat(65_535)).map(([one, other]) => `${one}:${other}`)],
  ];
  const FORMATS = { TLV: FORMAT.tlv, 'SenML CBOR': FORMAT.senmlCbor, 'SenML JSON': FORMAT.senmlJson };

  for (const [name, contentFormat] of Object.entries(FORMATS)) {
    it(`come back from ${name} as they were`, () => {
      for (const [path, values] of PATHS) {
        fc.assert(
          fc.property(values, (value) => {
            const bytes = writeBody(contentFormat, [typedValue(path, value)]);
            const [read] = readLwm2m({ contentFormat, bytes, path }, 0);
            assert.equal(read?.path, path);
            const expected = Object.is(value, -0) ? 0 : value;
            assert.deepEqual(Object.is(read?.value, -0) ? 0 : read?.value, expected);
          }),
          { numRuns: 200 },
        );
      }
    });
  }

  it('come back from plain text', () => {
    for (const [path, value, text] of [
      ['/3311/0/5850', true, '1'],
      ['/3303/0/5700', -0.5, '-0.5'],
      ['/3/0/0', 'Æsop', 'Æsop'],
    ] as const) {
      const bytes = writeBody(FORMAT.text, [typedValue(path, value)]);
      assert.equal(bytes.toString(), text);
      assert.equal(readLwm2m({ contentFormat: FORMAT.text, bytes, path }, 0)[0]?.value, value);
    }
  });

  it('have the bytes of the specification', () => {
    // OMA LwM2M TS 1.0, section 6.4.3.2: resource 1 (lifetime) is 86400; number of bytes of a long text.
    assert.equal(writeBody(FORMAT.tlv, [typedValue('/1/0/1', 86_400)]).toString('hex'), 'c40100015180');
    const text = writeBody(FORMAT.tlv, [typedValue('/3/0/0', 'Open Mobile Alliance')]);
    assert.equal(text.toString('hex').slice(0, 6), 'c80014');
  });

  for (const [path, value] of [
    ['/3303/0/5700', 'warm'],
    ['/3303/0/5700', Number.NaN],
    ['/3311/0/5850', 1],
    ['/1/0/1', -1],
    ['/3/0/0', 'x'.repeat(1025)],
    ['/3/0/22', '70000000:1'],
    ['/0/0/5', 'aa'],
    ['/9999/0/1', null],
  ] as const) {
    it(`refuse ${String(value).slice(0, 10)} at ${path}`, () =>
      assert.throws(() => typedValue(path, value), { key: 'nbiot.error.lwm2mWriteValue' }));
  }
});
