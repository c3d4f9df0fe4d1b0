import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AlarmRule, AlarmWatch, pointOfAlarm } from '../../../nodes/alarm/alarm.ts';
import { openAlarmsWithKeys } from '../../../nodes/alarm/alarm-answer.ts';
import type { Anomaly, Observation, QualityFlag } from '../../../nodes/observation/observation.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';

const MINUTE = 60_000;
const openAlarms = (state: MemoryState) => openAlarmsWithKeys(state).map(({ event }) => event);
const START = Date.UTC(2026, 10, 20, 8);
const RULE: AlarmRule = {
  id: 'rule-1',
  name: 'Bin is full',
  quantity: 'fill_level',
  condition: 'above',
  limit: 90,
  hysteresis: 10,
  delay: 0,
  severity: 'warning',
  flagged: false,
};

function reading(minutes: number, fill_level: number, id = 'bin'): Observation {
  return observation(START + minutes * MINUTE, { fill_level }, { id, area: 'waste', site: 'Torget' });
}

/** What happened at each of `[minutes, level]`. */
function statesOf(watch: AlarmWatch, samples: readonly [number, number][]): (string | undefined)[] {
  return samples.map(([minutes, level]) => watch.watch(reading(minutes, level))?.state);
}

function watchWith(rule: Partial<AlarmRule> = {}, state = new MemoryState()): AlarmWatch {
  return new AlarmWatch(state, { ...RULE, ...rule }, 'en-US');
}

