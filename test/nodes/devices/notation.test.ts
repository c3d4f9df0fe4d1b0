import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseIdentifier } from '../../../nodes/devices/notation.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits });

/** Ways in which labels, network servers and C programs write bytes. */
const NOTATIONS: ((bytes: string[]) => string)[] = [
  (bytes) => bytes.join(''),
  (bytes) => bytes.join('-').toUpperCase(),
  (bytes) => bytes.join(':'),
  (bytes) => ` ${bytes.join(' ')}\t`,
  (bytes) => `0x${bytes.join('').toUpperCase()}`,
  (bytes) => `{ ${bytes.map((byte) => `0x${byte}`).join(', ')} }`,
  (bytes) => bytes.join('').match(/.{4}/g)?.join('.') ?? '',
];

describe('notation of identifiers and keys', () => {
  it('reads any usual notation of any DevEUI, DevAddr and key', () => {
    const kinds = [
      ['devEui', 16],
      ['devAddr', 8],
      ['key', 32],
    ] as const;
    for (const [kind, digits] of kinds) {
      fc.assert(
        fc.property(hex(digits), fc.constantFrom(...NOTATIONS), (id, notation) => {
          assert.equal(parseIdentifier(notation(id.match(/../g) ?? []), kind), id);
        }),
      );
    }
  });

  it('keeps the byte order', () => {
    assert.equal(parseIdentifier('A8-40-41-00-01-81-27-3E', 'devEui'), 'a84041000181273e');
  });

  const failure = (text: string, kind: Parameters<typeof parseIdentifier>[1]): ConfigurationError => {
    try {
      parseIdentifier(text, kind);
    } catch (error) {
      assert.ok(error instanceof ConfigurationError);
      return error;
    }
    return assert.fail(`${text} was accepted`);
  };

  it('says what is wrong', () => {
    assert.equal(failure('a84041000181273', 'devEui').key, 'devices.error.devEui');
    assert.equal(failure('a84041000181273g', 'devEui').key, 'devices.error.devEui');
    assert.equal(failure('', 'devAddr').key, 'devices.error.devAddr');
    assert.equal(failure('7,06E+15', 'devEui').key, 'devices.error.spreadsheetNumber');
  });

  it('never repeats what may be a key', () => {
    const text = '2b7e151628aed2a6abf7158809cf4f3';
    const error = failure(text, 'key');
    assert.ok(!JSON.stringify({ ...error, message: error.message, stack: error.stack }).includes(text));
  });
});
