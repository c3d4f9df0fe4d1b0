import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANGUAGES, translate } from '../../../nodes/observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../../nodes/observation/quantities.ts';
import { QualityChecker } from '../../../nodes/quality/quality-check.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 6, 8);

/** Flags of one quantity, `[minutes, value]` after another. */
function flagsOf(checker: QualityChecker, id: QuantityId, samples: readonly [number, number][]): number[] {
  return samples.map(([minutes, value]) => {
    return checker.check(observation(START + minutes * MINUTE, { [id]: value }))[id]?.flag ?? 0;
  });
}

describe('QualityChecker', () => {
  it('goes on after a clock that was years ahead was put right', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flags = flagsOf(checker, 'air_temperature', [
      [3 * 365 * 24 * 60, -4],
      [0, -4],
      [1, 40],
    ]);
    assert.deepEqual(flags, [1, 1, 3], 'the rate is checked again');
  });

  it('flags a sentinel and leaves the good value after it alone', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flags = flagsOf(checker, 'air_temperature', [
      [0, -4],
      [20, 327.67],
      [40, -4.2],
    ]);
    assert.deepEqual(flags, [1, 4, 1]);
  });

  it('says why, in every language', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const reasons =
      checker.check(observation(START, { air_temperature: 327.67 })).air_temperature?.reasons ?? [];
    assert.deepEqual(
      reasons.map(({ test, flag }) => [test, flag]),
      [['gross_range', 4]],
    );
    for (const language of LANGUAGES) {
      const [sentence = ''] = reasons.map(({ key, parameters }) => translate(language, key, parameters));
      assert.match(sentence, /327[.,]7 °C .*[-−]?\d+ .* °C/);
      assert.doesNotMatch(sentence, /__/);
    }
  });

  it('flags a change that is too fast', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flags = flagsOf(checker, 'air_temperature', [
      [0, 1],
      [20, 2],
      [40, 25],
    ]);
    assert.deepEqual(flags, [1, 1, 3]);
  });

  it('flags a stuck sensor, also across a restart', () => {
    const state = new MemoryState();
    const samples = (from: number, count: number): [number, number][] =>
      Array.from({ length: count }, (_, at) => [from + at * 20, 21.3]);
    const before = flagsOf(new QualityChecker({ state }), 'air_temperature', samples(0, 30));
    assert.ok(before.every((flag) => flag === 1));
    state.restart();
    const after = flagsOf(new QualityChecker({ state }), 'air_temperature', samples(600, 10));
    assert.deepEqual(after, [1, 1, 1, 1, 1, 1, 3, 3, 3, 3]);
  });

  it('goes on where a version stopped that kept each quantity under a key of its own', () => {
    const state = new MemoryState();
    const verdict = { flag: 1, reasons: [] };
    const before = { time: START, value: 1, good: { time: START, value: 1 }, verdict };
    state.set('quality/start/air_temperature', before);
    const checker = new QualityChecker({ state });
    const flags = flagsOf(checker, 'air_temperature', [
      [0, 1],
      [20, 25],
    ]);
    assert.deepEqual(flags, [1, 3], 'the rate since the kept value');
    assert.deepEqual(state.keys('quality/'), ['quality/start']);
  });

  it('holds a late sample against its range only and forgets it', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flags = flagsOf(checker, 'air_temperature', [
      [0, 1],
      [40, 2],
      [20, 40],
      [21, 99],
      [60, 2.5],
    ]);
    assert.deepEqual(flags, [1, 1, 1, 4, 1]);
    const late = checker.check(observation(START, { air_temperature: 3 })).air_temperature;
    assert.deepEqual(
      late?.reasons.map(({ test }) => test),
      ['late'],
    );
  });

  it('gives a duplicate the verdict of the first and does not count it', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const [, , first, second, next] = flagsOf(checker, 'air_temperature', [
      [0, 1],
      [20, 2],
      [40, 25],
      [40, 25],
      [60, 25.2],
    ]);
    assert.deepEqual([first, second, next], [3, 3, 1]);
  });

  it('does not evaluate states, and a number that is none is missing', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const quality = checker.check(observation(START, { occupancy: true, air_temperature: Number.NaN }));
    assert.equal(quality.occupancy?.flag, 2);
    assert.equal(quality.air_temperature?.flag, 9);
  });

  it('keeps to the limits and tests that a person chose', () => {
    const overrides = { air_temperature: { suspect: [-10, 10] as const, ratePerHour: 3 } };
    const all = new QualityChecker({ state: new MemoryState(), overrides });
    const samples: [number, number][] = [
      [0, 9],
      [60, 11],
      [120, 6],
      [180, 99],
    ];
    assert.deepEqual(flagsOf(all, 'air_temperature', samples), [1, 3, 3, 4]);
    const rate = new QualityChecker({ state: new MemoryState(), overrides, tests: ['rate_of_change'] });
    assert.deepEqual(flagsOf(rate, 'air_temperature', samples), [1, 1, 3, 3]);
  });

  it('keeps devices and quantities apart', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    checker.check(observation(START, { air_temperature: 1, road_temperature: 1 }));
    const other = observation(START + 20 * MINUTE, { air_temperature: 30 }, { id: 'other' });
    assert.equal(checker.check(other).air_temperature?.flag, 1);
  });

  it('does not grow with the number of samples', () => {
    const sizeAfter = (count: number): number => {
      const state = new MemoryState();
      const checker = new QualityChecker({ state });
      for (let at = 0; at < count; at++) {
        checker.check(observation(START + at * MINUTE, { air_temperature: 20 + Math.sin(at / 60) }));
      }
      return state.size();
    };
    assert.ok(sizeAfter(2000) - sizeAfter(100) < 50);
  });

  it('is not disturbed by any order of late and repeated samples', () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 500 }), fc.double({ min: -80, max: 80, noNaN: true }));
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), (samples) => {
        const inOrder = new QualityChecker({ state: new MemoryState() });
        const mixed = new QualityChecker({ state: new MemoryState() });
        let newest = -1;
        for (const [minutes, value] of samples) {
          const reading = observation(START + minutes * MINUTE, { air_temperature: value });
          const flag = mixed.check(reading).air_temperature?.flag;
          if (minutes <= newest) continue;
          newest = minutes;
          assert.equal(flag, inOrder.check(reading).air_temperature?.flag);
        }
      }),
    );
  });

  it('has a range for every quantity that is a number', () => {
    for (const [id, { valueType, range }] of Object.entries(QUANTITIES)) {
      if (valueType === 'number') assert.ok(range && range[0] < range[1], id);
    }
  });
});
