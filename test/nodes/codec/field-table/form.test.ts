import assert from 'node:assert/strict';
import fc from 'fast-check';
import { layoutOf } from '../../../../nodes/codec/field-table/layout.ts';
import { previewTable } from '../../../../nodes/codec/field-table/preview.ts';
import {
  type ReadRow,
  type RowTexts,
  readRows,
  rowTexts,
  textsOfRow,
} from '../../../../nodes/codec/field-table/table-form.ts';
import type { TableRow } from '../../../../nodes/codec/formats/field-table.ts';
import { LANGUAGES } from '../../../../nodes/observation/messages.ts';
import { anyRow, row } from './table-samples.ts';

const texts = (fields: Partial<RowTexts>) => ({ name: 'x', at: '0', length: '1', ...fields });
const readAll = (...fields: Partial<RowTexts>[]) => readRows(rowTexts(fields.map(texts)));

function readOne(fields: Partial<RowTexts>): TableRow {
  const [read] = readAll(fields);
  assert.ok(read && 'row' in read, JSON.stringify(read));
  return read.row;
}

function problemsOf(read: ReadRow | undefined): [string, string][] {
  assert.ok(read && 'problems' in read, JSON.stringify(read));
  return read.problems.map(({ field, key }) => [field, key]);
}

describe('form of a field table', () => {
  it('reads what people type: decimal commas, hexadecimal numbers, ranges of bits', () => {
    assert.deepEqual(
      readOne({
        quantity: 'air_temperature',
        name: '',
        type: 'signed',
        at: ' 3 ',
        length: '2',
        bits: '11 – 0',
        order: 'little',
        scale: '0,1',
        offset: '-40',
        missing: '0x7fff; -1',
        ports: '2, 3',
        whenAt: '',
        whenIn: '0x01 2',
        optional: true,
      }),
      {
        name: 'air_temperature',
        quantity: 'air_temperature',
        type: 'signed',
        at: 3,
        length: 2,
        bits: { low: 0, count: 12 },
        order: 'little',
        scale: 0.1,
        offset: -40,
        missing: [32767, -1],
        ports: [2, 3],
        when: { at: 0, in: [1, 2] },
        optional: true,
      },
    );
    assert.deepEqual(readOne({ scale: '1', offset: '0' }), row());
  });

  const WRONG: [Partial<RowTexts>, field: string, key: string][] = [
    [{ name: '' }, 'quantity', 'nameless'],
    [{ name: 'høyde' }, 'name', 'name'],
    [{ name: '__proto__' }, 'name', 'name'],
    [{ quantity: 'toString' }, 'quantity', 'quantity'],
    [{ quantity: 'tilt' }, 'type', 'booleanWanted'],
    [{ quantity: 'air_temperature', type: 'hex' }, 'type', 'numberWanted'],
    [{ type: 'u8' }, 'type', 'type'],
    [{ at: '' }, 'at', 'whole'],
    [{ at: '1 2' }, 'at', 'whole'],
    [{ at: '242' }, 'at', 'whole'],
    [{ length: '7' }, 'length', 'length'],
    [{ length: '2', type: 'float' }, 'length', 'floatLength'],
    [{ bits: '8' }, 'bits', 'bits'],
    [{ bits: 'x' }, 'bits', 'bits'],
    [{ bits: '1', type: 'bcd' }, 'bits', 'noBits'],
    [{ scale: 'x' }, 'scale', 'scaling'],
    [{ scale: '0' }, 'scale', 'zero'],
    [{ offset: '1e12' }, 'offset', 'scaling'],
    [{ missing: '1.5' }, 'missing', 'missing'],
    [{ ports: '0' }, 'ports', 'ports'],
    [{ whenIn: '256' }, 'whenIn', 'whenIn'],
    [{ whenIn: '1', whenAt: 'x' }, 'whenAt', 'whole'],
  ];
  for (const [fields, field, key] of WRONG) {
    it(`refuses ${JSON.stringify(fields)} and says why, in each language`, () => {
      assert.deepEqual(problemsOf(readAll(fields)[0]), [[field, key]]);
      for (const language of LANGUAGES) {
        const [shown] = previewTable({ rows: [texts(fields)] }, language).rows;
        assert.equal(shown?.problems[0]?.field, field);
        assert.doesNotMatch(shown?.problems[0]?.text ?? '__', /__/);
      }
    });
  }

  it('refuses a second row for a value, unless only one of them counts at a time', () => {
    const twice = { quantity: 'distance', name: '' };
    assert.deepEqual(problemsOf(readAll(twice, { ...twice, at: '1' })[1]), [['quantity', 'repeated']]);
    assert.deepEqual(problemsOf(readAll({ ...twice, ports: '1,2' }, { ...twice, ports: '2' })[1]), [
      ['quantity', 'repeated'],
    ]);
    for (const [one, other] of [
      [{ ports: '1' }, { ports: '2' }],
      [{ whenIn: '1' }, { whenIn: '2' }],
    ] as const) {
      assert.ok(readAll({ ...twice, ...one }, { ...twice, ...other }).every((read) => 'row' in read));
    }
    assert.deepEqual(
      problemsOf(readAll({ quantity: 'distance', ports: '1' }, { quantity: 'water_level', ports: '2' })[1]),
      [['name', 'renamed']],
    );
  });

  it('shows a saved row with the texts that give it again', () => {
    fc.assert(
      fc.property(anyRow, fc.constantFrom('.', ','), (saved, sign) => {
        const [read] = readRows(rowTexts([textsOfRow(saved, sign)]));
        assert.deepEqual(read, { row: saved });
      }),
      { numRuns: 500 },
    );
  });

  it('takes anything for a form without falling over', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        assert.ok(Array.isArray(previewTable(body, 'nb').bytes));
      }),
    );
    for (const body of [undefined, null, { rows: [null, 7] }, { rows: 'x', example: { payload: 7 } }]) {
      assert.ok(Array.isArray(previewTable(body, 'en-US').rows));
    }
  });
});

