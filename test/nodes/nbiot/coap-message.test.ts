import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CoapMessage, codeText, readCoap, writeCoap } from '../../../nodes/nbiot/coap-message.ts';
import {
  blockOption,
  CoapRefusal,
  OPTION,
  readCoapOptions,
  uintOption,
} from '../../../nodes/nbiot/coap-options.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { oracle } from './coap-packet.ts';

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const refused = (key: string) => (error: unknown) => error instanceof MessageError && error.key === key;

const message = fc.record({
  type: fc.constantFrom('CON' as const, 'NON' as const, 'ACK' as const),
  code: fc.constantFrom(1, 2, 3, 4, 0x41, 0x44, 0x45, 0x84, 0xa3),
  messageId: fc.integer({ min: 0, max: 0xffff }),
  token: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  options: fc
    .array(
      fc.record(
        {
          number: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 200, max: 65_000 })),
          value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 6 },
    )
    .map((options) => options.toSorted((one, other) => one.number - other.number)),
  payload: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
});

describe('CoAP message', () => {
  it('reads the example of RFC 7252, figure 16', () => {
    // GET coap://.../temperature with the message id 0x7d34; the answer is 2.05 with "22.3 C".
    const request = readCoap(bytesOf('40 01 7d34 bb 74656d7065726174757265'));
    assert.deepEqual([request.type, codeText(request.code), request.messageId], ['CON', '0.01', 0x7d34]);
    assert.equal(readCoapOptions(request.options).path, '/temperature');
    const answer = readCoap(bytesOf('60 45 7d34 ff 32322e332043'));
    assert.deepEqual(
      [answer.type, codeText(answer.code), answer.payload.toString()],
      ['ACK', '2.05', '22.3 C'],
    );
  });

  it('gives any message back', () => {
    fc.assert(
      fc.property(message, (sent) => {
        assert.deepEqual(readCoap(writeCoap(sent)), { ...sent });
      }),
    );
  });

  it('writes and reads as the library coap-packet does', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const bytes = writeCoap(sent as CoapMessage);
        const { code, messageId, token, payload, options } = oracle.parse(bytes);
        assert.deepEqual([code, messageId], [codeText(sent.code), sent.messageId]);
        assert.deepEqual([token, payload], [sent.token, sent.payload]);
        assert.deepEqual(
          options.map(({ value }) => value),
          sent.options.map(({ value }) => value),
        );
      }),
    );
  });

  it('refuses what the format does not allow', () => {
    const wrong: [string, string][] = [
      ['', 'coapTruncated'],
      ['40 01 7d', 'coapTruncated'],
      ['80 01 7d34', 'coapVersion'],
      ['49 01 7d34 010203040506070809', 'coapMisplaced'],
      ['44 01 7d34 010203', 'coapTruncated'],
      ['40 00 7d34 ff', 'coapMisplaced'],
      ['41 00 7d34 01', 'coapMisplaced'],
      ['40 01 7d34 b4 626e', 'coapTruncated'],
      ['40 01 7d34 f1 00', 'coapMisplaced'],
      ['40 01 7d34 1f', 'coapMisplaced'],
      ['40 01 7d34 d0', 'coapTruncated'],
      ['40 01 7d34 e0 ffff', 'coapMisplaced'],
      ['40 01 7d34 ff', 'coapTruncated'],
    ];
    for (const [hex, key] of wrong) {
      assert.throws(() => readCoap(bytesOf(hex)), refused(`nbiot.error.${key}`), hex);
    }
  });

  it('refuses every message that was cut off within an option, a token or the header', () => {
    const whole = bytesOf('44 02 0001 01020304 b4 62696e73 11 3c d5 01 1122334455 ff 0102');
    for (let length = 0; length < whole.length; length++) {
      const read = () => readCoap(whole.subarray(0, length));
      // Behind a whole option, or within the payload, nothing shows that there was more.
      if ([8, 13, 15, 22, whole.length - 1].includes(length)) assert.doesNotThrow(read);
      else assert.throws(read, MessageError, String(length));
    }
  });
});

describe('CoAP options', () => {
  const read = (...options: { number: number; value: Buffer }[]) => readCoapOptions(options);
  const text = (number: number, value: string) => ({ number, value: Buffer.from(value) });
  const code = (expected: string) => (error: unknown) =>
    error instanceof CoapRefusal && codeText(error.code) === expected;

  it('says path, query, format and blocks', () => {
    const options = read(
      text(OPTION.uriPath, 'bins'),
      text(OPTION.uriPath, 'a/b'),
      uintOption(OPTION.contentFormat, 110),
      text(OPTION.uriQuery, 'ep=bin-4'),
      blockOption(OPTION.block1, { number: 300, more: true, size: 64 }),
      uintOption(OPTION.size1, 70_000),
    );
    assert.deepEqual(options, {
      path: '/bins/a%2Fb',
      query: ['ep=bin-4'],
      contentFormat: 110,
      block1: { number: 300, more: true, size: 64 },
      size1: 70_000,
    });
  });

  it('refuses critical options that it does not know, or knows otherwise, and passes over elective ones', () => {
    assert.throws(() => read(text(9, 'oscore')), code('4.02'));
    assert.throws(() => read(text(OPTION.accept, 'xyz')), code('4.02'));
    assert.throws(() => read(text(OPTION.uriPort, 'a'), text(OPTION.uriPort, 'a')), code('4.02'));
    assert.throws(() => read(text(OPTION.proxyUri, 'coap://elsewhere')), code('5.05'));
    assert.throws(
      () => read(text(OPTION.uriPath, '\u{fffd}'), { number: OPTION.uriPath, value: Buffer.of(0xff) }),
      code('4.00'),
    );
    assert.throws(() => read(uintOption(OPTION.block1, 7)), code('4.00'));
    assert.deepEqual(read(text(2050, 'whatever'), text(OPTION.contentFormat, 'xyz')), {
      path: '/',
      query: [],
    });
  });
});
