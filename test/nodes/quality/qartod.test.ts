/** The flags of the published test cases of ioos_qc (numbers of its tests/test_qartod.py), sample by sample. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { QualityFlag } from '../../../nodes/observation/observation.ts';
import {
  extendRun,
  type FlatLineLimit,
  type FlatRun,
  flatLine,
  newRun,
  skipInRun,
} from '../../../nodes/quality/flat-run.ts';
import {
  type ClimatePeriod,
  climateAt,
  climatology,
  gap,
  grossRange,
  HOUR,
  hourlyRate,
  multiVariate,
  neighbour,
  rateOfChange,
  type SpikeMethod,
  spike,
  worse,
  worstFlag,
} from '../../../nodes/quality/qartod.ts';
import {
  type AttenuationLimit,
  attenuatedSignal,
  type SignalWindow,
  slide,
} from '../../../nodes/quality/signal-window.ts';

const MINUTE = 60_000;
const DAY = 24 * HOUR;
/** A missing value. */
const NONE = Number.NaN;

describe('QARTOD gross range', () => {
  it('gives the published flags', () => {
    const values = [5, 10, 15, 20, 25, 30, 35, 40, 45, 51, NONE];
    assert.deepEqual(
      values.map((value) => grossRange(value, [10, 50], [20, 40])),
      [4, 3, 3, 1, 1, 1, 1, 1, 3, 4, 9],
    );
  });

  it('takes the ends of its spans for inside, and infinity for no number', () => {
    const cases: [value: number, flag: QualityFlag][] = [
      [-10, 1],
      [-10.01, 3],
      [-40, 3],
      [-40.01, 4],
      [60, 3],
      [60.01, 4],
      [Number.POSITIVE_INFINITY, 9],
    ];
    for (const [value, flag] of cases) assert.equal(grossRange(value, [-40, 60], [-10, 30]), flag);
    assert.equal(grossRange(5, undefined, undefined), 2);
  });

  it('never judges a value better in a narrower span', () => {
    const number = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
    const wider = fc.double({ noNaN: true, min: 0, max: 1e5 });
    fc.assert(
      fc.property(number, number, number, wider, (value, a, b, more) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const narrow = grossRange(value, [low, high], undefined);
        assert.ok(grossRange(value, [low - more, high + more], undefined) <= narrow);
      }),
    );
  });
});

describe('QARTOD climatology', () => {
  const flagOf = (periods: ClimatePeriod[], date: string, value: number): QualityFlag => {
    const at = new Date(`${date}Z`);
    return climatology(value, climateAt(periods, at.getUTCMonth() + 1, at.getUTCHours()));
  };

  it('gives the published flags for a period of months', () => {
    const winter: ClimatePeriod[] = [{ part: 'month', from: 0, to: 3, suspect: [10, 20] }];
    const cases: [date: string, value: number, flag: QualityFlag][] = [
      ['2011-02-02', 9, 3],
      ['2013-02-03', 11, 1],
      ['2011-04-01', 21, 2],
      ['2011-12-31', 21, 2],
      ['2020-02-29', 15, 1],
      ['2020-02-29', NONE, 9],
    ];
    for (const [date, value, flag] of cases) assert.equal(flagOf(winter, date, value), flag, date);
  });

  it('gives the published flags at the ends of its spans', () => {
    const periods: ClimatePeriod[] = [{ part: 'month', from: 11, to: 2, suspect: [50, 60], fail: [40, 70] }];
    const flags = [30, 40, 49, 50, 55, 60, 61, 70, 71].map((value) => flagOf(periods, '2020-01-01', value));
    assert.deepEqual(flags, [4, 3, 3, 1, 1, 1, 3, 3, 4]);
    const dates = ['2019-10-31', '2019-11-01', '2020-02-29', '2020-03-01'];
    assert.deepEqual(
      dates.map((date) => flagOf(periods, date, 55)),
      [2, 1, 1, 2],
    );
  });

  it('knows hours, through midnight too, and lets the last period count', () => {
    const periods: ClimatePeriod[] = [
      { part: 'month', from: 1, to: 12, suspect: [0, 100] },
      { part: 'hour', from: 22, to: 5, suspect: [0, 10] },
    ];
    const hours = ['2020-01-01T21:59', '2020-01-01T22:00', '2020-01-01T05:59', '2020-01-01T06:00'];
    assert.deepEqual(
      hours.map((date) => flagOf(periods, date, 50)),
      [1, 3, 3, 1],
    );
  });
});

