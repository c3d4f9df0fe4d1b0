/** Periods and instants beside each other, as the test suite of the standard's authors has them. */
import assert from 'node:assert/strict';
import { FUNCTIONS } from '../../../../nodes/opendata/sensorthings/functions.ts';
import {
  compare,
  isPeriod,
  type Period,
  periodFromText,
} from '../../../../nodes/opendata/sensorthings/values.ts';

const PERIODS = [
  '06:00',
  '06:59',
  '07:00',
  '07:01',
  '07:59',
  '08:00',
  '08:01',
  '09:00',
  '06:00/06:59',
  '06:00/07:00',
  '06:00/07:01',
  '07:00/08:00',
  '07:01/07:59',
  '07:59/09:00',
  '08:00/09:00',
  '08:01/09:00',
  '06:59/08:01',
  '07:00/07:59',
  '07:00/08:01',
  '06:59/08:00',
  '07:01/08:00',
].map(period);
const SEVEN = period('07:00');
const SEVEN_TO_EIGHT = period('07:00/08:00');

function period(text: string): Period {
  const found = periodFromText(text.replace(/\d\d:\d\d/g, (clock) => `2016-01-01T${clock}:00Z`));
  assert.ok(found && isPeriod(found));
  return found;
}

function fitting(holds: (one: Period) => boolean | undefined): number[] {
  return PERIODS.flatMap((one, at) => (holds(one) ? [at] : []));
}

type Case = [
  name: string,
  holds: (one: Period, other: Period) => boolean | undefined,
  seven: number[],
  sevenToEight: number[],
];

const run =
  (name: 'before' | 'after' | 'meets' | 'during' | 'overlaps' | 'starts') => (one: Period, other: Period) =>
    FUNCTIONS[name].run([one, other], 0) === true;

const CASES: readonly Case[] = [
  ['lt', (one, other) => compare(one, other)?.lt, [0, 1, 8, 9], [0, 1, 8, 9]],
  [
    'lt, the other way',
    (one, other) => compare(other, one)?.lt,
    [3, 4, 5, 6, 7, 12, 13, 14, 15, 20],
    [5, 6, 7, 14, 15],
  ],
  ['le', (one, other) => compare(one, other)?.le, [0, 1, 2, 8, 9], [0, 1, 2, 8, 9, 10, 11, 17, 19]],
  [
    'le, the other way',
    (one, other) => compare(other, one)?.le,
    [2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 17, 18, 20],
    [5, 6, 7, 11, 13, 14, 15, 18, 20],
  ],
  ['eq', (one, other) => compare(one, other)?.eq, [2], [11]],
  ['before', run('before'), [0, 1, 8, 9], [0, 1, 8, 9]],
  ['after', run('after'), [3, 4, 5, 6, 7, 12, 13, 14, 15, 20], [5, 6, 7, 14, 15]],
  ['meets', run('meets'), [2, 9, 11, 17, 18], [2, 5, 9, 14]],
  ['during', run('during'), [], [2, 3, 4, 11, 12, 17, 20]],
  ['overlaps', run('overlaps'), [2, 10, 11, 16, 17, 18, 19], [2, 3, 4, 10, 11, 12, 13, 16, 17, 18, 19, 20]],
  ['starts', run('starts'), [2, 11, 17, 18], [2, 11, 17, 18]],
];

describe('SensorThings: periods', () => {
  for (const [name, holds, seven, sevenToEight] of CASES) {
    it(name, () => {
      assert.deepEqual(
        fitting((one) => holds(one, SEVEN)),
        seven,
      );
      assert.deepEqual(
        fitting((one) => holds(one, SEVEN_TO_EIGHT)),
        sevenToEight,
      );
    });
  }
});
