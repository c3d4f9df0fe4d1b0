import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainCbor, readCbor } from '../../../nodes/codec/formats/cbor.ts';
import { withWholeStrings } from '../../../nodes/codec/formats/cbor-pieces.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';

const read = (hex: string): unknown => plainCbor(readCbor(Buffer.from(hex, 'hex')));

/** A short string as CBOR: whole, or in pieces. */
const whole = (text: string): string => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x78, bytes.length]), bytes]).toString('hex');
};
const inPieces = (pieces: readonly string[]): string => `7f${pieces.map(whole).join('')}ff`;

describe('CBOR strings in pieces', () => {
  it('are whole: the examples of RFC 8949, appendix A', () => {
    assert.equal(read('5f42010243030405ff'), '0102030405');
    assert.equal(read('7f657374726561646d696e67ff'), 'streaming');
    assert.deepEqual(read('bf6346756ef563416d7421ff'), { Fun: true, Amt: -2 });
  });

  it('may stand anywhere, beside numbers and strings that contain their marks', () => {
    const value = fc.oneof(
      fc.array(fc.string({ maxLength: 20, unit: 'grapheme' }), { maxLength: 4 }),
      fc.constantFrom('\u007f_\u007f', 'øæå'),
      fc.integer({ min: 0, max: 0x7fffffff }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const items = values.map((one) => {
          if (typeof one === 'number') return `1a${one.toString(16).padStart(8, '0')}`;
          return typeof one === 'string' ? whole(one) : inPieces(one);
        });
        const expected = values.map((one) => (Array.isArray(one) ? one.join('') : one));
        assert.deepEqual(read(`9f${items.join('')}ff`), expected);
      }),
    );
  });

  it('are refused where a piece is missing, cut off or of another kind', () => {
    for (const hex of [
      '7f',
      '7f6161',
      '7f7f6161ffff',
      '7f4161ff',
      '7f01ff',
      '7f61ffff',
      '5f6161ff',
      '7f7b00ff',
      '7f61',
    ])
      assert.throws(() => read(hex), MessageError, hex);
  });

  it('are found in a time that grows with the bytes alone', () => {
    const many = Buffer.concat([
      Buffer.from([0x9f]),
      Buffer.alloc(200_000, '7f6161ff', 'hex'),
      Buffer.from([0xff]),
    ]);
    const start = performance.now();
    assert.equal((readCbor(many) as unknown[]).length, 50_000);
    assert.ok(performance.now() - start < 1000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        withWholeStrings(bytes);
      }),
      { numRuns: 5000 },
    );
  });
});