describe('layout of a field table', () => {
  const numbered = (...rows: TableRow[]) => rows.map((one, index) => ({ number: index + 1, row: one }));
  const example = (length: number) => new Uint8Array(length);

  it('finds overlaps by bit, gaps and rows past the end', () => {
    const { bytes, findings } = layoutOf(
      numbered(
        row({ bits: { low: 0, count: 4 } }),
        row({ bits: { low: 4, count: 4 } }),
        row({ at: 1, length: 2 }),
        row({ at: 2, length: 2 }),
        row({ at: 6, length: 4 }),
        row({ at: 20, optional: true }),
      ),
      example(8),
      1,
    );
    assert.deepEqual(
      bytes.map(({ rows }) => rows),
      [[1, 2], [3], [3, 4], [4], [], [], [5], [5]],
    );
    assert.deepEqual(findings, [
      { kind: 'pastEnd', row: 5, from: 6, to: 9, length: 8 },
      { kind: 'overlap', from: 2, to: 2, rows: [3, 4] },
      { kind: 'gap', from: 4, to: 5 },
    ]);
  });

  it('knows which bytes have the bits of a number in either byte order', () => {
    const bits = { low: 9, count: 3 };
    const rowsOf = (one: TableRow) =>
      layoutOf(numbered(one), example(2), 1).bytes.map(({ rows }) => rows.length);
    assert.deepEqual(rowsOf(row({ length: 2, bits })), [1, 0]);
    assert.deepEqual(rowsOf(row({ length: 2, bits, order: 'little' })), [0, 1]);
  });

  it('has a byte that decides for no gap, and rows that do not count for no overlap', () => {
    const { bytes, active, findings } = layoutOf(
      numbered(row({ at: 1, when: { at: 0, in: [0] } }), row({ at: 1, when: { at: 0, in: [1] } })),
      example(2),
      1,
    );
    assert.deepEqual([bytes[0]?.decides, active, findings], [true, [1], []]);
  });
});

describe('preview of a field table', () => {
  const ROWS = [
    texts({ quantity: 'air_temperature', name: '', type: 'signed', length: '2', scale: '0.1' }),
    texts({ quantity: 'tilt', name: '', type: 'bool', at: '2', bits: '7' }),
    texts({ name: 'mode', at: '2', bits: '0-3', ports: '2' }),
    texts({ name: 'serial', type: 'hex', at: '3', length: '2' }),
    texts({ name: 'level', at: '5', optional: true }),
  ];
  const preview = (payload: string, language: 'nb' | 'en-US' = 'en-US', fPort = '1') =>
    previewTable({ rows: ROWS, example: { payload, fPort } }, language);

  it('shows values with units, and each byte with its rows', () => {
    const { bytes, rows, findings } = preview('00d7 80 0aff', 'nb');
    assert.deepEqual(
      rows.map(({ value, note }) => value || note),
      ['21,5 °C', 'ja', 'ikke i bruk: annen port eller første byte', '0aff', 'ikke med i dette eksempelet'],
    );
    assert.deepEqual(bytes[2], { hex: '80', bits: '1000 0000', rows: [2], decides: false });
    assert.deepEqual(findings, []);
    assert.equal(preview('ANeACv8=').rows[0]?.value, '21.5 °C');
  });

  it('doubts a value that cannot be', () => {
    const [first] = preview('7fff 80 0aff').rows;
    assert.equal(first?.value, '3,276.7 °C');
    assert.match(
      first?.note ?? '',
      /Air temperature should be between .* °C and .* °C\. Check type, byte order/,
    );
  });

  it('explains what is not right', () => {
    const { findings, rows } = preview('00d7 80');
    assert.equal(rows[3]?.note, 'past the end of the example');
    assert.match(
      findings[0]?.text ?? '',
      /^Bytes 3 to 4: row 4 needs them, but the example ends after 3 bytes/,
    );
    assert.match(preview('00d7 80 0aff 01 02').findings[0]?.text ?? '', /^Byte 6: read by no row/);
    assert.match(preview('zz!').exampleProblem ?? '', /neither hexadecimal nor base64/);
    assert.match(preview('00d7', 'en-US', '0').exampleProblem ?? '', /1 to 255/);
    assert.match(preview('00'.repeat(243)).exampleProblem ?? '', /243 bytes.* at most 242/);
  });

  it('draws where the rows lie while there is no example', () => {
    const { bytes, rows, exampleProblem } = preview('');
    assert.deepEqual(
      bytes.map(({ rows: readers }) => readers.join()),
      ['1', '1', '2,3', '4', '4', '5'],
    );
    assert.ok(rows.every(({ value, note }) => value === '' && note === ''));
    assert.equal(exampleProblem, undefined);
  });
});
