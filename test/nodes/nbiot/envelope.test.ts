import assert from 'node:assert/strict';
import fc from 'fast-check';
import { payloadOf } from '../../../nodes/intake/intake.ts';
import { type Datagram, readEnvelope, topicOf, writeEnvelope } from '../../../nodes/nbiot/envelope.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';

const REQUEST: Datagram = {
  transport: 'coap',
  source: { address: '10.64.0.7', port: 40_123 },
  method: 'POST',
  path: '/bins/4',
  query: ['ep=bin-4', 'fw=1.2'],
  contentFormat: 112,
  endpoint: 'bin-4',
  payload: Buffer.from('81a20063', 'hex'),
};

/** What the flow gets from the journal. */
const through = (datagram: Datagram): unknown => payloadOf(writeEnvelope(datagram));

describe('envelope of datagrams', () => {
  it('gives a request back as it was, all fields and bytes', () => {
    assert.deepEqual(readEnvelope(through(REQUEST)), REQUEST);
  });

  it('gives back any datagram, with absent fields absent', () => {
    const datagram = fc.record(
      {
        transport: fc.constantFrom('coap' as const, 'udp' as const, 'lwm2m' as const),
        source: fc.record(
          { address: fc.ipV6(), port: fc.integer({ min: 1, max: 65_535 }) },
          { noNullPrototype: true },
        ),
        path: fc.string({ minLength: 1 }),
        query: fc.array(fc.string()),
        contentFormat: fc.integer({ min: 0, max: 65_535 }),
        endpoint: fc.string({ minLength: 1, unit: 'grapheme' }),
        payload: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      },
      { requiredKeys: ['transport', 'source', 'payload'], noNullPrototype: true },
    );
    fc.assert(
      fc.property(datagram, (sent) => {
        assert.deepEqual(readEnvelope(through(sent)), sent);
      }),
    );
  });

  it('is no envelope what a platform or a device wrote by itself', () => {
    for (const other of [undefined, Buffer.from('x'), [], { transport: 'udp' }, { byflyt: 1 }, 'coap']) {
      assert.equal(readEnvelope(other), undefined);
    }
  });

  it('refuses what is damaged or of another version', () => {
    const whole = through(REQUEST) as Record<string, unknown>;
    const wrong = [
      { byflyt: 2 },
      { transport: 'smoke' },
      { source: { port: 1 } },
      { payload: 'x' },
      { payload: 7 },
    ];
    for (const change of wrong) {
      assert.throws(
        () => readEnvelope({ ...whole, ...change }),
        (error) => error instanceof MessageError && error.key === 'nbiot.error.envelope',
      );
    }
  });

  it('masks a key that somebody sends in clear', () => {
    const payload = Buffer.from('{"appSKey":"2b7e151628aed2a6abf7158809cf4f3c"}');
    assert.equal(readEnvelope(through({ ...REQUEST, payload }))?.payload.toString(), '{"appSKey":"***"}');
  });

  it('masks what a device sends along for another platform to let it in', () => {
    const query = ['ep=bin-4', 'token=s3cret', 'api_key=s3cret', 'Password=a\nb', 'turkeys=3', 'tokens'];
    assert.deepEqual(readEnvelope(through({ ...REQUEST, query }))?.query, [
      'ep=bin-4',
      'token=***',
      'api_key=***',
      'Password=***',
      'turkeys=3',
      'tokens',
    ]);
  });

  it('says in the topic from whom it is', () => {
    assert.equal(topicOf(REQUEST), 'coap/10.64.0.7/bins/4');
    assert.equal(
      topicOf({ transport: 'udp', source: REQUEST.source, payload: REQUEST.payload }),
      'udp/10.64.0.7',
    );
    assert.equal(topicOf({ ...REQUEST, transport: 'lwm2m', path: '/3303/0' }), 'lwm2m/bin-4/3303/0');
  });
});
