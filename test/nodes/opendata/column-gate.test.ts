import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { columnGate } from '../../../nodes/opendata/column-gate.ts';
import { datasetFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import { rowGate } from '../../../nodes/opendata/privacy.ts';
import { publicColumns, publicPortion, recordAt } from '../../../nodes/opendata/table.ts';
import { pack } from '../../../nodes/timeseries/row-packing.ts';
import type { Row } from '../../../nodes/timeseries/store.ts';
import { CONFIG } from './ski-trail.ts';

const PLACES = new Map([
  ['a', 'Start'],
  ['b', 'Toppen'],
]);

const numbers = fc.oneof(
  fc.integer({ min: -3, max: 30 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const flags = fc.constantFrom(1, 2, 3, 4, 9);
const values = fc.record(
  {
    people_count: numbers,
    people_count_qc: flags,
    snow_temperature: numbers,
    snow_temperature_qc: flags,
    occupied: fc.boolean(),
    occupied_qc: flags,
    battery_voltage: numbers,
  },
  { requiredKeys: [] },
);
const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({ time: fc.integer(), tags: fc.record({ device: fc.constantFrom('a', 'b', 'c') }), values }),
  { maxLength: 20 },
);

describe('gate of columns', () => {
  for (const failed of ['withhold', 'mark']) {
    it(`lets through exactly what the gate of rows does (${failed})`, () => {
      const quantities = ['people_count', 'snow_temperature', 'occupied'];
      const dataset = datasetFromConfig({ ...CONFIG, failed, quantities, area: 'mobility' });
      const columns = publicColumns(dataset);
      const byRow = rowGate(dataset, PLACES);
      const byColumn = columnGate(dataset, PLACES);
      const recordsOf = (portion: Parameters<typeof recordAt>[1]) =>
        Array.from({ length: portion.length }, (_, row) => recordAt(columns, portion, row));
      fc.assert(
        fc.property(rows, (given) => {
          const expected = publicPortion(
            columns,
            given.flatMap((row) => byRow(row) ?? []),
          );
          assert.deepEqual(recordsOf(byColumn(pack(given))), recordsOf(expected));
        }),
      );
    });
  }
});
