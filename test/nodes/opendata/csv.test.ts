import assert from 'node:assert/strict';
import { STANDARD, toCsv } from '../../../nodes/opendata/csv.ts';
import type { Column, Portion } from '../../../nodes/opendata/table.ts';

const COLUMNS = [
  { name: 'time', type: 'time' },
  { name: 'place', type: 'text' },
  { name: 'occupied', type: 'boolean' },
  { name: 'level', type: 'number' },
] as Column[];
const HEADER = 'time,place,occupied,level\r\n';

async function csv(...portions: Portion[]): Promise<string> {
  const source = async function* () {
    yield* portions;
  };
  let text = '';
  for await (const part of toCsv({ columns: COLUMNS, portions: source() }, STANDARD)) text += part;
  return text;
}

const portion = (...rows: [number, string, boolean | undefined, number][]): Portion => ({
  length: rows.length,
  columns: [0, 1, 2, 3].map((index) => rows.map((row) => row[index])),
});

describe('CSV of portions', () => {
  it('has its header once, also where there are no rows', async () => {
    assert.equal(await csv(), HEADER);
    assert.equal(await csv(portion()), HEADER);
    assert.equal(
      await csv(portion([0, 'A', true, 1]), portion([1000, 'B', false, -0.5])),
      `${HEADER}1970-01-01T00:00:00.000Z,A,true,1\r\n1970-01-01T00:00:01.000Z,B,false,-0.5\r\n`,
    );
  });

  it('has nothing where nothing was measured, and quotes around what needs them', async () => {
    assert.equal(
      await csv(portion([0, 'A, "B"', undefined, Number.NaN])),
      `${HEADER}1970-01-01T00:00:00.000Z,"A, ""B""",,\r\n`,
    );
  });
});