describe('QARTOD spike', () => {
  const flags = (values: number[], [suspect, fail]: [number, number], method: SpikeMethod): QualityFlag[] =>
    values.map((value, at) => {
      const [before, after] = [values[at - 1], values[at + 1]];
      if (Number.isNaN(value)) return 9;
      return before === undefined || after === undefined
        ? 2
        : spike(before, value, after, { suspect, fail }, method);
    });

  it('gives the published flags', () => {
    const values = [10, 12, 999.99, 13, 15, 40, 9, 9];
    assert.deepEqual(flags(values, [25, 50], 'average'), [2, 4, 4, 4, 1, 3, 1, 2]);
    const negative = values.map((value) => -value);
    assert.deepEqual(flags(negative, [25, 50], 'average'), [2, 4, 4, 4, 1, 3, 1, 2]);
    assert.deepEqual(flags([-100, -99, -99, -98], [25, 50], 'average'), [2, 1, 1, 2]);
  });

  it('gives the published flags beside missing values', () => {
    const values = [10, 12, 999.99, 13, 15, 40, 9, 9, NONE, 10, 10, 999.99, 10, NONE];
    assert.deepEqual(flags(values, [25, 50], 'average'), [2, 4, 4, 4, 1, 3, 1, 1, 9, 9, 4, 4, 4, 9]);
  });

  it('gives the published flags to a tide with one zero', () => {
    const tide = [
      -0.189, -0.0792, -0.0122, 0.0457, 0.0671, 0.0213, -0.0488, -0.1463, -0.2438, -0.3261, -0.3871, -0.4054,
      -0.3932, -0.3383, -0.2804, -0.2347, -0.2134, -0.2347, -0.2926, -0.3597, -0.442, -0.509, 0, -0.5944,
      -0.57, -0.4267, -0.2926, -0.1585, -0.0945, -0.0762,
    ];
    const expected = tide.map((value) => (value === 0 ? 3 : 1)) as QualityFlag[];
    expected[0] = expected[tide.length - 1] = 2;
    assert.deepEqual(flags(tide, [0.5, 1], 'average'), expected);
  });

  it('gives the published flags by both methods', () => {
    const values = [3, 4.99, 5, 6, 8, 6, 6, 6.75, 6, 6, 5.3, 6, 6, 9, 5, NONE, 4, 4];
    assert.deepEqual(
      flags(values, [0.5, 1], 'average'),
      [2, 3, 1, 1, 4, 3, 1, 3, 1, 1, 3, 1, 4, 4, 4, 9, 9, 2],
    );
    assert.deepEqual(
      flags(values, [0.5, 1], 'differential'),
      [2, 1, 1, 1, 4, 1, 1, 3, 1, 1, 3, 1, 1, 4, 9, 9, 9, 2],
    );
  });
});

describe('QARTOD rate of change', () => {
  /** 5 units in 15 minutes, as published. */
  const LIMIT = 20;
  const flags = (values: number[]): QualityFlag[] =>
    values.map((value, at) => {
      if (Number.isNaN(value)) return 9;
      const before = values[at - 1];
      if (before === undefined || Number.isNaN(before)) return 1;
      return rateOfChange(hourlyRate({ time: 0, value: before }, 15 * MINUTE, value), LIMIT);
    });

  it('gives the published flags', () => {
    assert.deepEqual(
      flags([2, 10, 2.1, 3, 4, 5, 7, 10, 0, 2, 2.2, 2, 1, 2, 3, 90, 91, 92, 93, 1, 2, 3, 4, 5]),
      [1, 3, 3, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 3, 1, 1, 1, 1],
    );
    assert.deepEqual(flags([2, 10, 2, 3, NONE, NONE, 7, 10]), [1, 3, 3, 1, 9, 9, 1, 1]);
    assert.deepEqual(flags([-2, -10, -2, -3]), [1, 3, 3, 1]);
  });

  it('does not take the rounding of two near samples for a steep change', () => {
    assert.ok(hourlyRate({ time: 0, value: 20 }, 1000, 20.1) < 10);
  });
});

