import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANGUAGES, translate } from '../../../nodes/observation/messages.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
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
      assert.match(sentence, /327[.,]7 °C /);
      assert.doesNotMatch(sentence, /__/);
    }
  });

  it('takes snow in whole centimetres for what it is, and half a metre within an hour for what it is not', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const snow = [60, 61, 60, 60, 64, 70, 69, 125].map((depth, hour): [number, number] => [60 * hour, depth]);
    assert.deepEqual(flagsOf(checker, 'snow_depth', snow), [1, 1, 1, 1, 1, 1, 1, 3]);
  });

  it('tells of a gap in hours that can be read aloud', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    for (let minutes = 0; minutes < 300; minutes += 15) {
      checker.check(observation(START + minutes * MINUTE, { air_temperature: (minutes / 15) % 2 }));
    }
    const told = [285 + 121.7, 285 + 121.7 + 1000.3].map((minutes, at) => {
      const [reason] =
        checker.check(observation(START + minutes * MINUTE, { air_temperature: at })).air_temperature
          ?.reasons ?? [];
      return [reason?.test, reason?.parameters.hours];
    });
    assert.deepEqual(told, [
      ['gap', 2],
      ['gap', 17],
    ]);
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

  it('takes neither ice nor melting snow for a stuck sensor, but warm water that stands still', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const weeks = (value: number): [number, number][] =>
      Array.from({ length: 400 }, (_, at) => [at * 60, value]);
    assert.ok(flagsOf(checker, 'water_temperature', weeks(0)).every((flag) => flag === 1));
    assert.ok(flagsOf(checker, 'snow_temperature', weeks(0.1)).every((flag) => flag === 1));
    const warm = new QualityChecker({ state: new MemoryState() });
    assert.equal(flagsOf(warm, 'water_temperature', weeks(14.3)).at(-1), 3);
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
    const limits = { suspect: [-10, 10] as const, ratePerHour: 3 };
    const overrides = [{ quantity: 'air_temperature', limits }] as const;
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

  it('knows sentinels within the range of a probe, unless the probe got there by itself', () => {
    const checker = new QualityChecker({ state: new MemoryState(), tests: ['gross_range'] });
    const reading = (minutes: number, value: number) =>
      checker.check(observation(START + minutes * MINUTE, { probe_temperature: value })).probe_temperature;
    assert.equal(reading(0, 20)?.flag, 1);
    assert.equal(reading(10, -127)?.reasons[0]?.key, 'quality.reason.sentinel');
    assert.equal(reading(20, 85)?.flag, 4, 'after power was lost');
    assert.equal(reading(30, 80)?.flag, 1);
    assert.equal(reading(40, 85)?.flag, 1, 'a boiler');
  });

  it('takes a new meter for a reset, a full register for a roll-over and a wild reading back', () => {
    const revised: (number | undefined)[] = [];
    const onRevision = ({ quality }: Observation) => void revised.push(quality?.water_volume?.flag);
    const checker = new QualityChecker({ state: new MemoryState(), onRevision });
    const tests = (minutes: number, value: number) => {
      const { flag, reasons } = checker.check(observation(START + minutes * MINUTE, { water_volume: value }))
        .water_volume ?? { flag: 0, reasons: [] };
      return [flag, ...reasons.map(({ key }) => key.replace('quality.reason.', ''))];
    };
    assert.deepEqual(tests(0, 65_530), [1]);
    assert.deepEqual(tests(10, 65_535), [1]);
    assert.deepEqual(tests(20, 3), [1, 'counter_rolled']);
    assert.deepEqual(tests(30, 900), [1]);
    assert.deepEqual(tests(40, 901), [1]);
    assert.deepEqual(tests(50, 2), [3, 'counter_reset']);
    assert.deepEqual(tests(60, 4), [1]);
    assert.deepEqual(tests(70, 70_000), [1]);
    assert.deepEqual(revised, []);
    assert.deepEqual(tests(80, 5), [1]);
    assert.deepEqual(revised, [4], 'the wild one');
  });

  it('suspects times that are ahead or stand still, and goes on as if they had not been', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();
    const flagAt = (minutes: number, received: number, value: number): number | undefined => {
      const reading = { ...observation(START, { air_temperature: value }), timeSource: 'device' as const };
      return checker.check({ ...reading, phenomenonTime: at(minutes), receivedTime: at(received) })
        .air_temperature?.flag;
    };
    assert.equal(flagAt(0, 0, 1), 1);
    assert.equal(flagAt(600, 10, 1.1), 3, 'ten hours ahead');
    assert.equal(flagAt(20, 20, 1.2), 1);
    assert.equal(flagAt(20, 40, 1.3), 3, 'stands still');
    assert.equal(flagAt(60, 60, 1.4), 1);
  });

  it('remarks a gap and leaves the flag alone', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const samples = Array.from({ length: 20 }, (_, at): [number, number] => [at * 20, 5 + at / 10]);
    flagsOf(checker, 'air_temperature', samples);
    const next = checker.check(observation(START + 1000 * MINUTE, { air_temperature: 6 })).air_temperature;
    assert.equal(next?.flag, 1);
    assert.deepEqual(
      next?.reasons.map(({ test, flag }) => [test, flag]),
      [['gap', 2]],
    );
  });

  it('compares values of one device that belong together', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flagsFor = (values: Observation['values']) => {
      const quality = checker.check(observation(START, values, { id: JSON.stringify(values) }));
      return Object.values(quality).map(({ flag }) => flag);
    };
    assert.deepEqual(flagsFor({ pm1: 5, pm2p5: 8, pm10: 12 }), [1, 1, 1]);
    assert.deepEqual(flagsFor({ pm1: 5, pm2p5: 40, pm10: 12 }), [1, 3, 3]);
    assert.deepEqual(flagsFor({ dew_point_temperature: 12, air_temperature: 5 }), [3, 3]);
  });

  it('suspects analogue values of a device whose battery collapses, and no others', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flagsFor = (minutes: number, battery_voltage: number): (number | undefined)[] => {
      const values = { battery_voltage, soil_moisture: 30, energy: minutes, occupancy: true };
      const quality = checker.check(observation(START + minutes * MINUTE, values));
      return [quality.soil_moisture?.flag, quality.energy?.flag, quality.battery_voltage?.flag];
    };
    for (let day = 0; day < 60; day++) assert.deepEqual(flagsFor(day * 1440, 3.6 - day / 1000), [1, 1, 1]);
    assert.deepEqual(flagsFor(61 * 1440, 3.2), [1, 1, 1], 'frost');
    for (let day = 62; day < 200; day++) assert.deepEqual(flagsFor(day * 1440, 2.7), [3, 1, 1]);
    assert.deepEqual(flagsFor(200 * 1440, 3.6), [1, 1, 1], 'a new one');
  });

  it('knows an empty battery from a device on the mains that says 0 percent', () => {
    const checker = new QualityChecker({ state: new MemoryState() });
    const flagFor = (id: string, hours: number, battery_level: number): number | undefined => {
      const values = { battery_level, soil_moisture: 30 };
      return checker.check(observation(START + hours * 60 * MINUTE, values, { id })).soil_moisture?.flag;
    };
    for (let hour = 0; hour < 200; hour++) {
      assert.equal(flagFor('mains', hour, 0), 1);
      assert.equal(flagFor('battery', hour, Math.max(0, 50 - hour / 2)), hour < 96 ? 1 : 3);
    }
  });

  describe('with neighbours', () => {
    const PLACES: Record<string, { lat: number; lon: number }> = {
      valley: { lat: 60, lon: 10 },
      school: { lat: 60.01, lon: 10.01 },
      hill: { lat: 60.02, lon: 10 },
      island: { lat: 63, lon: 9 },
    };
    const temperature = (at: number): number => 5 + 5 * Math.sin(at / 40);

    function town(): {
      checker: QualityChecker;
      hear: (at: number, off?: Record<string, number>) => number[];
    } {
      const checker = new QualityChecker({ state: new MemoryState(), tests: ['gross_range', 'neighbour'] });
      const hear = (at: number, off: Record<string, number> = {}): number[] =>
        Object.entries(PLACES).map(([id, location]) => {
          const value = temperature(at) + (id === 'hill' ? -3 : 0) + (off[id] ?? 0);
          const reading = observation(START + at * 20 * MINUTE, { air_temperature: value }, { id, location });
          return checker.check(reading).air_temperature?.flag ?? 0;
        });
      return { checker, hear };
    }

    it('suspects the one that differs, and learns what is usual for its place', () => {
      const { hear } = town();
      for (let at = 0; at < 300; at++) assert.deepEqual(hear(at), [1, 1, 1, 1]);
      assert.deepEqual(hear(300, { valley: 14 }), [3, 1, 1, 1]);
      assert.deepEqual(hear(301, { island: 40 }), [1, 1, 1, 1], 'nobody is near the island');
      assert.deepEqual(
        hear(302, { valley: 20, school: 20, hill: 20 }),
        [3, 1, 1, 1],
        'the first to tell of it',
      );
    });

    it('leaves a room in peace whose neighbours are out in the weather', () => {
      const checker = new QualityChecker({ state: new MemoryState(), tests: ['gross_range', 'neighbour'] });
      const hear = (at: number, id: string, value: number): number | undefined => {
        const reading = observation(
          START + at * 20 * MINUTE,
          { air_temperature: value },
          { id, location: PLACES.valley as { lat: number; lon: number } },
        );
        return checker.check(reading).air_temperature?.flag;
      };
      for (let at = 0; at < 72 * 60; at++) {
        const outside = 5 - 15 * Math.cos(at / (72 * 10)) + 6 * Math.sin((at / 72) * 2 * Math.PI);
        assert.equal(hear(at, 'one', outside), 1);
        assert.equal(hear(at, 'two', outside + 1), 1);
        assert.equal(hear(at, 'room', 21), 1, `at ${at}`);
      }
    });

    it('compares nothing before the neighbours have been heard', () => {
      const { hear } = town();
      assert.deepEqual(hear(0, { valley: 30, hill: -30 }), [1, 1, 1, 1]);
    });
  });

  it('judges the same with and without a restart between any two samples', () => {
    const value = fc.oneof(
      fc.constantFrom(5, 5.001, 30, Number.NaN, -127),
      fc.double({ min: -20, max: 20, noNaN: true }),
    );
    const step = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(fc.array(fc.tuple(step, value, fc.boolean()), { maxLength: 60 }), (samples) => {
        const overrides = [
          {
            quantity: 'air_temperature',
            limits: {
              flat: { tolerance: 0.01, suspectHours: 3 },
              attenuation: { hours: 12, suspect: 1, fewest: 3 },
            },
          },
        ] as const;
        const [steady, restarted] = [new MemoryState(), new MemoryState()];
        const one = new QualityChecker({ state: steady, overrides });
        let minutes = 0;
        for (const [after, air_temperature, restarts] of samples) {
          minutes += after;
          const reading = observation(START + minutes * MINUTE, { air_temperature, energy: minutes % 700 });
          if (restarts) restarted.restart();
          const other = new QualityChecker({ state: restarted, overrides });
          assert.deepEqual(other.checked(reading).quality, one.checked(reading).quality);
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
