import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Value } from '../../../nodes/observation/observation.ts';
import { convertedTo } from '../../../nodes/timeseries/lossless.ts';

describe('lossless conversion', () => {
  const cases: [Parameters<typeof convertedTo>[0], Value, Value | undefined][] = [
    ['number', '21.5', 21.5],
    ['number', ' -0.25 ', -0.25],
    ['number', '1e-3', 0.001],
    ['number', 7, 7],
    ['number', '21,5', undefined],
    ['number', '1,234', undefined],
    ['number', 'warm', undefined],
    ['number', '', undefined],
    ['number', '0x10', undefined],
    ['number', '21.5 °C', undefined],
    ['number', '1e999', undefined],
    ['number', '12345678901234567890', undefined],
    ['number', Number.NaN, undefined],
    ['number', Number.POSITIVE_INFINITY, undefined],
    ['number', true, undefined],
    ['integer', 4, 4],
    ['integer', '4', 4],
    ['integer', 4.5, undefined],
    ['boolean', 1, true],
    ['boolean', 0, false],
    ['boolean', 'True', true],
    ['boolean', '0', false],
    ['boolean', 2, undefined],
    ['boolean', 'open', undefined],
    ['string', 21.5, '21.5'],
    ['string', false, 'false'],
    ['string', Number.NaN, undefined],
  ];
  for (const [type, value, expected] of cases) {
    it(`${typeof value} ${JSON.stringify(value)} as ${type}: ${expected}`, () => {
      assert.equal(convertedTo(type, value), expected);
    });
  }

  it('keeps every digit of a text that becomes a number', () => {
    const text = fc.tuple(fc.integer(), fc.nat(9_999)).map(([whole, part]) => `${whole}.${part}`);
    fc.assert(
      fc.property(text, (decimal) => {
        const trimmed = decimal.replace(/\.?0+$/, (zeros) => (zeros.includes('.') ? '' : zeros));
        const number = convertedTo('number', decimal);
        assert.equal(Number(String(number)), Number(decimal));
        if (!trimmed.includes('.') || trimmed.endsWith('0')) return;
        assert.equal(String(number), trimmed);
      }),
    );
  });
});