describe('QARTOD flat line', () => {
  const flags = (values: number[], limit: FlatLineLimit, step: number): QualityFlag[] => {
    let run: FlatRun | undefined;
    return values.map((value, at) => {
      const time = at * step;
      if (Number.isNaN(value)) {
        if (run) skipInRun(run, time);
        return 9;
      }
      if (run) extendRun(run, time, value, limit.tolerance);
      else run = newRun(time, value);
      return flatLine(run, time, limit);
    });
  };
  const published = (values: number[]): QualityFlag[] =>
    flags(values, { tolerance: 0.01, suspectHours: 50 / 60, failHours: 80 / 60 }, 15 * MINUTE);

  it('gives the published flags', () => {
    const values = [1, 2, 2.0001, 2, 2.0001, 2, 2.0001, 2, 4, 5, 3, 3.0001, 3.0005, 3.00001];
    const expected = [1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3];
    assert.deepEqual(published(values), expected);
    assert.deepEqual(published(values.map((value) => -value)), expected);
    assert.deepEqual(published(values.slice(1)), [1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]);
    assert.deepEqual(published([]), []);
  });

  it('gives the published flags to short series', () => {
    const second = 1000;
    const limit = { tolerance: 0.1, suspectHours: 3 / 3600, failHours: 5 / 3600 };
    const expected: QualityFlag[] = [1, 1, 1, 3, 3, 4];
    for (let length = 0; length <= 6; length++) {
      const values = Array.from({ length }, () => 5);
      assert.deepEqual(flags(values, limit, second), expected.slice(0, length));
    }
  });

  it('gives the published flags to a drift within the tolerance', () => {
    const limit = { tolerance: 4, suspectHours: 3 / 3600, failHours: 6 / 3600 };
    assert.deepEqual(flags([1, 1, 1, 1, 1, 6, 5, 4, 3, 2], limit, 1000), [1, 1, 1, 3, 3, 1, 1, 1, 3, 3]);
  });

  it('gives the published flags with missing values', () => {
    const values = [1, NONE, NONE, 2, 2.0001, 2, 2.0001, 2, 4, NONE, 3, NONE, NONE, 3.00001];
    assert.deepEqual(published(values), [1, 9, 9, 1, 3, 3, 4, 4, 1, 9, 1, 9, 9, 3]);
  });

  it('flags what moves no more than a window of seven samples shows, as a look at all of them does', () => {
    const hour = { tolerance: 3, suspectHours: 4 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 }), (values) => {
        const expected = values.map((_, at) => {
          const window = values.slice(Math.max(0, at - 4), at + 1);
          const range = Math.max(...window) - Math.min(...window);
          return window.length === 5 && range < hour.tolerance ? 3 : 1;
        });
        assert.deepEqual(flags(values, hour, HOUR), expected);
      }),
    );
  });

  it('needs three samples to suspect and five to fail, however far apart', () => {
    const limit = { tolerance: 0.05, suspectHours: 3, failHours: 6 };
    assert.deepEqual(flags([5, 5, 5, 5, 5], limit, DAY), [1, 1, 3, 3, 4]);
  });

  it('never flags a series whose neighbours differ by the tolerance', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 60 }), (ups) => {
        let value = 0;
        const values = ups.map((up) => (value += up ? 0.06 : -0.06));
        const limit = { tolerance: 0.05, suspectHours: 3, failHours: 6 };
        assert.ok(flags(values, limit, HOUR).every((flag) => flag === 1));
      }),
    );
  });
});

