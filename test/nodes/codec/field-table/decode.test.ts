import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codecFromFormat } from '../../../../nodes/codec/built-in-codec.ts';
import type { CodecOutput } from '../../../../nodes/codec/codec.ts';
import { exportCodec } from '../../../../nodes/codec/field-table/export.ts';
import {
  decodeFieldTable,
  type FieldTable,
  isFieldTable,
  type TableRow,
} from '../../../../nodes/codec/formats/field-table.ts';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../../nodes/codec/scripted-codec.ts';
import { CodecError, problemOf } from '../../../../nodes/observation/errors.ts';
import { anyRow, row } from './table-samples.ts';

const table = (...rows: TableRow[]): FieldTable => ({ kind: 'field-table', rows });
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

function decode(rows: TableRow[], hex: string, fPort = 1): unknown {
  return decodeFieldTable(table(...rows), { model: 'm', bytes: bytesOf(hex) }, fPort).data;
}

const read = (fields: Partial<TableRow>, hex: string) => (decode([row(fields)], hex) as { x?: unknown }).x;

describe('field table', () => {
  after(() => Sandbox.shared().close());

  const CASES: [what: string, fields: Partial<TableRow>, hex: string, value: unknown][] = [
    ['most significant byte first', { length: 2 }, '0102', 258],
    ['least significant byte first', { length: 2, order: 'little' }, '0102', 513],
    ['six bytes', { length: 6 }, 'ffffffffffff', 2 ** 48 - 1],
    ['negative numbers', { type: 'signed', length: 2 }, 'ff38', -200],
    ['negative numbers of 24 bits', { type: 'signed', length: 3, order: 'little' }, 'feffff', -2],
    ['tenths without dust', { length: 2, scale: 0.1 }, '0003', 0.3],
    ['Fahrenheit to Celsius and back', { scale: 1.8, offset: 32 }, '64', 212],
    ['an offset before the point', { type: 'signed', scale: 0.5, offset: -40 }, '51', 0.5],
    ['no minus zero', { scale: -1 }, '00', 0],
    ['the upper half of a byte', { bits: { low: 4, count: 4 } }, 'a5', 10],
    ['one bit', { bits: { low: 2, count: 1 } }, '04', 1],
    ['bits over the border of bytes', { length: 2, bits: { low: 6, count: 4 } }, '0340', 13],
    ['bits of a little-endian number', { length: 2, order: 'little', bits: { low: 8, count: 8 } }, '0102', 2],
    ['a negative part', { type: 'signed', bits: { low: 0, count: 4 } }, '0f', -1],
    ['single precision, as people write it', { type: 'float', length: 4 }, '41aa6666', 21.3],
    ['single precision, little-endian', { type: 'float', length: 4, order: 'little' }, '0000c0bf', -1.5],
    ['double precision', { type: 'float', length: 8 }, '3ff3c083126e978d', 1.2345],
    ['a float that is no number as no reading', { type: 'float', length: 4 }, '7fc00000', undefined],
    [
      'a float too large for its scale as no reading',
      { type: 'float', length: 8, scale: 3 },
      '7fe0000000000000',
      undefined,
    ],
    ['BCD', { type: 'bcd', length: 3, scale: 0.01 }, '123456', 1234.56],
    [
      'BCD of a water meter',
      { type: 'bcd', length: 4, order: 'little', scale: 0.001 },
      '78563412',
      12345.678,
    ],
    ['other digits in BCD as no reading', { type: 'bcd', length: 2 }, '1a00', undefined],
    ['yes', { type: 'bool', bits: { low: 0, count: 1 } }, '03', true],
    ['no', { type: 'bool', bits: { low: 0, count: 1 } }, '02', false],
    ['no for any bit', { type: 'invertedBool' }, '02', false],
    ['yes for none', { type: 'invertedBool' }, '00', true],
    ['text up to its zeros', { type: 'text', length: 5 }, '4142430000', 'ABC'],
    ['hexadecimal', { type: 'hex', length: 3 }, '0a0bff', '0a0bff'],
    ['a number that means no reading', { length: 2, missing: [65535] }, 'ffff', undefined],
    ['one that is written unsigned', { type: 'signed', length: 2, missing: [0x8000] }, '8000', undefined],
    ['one that is written signed', { type: 'signed', length: 2, missing: [-32768] }, '8000', undefined],
  ];
  for (const [what, fields, hex, value] of CASES) {
    it(`reads ${what}`, () => assert.deepEqual(read(fields, hex), value));
  }

  it('counts a row on its ports and leading bytes only', () => {
    const rows = [
      row({ name: 'a', at: 1, when: { at: 0, in: [1] } }),
      row({ name: 'b', at: 1, when: { at: 0, in: [2, 3] } }),
      row({ name: 'c', at: 2, ports: [5] }),
    ];
    assert.deepEqual(decode(rows, '010900'), { a: 9 });
    assert.deepEqual(decode(rows, '030907', 5), { b: 9, c: 7 });
  });

  it('refuses a payload that ends before a row, unless the value may be missing', () => {
    const rows = [row({ name: 'a' }), row({ name: 'b', at: 1, length: 2 })];
    assert.throws(
      () => decode(rows, '0102'),
      (error) => problemOf(error).key === 'codec.error.truncated',
    );
    assert.deepEqual(
      decode([row({ name: 'a' }), row({ name: 'b', at: 1, length: 2, optional: true })], '0102'),
      { a: 1 },
    );
  });

  it('refuses a payload for which no row counts, and says which', () => {
    assert.throws(
      () => decode([row({ ports: [2] })], 'c0', 3),
      (error) => {
        assert.ok(error instanceof CodecError);
        assert.deepEqual(error.parameters, { model: 'm', fPort: 3, first: 'c0' });
        return error.key === 'codec.error.noRow';
      },
    );
  });

  it('takes from a file only what it can read', () => {
    assert.ok(
      isFieldTable(table(row({ bits: { low: 7, count: 1 }, scale: 0.01, when: { at: 0, in: [1] } }))),
    );
    const wrong: unknown[] = [
      undefined,
      { rows: [] },
      { rows: 'x' },
      ...[
        { name: '__proto__' },
        { name: 'constructor' },
        { type: 'toString' },
        { at: -1 },
        { length: 7 },
        { type: 'float', length: 2 },
        { bits: { low: 7, count: 2 } },
        { type: 'bcd', bits: { low: 0, count: 4 } },
        { scale: 0 },
        { scale: Number.POSITIVE_INFINITY },
        { scale: 1e-12 },
        { quantity: 'toString' },
        { ports: [256] },
        { when: { at: 0, in: [300] } },
        { order: 'big' },
      ].map((fields) => ({ rows: [{ ...row(), ...fields }] })),
      { rows: [null] },
    ];
    for (const one of wrong) assert.equal(isFieldTable(one), false, JSON.stringify(one));
  });

  it('gives the same values through the model’s codec and as an exported TS013 codec in the sandbox', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 3 })), {
          minLength: 10,
          maxLength: 10,
        }),
        async (rows, payloads) => {
          const format = table(...rows);
          assert.ok(isFieldTable(format), JSON.stringify(format));
          const builtIn = codecFromFormat('m', '1', format);
          const exported = codecFromSource('exported', exportCodec(format, 'Our model', 'en-US'));
          for (const [bytes, fPort] of payloads) {
            const input = { bytes, fPort, recvTime: new Date(0) };
            let expected: CodecOutput | undefined;
            try {
              expected = decodeFieldTable(format, { model: 'm', bytes }, fPort);
            } catch (error) {
              assert.ok(error instanceof CodecError);
            }
            const output = await exported.decodeUplink(input);
            if (!expected) assert.equal(output.errors?.length, 1);
            else {
              assert.deepEqual(output, expected);
              assert.deepEqual(await builtIn.decodeUplink(input), expected);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has floats of single precision as JavaScript’s own engine and the sandbox’s both write them', async () => {
    const format = table(row({ type: 'float', length: 4 }));
    const exported = codecFromSource('floats', exportCodec(format, 'Floats', 'nb'));
    await fc.assert(
      fc.asyncProperty(fc.float({ noNaN: true, noDefaultInfinity: true }), async (number) => {
        const bytes = new Uint8Array(4);
        new DataView(bytes.buffer).setFloat32(0, number);
        const expected = decodeFieldTable(format, { model: 'm', bytes }, 1);
        const { x } = expected.data as { x: number };
        assert.equal(Math.fround(x), number + 0);
        assert.deepEqual(await exported.decodeUplink({ bytes, fPort: 1, recvTime: new Date(0) }), expected);
      }),
      { numRuns: 500 },
    );
  });

  it('exports a row whose name is a word of the export itself', async () => {
    const exported = codecFromSource(
      'words',
      exportCodec(table(row({ name: 'CUT_OFF' }), row({ name: 'NO_ROW' })), 'Words', 'nb'),
    );
    const input = { fPort: 1, recvTime: new Date(0) };
    const { data } = await exported.decodeUplink({ ...input, bytes: bytesOf('07') });
    assert.deepEqual(data, { CUT_OFF: 7, NO_ROW: 7 });
    const { errors } = await exported.decodeUplink({ ...input, bytes: bytesOf('') });
    assert.equal(errors?.length, 1);
  });

  it('lets no title out of the comment of the exported codec', () => {
    const source = exportCodec(table(row()), 'A\nthrow 1;\u2028x', 'en-US');
    assert.match(source.split('\n')[0] ?? '', /^\/\/ .*A throw 1; x/);
    assert.match(source.split('\n')[1] ?? '', /^var ROWS = \[$/);
  });
});