describe('AlarmWatch', () => {
  it('goes on after a clock that was years ahead was put right', () => {
    const state = new MemoryState();
    const watch = watchWith({ delay: 10 }, state);
    const years = 3 * 365 * 24 * 60;
    assert.deepEqual(
      statesOf(watch, [
        [years, 95],
        [0, 95],
        [20, 95],
      ]),
      [undefined, undefined, 'raised'],
    );
    assert.deepEqual(
      statesOf(watch, [
        [years, 95],
        [40, 70],
      ]),
      [undefined, 'cleared'],
    );
  });

  it('raises above the limit and clears only when the value is back by the hysteresis', () => {
    const samples: [number, number][] = [
      [0, 90],
      [20, 92],
      [40, 99],
      [60, 85],
      [80, 91],
      [100, 80],
      [120, 92],
    ];
    const expected = [undefined, 'raised', undefined, undefined, undefined, 'cleared', 'raised'];
    assert.deepEqual(statesOf(watchWith(), samples), expected);
  });

  it('does the same below a limit', () => {
    const samples: [number, number][] = [
      [0, 10],
      [20, 9.9],
      [40, 12],
      [60, 20],
    ];
    const states = statesOf(watchWith({ condition: 'below', limit: 10 }), samples);
    assert.deepEqual(states, [undefined, 'raised', undefined, 'cleared']);
  });

  it('waits for the delay, and starts to wait again after one good reading', () => {
    const samples: [number, number][] = [
      [0, 95],
      [20, 95],
      [40, 88],
      [60, 95],
      [80, 95],
      [89, 95],
      [90, 95],
    ];
    const states = statesOf(watchWith({ delay: 30 }), samples);
    assert.deepEqual(states, [undefined, undefined, undefined, undefined, undefined, undefined, 'raised']);
  });

  it('tells who, what, how bad and why', () => {
    const event = watchWith().watch(reading(0, 92));
    assert.deepEqual(event, {
      device: 'bin',
      name: 'Trail sensor A',
      area: 'waste',
      site: 'Torget',
      alarm: 'Bin is full',
      quantity: 'fill_level',
      state: 'raised',
      severity: 'warning',
      cause: 'above',
      value: 92,
      time: '2026-11-20T08:00:00.000Z',
      sentence: 'Fill level at Torget is 92 %, above the limit of 90 %',
    });
    const norwegian = new AlarmWatch(new MemoryState(), RULE, 'nb').watch(reading(0, 92.5));
    assert.equal(norwegian?.sentence, 'Fyllingsgrad ved Torget er 92,5 %, over grensen på 90 %');
  });

  it('never raises or clears for a late or repeated reading', () => {
    const samples: [number, number][] = [
      [60, 50],
      [0, 99],
      [60, 99],
      [80, 95],
      [70, 5],
      [80, 5],
    ];
    const expected = [undefined, undefined, undefined, 'raised', undefined, undefined];
    assert.deepEqual(statesOf(watchWith(), samples), expected);
  });

  it('knows the readings that lately raised or cleared the alarm when they come again, and no others', () => {
    const watch = watchWith();
    const readings = [reading(0, 5), reading(60, 99), reading(80, 99), reading(90, 5), reading(95, 99)];
    const arrived = (each: Observation, seconds: number) => ({
      ...each,
      receivedTime: new Date(Date.parse(reading(100, 0).phenomenonTime) + seconds * 1000).toISOString(),
    });
    for (const each of readings) watch.watch(arrived(each, 0));
    const known = () => readings.map((each) => watch.earlier(each)?.state);
    assert.deepEqual(known(), [undefined, 'raised', undefined, 'cleared', 'raised']);
    watch.watch(arrived(reading(99, 5), 61));
    assert.deepEqual(
      known(),
      readings.map(() => undefined),
    );
    assert.equal(watch.earlier(reading(99, 5))?.state, 'cleared');
  });

  it('leaves alone what took hours to get here, even as the first of its device', () => {
    const replayed = reading(0, 99);
    const received = (hours: number) => new Date(Date.parse(replayed.phenomenonTime) + hours * 3_600_000);
    const watch = watchWith();
    assert.equal(watch.watch({ ...replayed, receivedTime: received(7).toISOString() }), undefined);
    assert.equal(watch.watch({ ...replayed, receivedTime: received(5).toISOString() })?.state, 'raised');
  });

  it('does not trust flagged values unless asked', () => {
    for (const flag of [3, 4, 9] satisfies QualityFlag[]) {
      const suspect = reading(0, 99);
      suspect.quality = { fill_level: { flag, reasons: [] } };
      assert.equal(watchWith().watch(suspect), undefined);
      assert.equal(watchWith({ flagged: true }).watch(suspect)?.state, flag === 9 ? undefined : 'raised');
    }
    for (const flag of [1, 2] satisfies QualityFlag[]) {
      const good = reading(0, 99);
      good.quality = { fill_level: { flag, reasons: [] } };
      assert.equal(watchWith().watch(good)?.state, 'raised');
    }
  });

  it('raises for a value that the detector calls unusual, and clears when it is normal again', () => {
    const watch = watchWith({ condition: 'anomaly', delay: 60 });
    const unusual = reading(0, 70);
    unusual.anomalies = {
      fill_level: { score: 0.95, expected: 40, band: [30, 50], sentence: 'Far too full' },
    };
    const event = watch.watch(unusual);
    assert.deepEqual([event?.state, event?.sentence], ['raised', 'Far too full']);
    const still = reading(20, 60);
    still.anomalies = { fill_level: { score: 0, expected: 40, band: [30, 50], sentence: '' } };
    assert.equal(watch.watch(still), undefined);
    const normal = reading(40, 45);
    normal.anomalies = { fill_level: { score: 0, expected: 40, band: [30, 50], sentence: '' } };
    assert.equal(watch.watch(normal)?.state, 'cleared');
  });

  it('tells of another cause while an alarm is open, once, with its severity', () => {
    const watch = watchWith({ condition: 'anomaly' });
    const found = (minutes: number, sentence: string, fault: Partial<Anomaly> = {}) => {
      const observed = reading(minutes, 70);
      const anomaly = { score: 0, expected: 40, band: [30, 50] as [number, number], sentence, ...fault };
      const event = watch.watch({ ...observed, anomalies: { fill_level: anomaly } });
      return event && [event.state, event.cause, event.severity, event.sentence];
    };
    assert.deepEqual(found(0, 'Odd'), ['raised', 'anomaly', 'warning', 'Odd']);
    const leak = { cause: 'leak', severity: 'critical' } as const;
    assert.deepEqual(found(20, 'A leak', leak), ['raised', 'leak', 'critical', 'A leak']);
    assert.equal(found(40, 'A leak', leak), undefined);
    assert.equal(found(60, '', leak), undefined);
    assert.equal(found(60, 'Stuck', { cause: 'stuck' }), undefined, 'it came twice');
    const end = found(80, '', { band: [60, 80] });
    assert.deepEqual(end?.slice(0, 3), ['cleared', 'leak', 'critical']);
  });

  it('tells of a fault although the quality check doubts the value as well', () => {
    const watch = watchWith({ condition: 'anomaly' });
    const stuck: Anomaly = { score: 0, expected: 40, band: [30, 50], sentence: 'No change', cause: 'stuck' };
    const flat = reading(0, 40);
    flat.quality = { fill_level: { flag: 3, reasons: [] } };
    assert.equal(watch.watch({ ...flat, anomalies: { fill_level: { ...stuck, sentence: '' } } }), undefined);
    const told = { ...flat, phenomenonTime: reading(10, 40).phenomenonTime };
    assert.equal(watch.watch({ ...told, anomalies: { fill_level: stuck } })?.cause, 'stuck');
    const odd: Anomaly = { score: 0.99, expected: 40, band: [30, 50], sentence: 'Odd' };
    const doubted = { ...reading(20, 40, 'other'), quality: flat.quality, anomalies: { fill_level: odd } };
    assert.equal(watch.watch(doubted), undefined, 'what is only unusual does not count while it is doubted');
  });

  it('a fault of what has no scores is over when nothing is found, and is told again when it comes back', () => {
    const watch = watchWith({ condition: 'anomaly' });
    const leak: Anomaly = { score: 1, expected: 70, band: [70, 70], sentence: 'A leak', cause: 'leak' };
    const at = (minutes: number, anomaly?: Anomaly) =>
      watch.watch({ ...reading(minutes, 70), anomalies: anomaly ? { fill_level: anomaly } : {} })?.state;
    assert.equal(at(0), undefined);
    assert.equal(at(20, leak), 'raised');
    assert.equal(at(40, { ...leak, sentence: '' }), undefined);
    assert.deepEqual([at(60), at(80)], ['cleared', undefined]);
    assert.equal(at(100, leak), 'raised');
  });

  it('keeps open alarms across a restart, one per device and rule', () => {
    const state = new MemoryState();
    watchWith({}, state).watch(reading(0, 92));
    watchWith({}, state).watch(reading(5, 95, 'bin-2'));
    watchWith({ id: 'rule-2', limit: 50 }, state).watch(reading(9, 95));
    state.restart();
    const open = openAlarms(state);
    assert.deepEqual(
      open.map(({ device, value }) => [device, value]),
      [
        ['bin', 95],
        ['bin-2', 95],
        ['bin', 92],
      ],
    );
    assert.equal(watchWith({}, state).watch(reading(20, 93)), undefined);
    assert.equal(watchWith({}, state).watch(reading(40, 10))?.state, 'cleared');
    assert.equal(openAlarms(state).length, 2);
    watchWith({}, state).forget();
    assert.deepEqual(
      openAlarms(state).map(({ value }) => value),
      [95],
    );
  });

  it('is a point of the measurement alarm', () => {
    const event = watchWith().watch(reading(0, 92));
    assert.ok(event);
    assert.deepEqual(pointOfAlarm(event), {
      measurement: 'alarm',
      tags: { device: 'bin', site: 'Torget', alarm: 'Bin is full' },
      fields: { state: 'raised', severity: 'warning', sentence: event.sentence, value: 92 },
      time: START,
    });
  });

  it('raises and clears in turn, whatever comes', () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 100 }));
    fc.assert(
      fc.property(fc.array(sample), fc.nat(60), fc.nat(30), (samples, delay, hysteresis) => {
        const state = new MemoryState();
        const events: string[] = [];
        for (const [minutes, level] of samples) {
          const event = watchWith({ delay, hysteresis }, state).watch(reading(minutes, level));
          if (event) {
            assert.ok(event.state === 'raised' ? level > 90 : level <= 90 - hysteresis);
            events.push(event.state);
          }
          state.restart();
        }
        assert.deepEqual(
          events,
          events.map((_, at) => (at % 2 === 0 ? 'raised' : 'cleared')),
        );
        assert.equal(openAlarms(state).length, events.length % 2);
      }),
    );
  });
});