describe('QARTOD attenuated signal', () => {
  const flags = (values: number[], limit: AttenuationLimit): QualityFlag[] => {
    const window: SignalWindow = [];
    return values.map((value, at) => {
      if (Number.isNaN(value)) return 9;
      slide(window, at * DAY, value, limit.hours);
      return attenuatedSignal(window, limit);
    });
  };

  it('gives the published flags for a window in time', () => {
    const values = [1, 2, 3, 100, 1000];
    const limit: AttenuationLimit = { hours: 48, suspect: 100, fail: 10 };
    assert.deepEqual(flags(values, { ...limit, fewest: 0 }), [4, 4, 4, 3, 1]);
    assert.deepEqual(flags(values, { ...limit, fewest: 2 }), [2, 4, 4, 3, 1]);
  });

  it('gives the published flags with missing values, by range and by standard deviation', () => {
    const values = [1, NONE, 10, 100, 1000];
    const range: AttenuationLimit = { hours: 48, suspect: 100, fail: 50, fewest: 2 };
    assert.deepEqual(flags(values, range), [2, 9, 2, 3, 1]);
    const deviation: AttenuationLimit = {
      hours: 48,
      suspect: 150,
      fail: 40,
      fewest: 2,
      measure: 'deviation',
    };
    assert.deepEqual(flags(values, deviation), [2, 9, 2, 3, 1]);
  });

  it('gives the published flags for a whole series to its last sample', () => {
    const last = (values: number[], limit: Omit<AttenuationLimit, 'hours' | 'fewest'>): QualityFlag =>
      flags(values, { ...limit, hours: 24 * 30, fewest: 2 }).at(-1) ?? 9;
    const deviation = { measure: 'deviation' } as const;
    assert.equal(last([1, 2, 3, 4], { suspect: 0.75, fail: 0.5, ...deviation }), 1);
    assert.equal(last([1, 2, 3, 4], { suspect: 5, fail: 0, ...deviation }), 3);
    assert.equal(last([1, 1, 1, 1], { suspect: 10, fail: 8, ...deviation }), 4);
    assert.equal(last([10, 20, 30, 40], { suspect: 100_000, fail: 1000, ...deviation }), 4);
    assert.equal(last([10, 20, 30, 40], { suspect: 50, fail: 31 }), 4);
    assert.equal(last([10, 20, 30, 40], { suspect: 31, fail: 10 }), 3);
    assert.equal(last([10, NONE, NONE, 40], { suspect: 50, fail: 31 }), 4);
    const wave = [3, 4, 5, 8.1, 9, 8.5, 8.7, 8.4, 8.2, 8.35, 2, 1];
    assert.equal(last(wave, { suspect: 0.15, fail: 0.1 }), 1);
  });

  it('keeps a bounded window of however many samples', () => {
    const window: SignalWindow = [];
    for (let second = 0; second < 100_000; second++) slide(window, second * 1000, second % 7, 24);
    assert.ok(window.length <= 25);
    assert.equal(attenuatedSignal(window, { hours: 24, suspect: 6 }), 1);
    assert.equal(attenuatedSignal(window, { hours: 24, suspect: 6.1 }), 3);
  });
});

describe('QARTOD gap, multi-variate and neighbour tests', () => {
  it('fails what did not come within the limit', () => {
    assert.equal(gap(0, 3 * HOUR, 3), 1);
    assert.equal(gap(0, 3 * HOUR + 1, 3), 4);
  });

  it('suspects a change that its companion does not show', () => {
    assert.equal(multiVariate(3, 1), 3);
    assert.equal(multiVariate(3, 3), 1);
    assert.equal(multiVariate(1, 1), 1);
  });

  it('suspects what differs from its neighbours by more than the limit', () => {
    assert.equal(neighbour(10, 5, 5), 1);
    assert.equal(neighbour(10.1, 5, 5), 3);
    assert.equal(neighbour(10, NONE, 5), 9);
  });
});

describe('the flag of several tests', () => {
  it('is the published one', () => {
    const range: QualityFlag[] = [1, 1, 1, 9, 1, 1, 9, 9];
    const spikes: QualityFlag[] = [2, 1, 1, 1, 1, 1, 9, 9];
    const rates: QualityFlag[] = [1, 3, 3, 4, 3, 1, 2, 9];
    const flags = range.map((flag, at) => worstFlag([flag, spikes[at] ?? 9, rates[at] ?? 9]));
    assert.deepEqual(flags, [1, 3, 3, 4, 3, 1, 2, 9]);
    assert.equal(worstFlag([]), 2);
    assert.equal(worse(3, 4), 4);
  });
});
