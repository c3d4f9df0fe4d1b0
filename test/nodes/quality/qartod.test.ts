import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { QualityFlag } from '../../../nodes/observation/observation.ts';
import {
  extendRun,
  type FlatRun,
  flatLine,
  grossRange,
  HOUR,
  hourlyRate,
  rateOfChange,
  worstFlag,
} from '../../../nodes/quality/qartod.ts';

describe('QARTOD gross range', () => {
  const cases: [value: number, flag: QualityFlag][] = [
    [-10, 1],
    [-10.01, 3],
    [30, 1],
    [30.01, 3],
    [-40, 3],
    [-40.01, 4],
    [60, 3],
    [60.01, 4],
    [Number.NaN, 9],
    [Number.POSITIVE_INFINITY, 9],
  ];
  for (const [value, flag] of cases) {
    it(`gives ${flag} to ${value} with suspect -10..30 and fail -40..60`, () => {
      assert.equal(grossRange(value, [-40, 60], [-10, 30]), flag);
    });
  }

  it('does not evaluate without a span', () => {
    assert.equal(grossRange(5, undefined, undefined), 2);
  });

  it('never judges a value better in a narrower span', () => {
    const number = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(
        number,
        number,
        number,
        fc.double({ noNaN: true, min: 0, max: 1e5 }),
        (value, a, b, wider) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          const narrow = grossRange(value, [low, high], undefined);
          assert.ok(grossRange(value, [low - wider, high + wider], undefined) <= narrow);
        },
      ),
    );
  });
});

describe('QARTOD rate of change', () => {
  it('is suspect only above the limit, up or down', () => {
    const before = { time: 0, value: 10 };
    assert.equal(rateOfChange(hourlyRate(before, HOUR / 2, 15), 10), 1);
    assert.equal(rateOfChange(hourlyRate(before, HOUR / 2, 15.1), 10), 3);
    assert.equal(rateOfChange(hourlyRate(before, HOUR / 2, 4.9), 10), 3);
  });

  it('does not take the rounding of two near samples for a steep change', () => {
    assert.ok(hourlyRate({ time: 0, value: 20 }, 1000, 20.1) < 10);
  });
});

describe('QARTOD flat line', () => {
  const limit = { tolerance: 0.05, suspectHours: 3, failHours: 6 };
  const flags = (values: number[], step = HOUR): QualityFlag[] => {
    let run: FlatRun | undefined;
    return values.map((value, at) => {
      run = extendRun(run, at * step, value, limit.tolerance);
      return flatLine(run, at * step, limit);
    });
  };

  it('is suspect and then fails when a value stays the same for the hours', () => {
    assert.deepEqual(flags([1, 5, 5, 5, 5, 5, 5, 5, 5]), [1, 1, 1, 1, 3, 3, 3, 4, 4]);
  });

  it('passes again with the first change', () => {
    assert.deepEqual(flags([5, 5, 5, 5, 5.1, 5.1]), [1, 1, 1, 3, 1, 1]);
  });

  it('needs more than two samples, however far apart', () => {
    assert.deepEqual(flags([5, 5], 24 * HOUR), [1, 1]);
  });

  it('fails from the fifth sample only, however far apart', () => {
    assert.deepEqual(flags([5, 5, 5, 5, 5], 24 * HOUR), [1, 1, 3, 3, 4]);
  });

  it('never flags a series whose neighbours differ by the tolerance', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 60 }), (ups) => {
        let value = 0;
        const values = ups.map((up) => (value += up ? 0.06 : -0.06));
        assert.ok(flags(values).every((flag) => flag === 1));
      }),
    );
  });
});

describe('the flag of several tests', () => {
  it('is the worst, as qartod_compare of ioos_qc ranks them', () => {
    const cases: [QualityFlag[], QualityFlag][] = [
      [[1, 3, 4], 4],
      [[1, 3, 2], 3],
      [[2, 1, 9], 1],
      [[9, 2], 2],
      [[9], 9],
      [[], 2],
    ];
    for (const [flags, worst] of cases) assert.equal(worstFlag(flags), worst);
  });
});
