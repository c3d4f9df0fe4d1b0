import assert from 'node:assert/strict';
import {
  AnomalyDetector,
  type AnomalyOptions,
  thresholdFor,
  watchedByDefault,
} from '../../../nodes/anomaly/anomaly-detector.ts';
import { deviceStatesOf } from '../../../nodes/anomaly/device-states.ts';
import type { StreamingDetector } from '../../../nodes/anomaly/streaming-detector.ts';
import type { Anomaly, QualityFlag } from '../../../nodes/observation/observation.ts';
import type { Packed } from '../../../nodes/persistence/state-store.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';
import { DAY, HOUR, START, temperatures } from './series.ts';

function detectorWith(options: Partial<AnomalyOptions> = {}): AnomalyDetector {
  const defaults = { state: new MemoryState(), language: 'en-US', timeZone: 'UTC', sensitivity: 50 } as const;
  return new AnomalyDetector({ ...defaults, ...options });
}

function judge(detector: AnomalyDetector, time: number, value: number): Anomaly | undefined {
  return detector.detect(observation(time, { snow_temperature: value })).snow_temperature;
}

function learn(detector: AnomalyDetector, days: number): void {
  for (const [time, value] of temperatures(days)) judge(detector, time, value - 20);
}

describe('AnomalyDetector', () => {
  it('goes on after a clock that was years ahead was put right', () => {
    const detector = detectorWith();
    judge(detector, START + 1000 * DAY, -5);
    judge(detector, START, -5);
    assert.ok(judge(detector, START + HOUR, -5), 'it learns and scores again');
  });

  it('says in one sentence what is unusual, in local time and language', () => {
    const sentences: [Partial<AnomalyOptions>, RegExp][] = [
      [
        { language: 'en-US', timeZone: 'UTC' },
        /^Snow temperature at Start is \d+(\.\d)? °C above what is normal for a (Monday|Tuesday) at \d\d:\d\d$/,
      ],
      [
        { language: 'nb', timeZone: 'Europe/Oslo' },
        /^Snøtemperatur ved Start er \d+(,\d)? °C over det normale for en (mandag|tirsdag) kl\. \d\d:\d\d$/,
      ],
    ];
    for (const [options, pattern] of sentences) {
      const detector = detectorWith(options);
      learn(detector, 35.6);
      // From Monday afternoon on the snow stays as warm as it was at its warmest.
      const night = Array.from({ length: 36 }, (_, at) =>
        judge(detector, START + 35.6 * DAY + at * 20 * 60_000, -5 - (at % 3) / 10),
      );
      const found = night.map((anomaly) => anomaly?.sentence ?? '').filter((sentence) => sentence !== '');
      assert.ok(found.length >= 1 && found.length <= 6, found.join('\n'));
      assert.match(found.at(-1) ?? '', pattern);
    }
  });

  it('speaks of a jump where the value before was another', () => {
    const detector = detectorWith();
    learn(detector, 2);
    const last = START + 2 * DAY;
    for (let at = 0; at < 100; at++) judge(detector, last + at * HOUR, -10 + (at % 2));
    const jump = judge(detector, last + 101 * HOUR, 2);
    assert.match(jump?.sentence ?? '', /^Snow temperature at Start (rose by .* in 2 hours|is .*)/);
  });

  it('goes on after a restart with the same scores', () => {
    const [state, other] = [new MemoryState(), new MemoryState()];
    learn(detectorWith({ state }), 20);
    learn(detectorWith({ state: other }), 20);
    state.restart();
    const next = START + 20 * DAY + HOUR;
    const scores = [state, other].map((each) => judge(detectorWith({ state: each }), next, 4)?.score);
    assert.equal(scores[0], scores[1]);
    assert.ok((scores[0] ?? 0) > 0.5);
  });

  it('neither judges nor learns what failed a check, is late or comes twice', () => {
    const state = new MemoryState();
    const detector = detectorWith({ state });
    learn(detector, 3);
    const saved = () => state.get<Packed>('detectors/start')?.toBytes();
    const before = saved();
    for (const flag of [4, 9] satisfies QualityFlag[]) {
      const failed = observation(START + 4 * DAY, { snow_temperature: 327 });
      failed.quality = { snow_temperature: { flag, reasons: [] } };
      assert.deepEqual(detector.detect(failed), {});
    }
    const late = observation(START, { snow_temperature: 50 });
    late.receivedTime = new Date(START + 4 * DAY).toISOString();
    assert.deepEqual(detector.detect(late), {});
    assert.ok(before);
    assert.deepEqual(saved(), before);
  });

  it('goes on with what earlier versions kept under a key for each quantity', () => {
    const [state, earlier] = [new MemoryState(), new MemoryState()];
    learn(detectorWith({ state }), 20);
    const kept = deviceStatesOf<StreamingDetector>(state, 'detectors/start');
    earlier.set(
      'anomaly/start/snow_temperature',
      kept.get('snow_temperature', () => assert.fail()).toBytes(),
    );
    const next = START + 20 * DAY + HOUR;
    const scores = [state, earlier].map((each) => judge(detectorWith({ state: each }), next, 4)?.score);
    assert.equal(scores[1], scores[0]);
    assert.ok((scores[1] ?? 0) > 0.5);
    assert.deepEqual(earlier.keys(''), ['detectors/start']);
  });

  it('watches measured values by default, and exactly those chosen otherwise', () => {
    const values = {
      snow_temperature: -3,
      battery_voltage: 3.6,
      internal_temperature: 4,
      pulse_count: 12,
      occupancy: true,
    };
    const watched = (detector: AnomalyDetector): string[] => {
      assert.deepEqual(detector.detect(observation(START, values)), {});
      return Object.keys(detector.detect(observation(START + HOUR, values)));
    };
    assert.deepEqual(watched(detectorWith()), ['snow_temperature']);
    assert.deepEqual(watched(detectorWith({ quantities: ['battery_voltage'] })), ['battery_voltage']);
    assert.equal(watchedByDefault('battery_level'), false);
  });

  it('gives more sentences the further the slider is to the right', () => {
    const counts = [0, 50, 100].map((sensitivity) => {
      const detector = detectorWith({ sensitivity });
      const found = temperatures(90, 3).map(([time, value]) => judge(detector, time, value - 20));
      return found.filter((anomaly) => anomaly?.sentence).length;
    });
    const [few = 0, some = 0, many = 0] = counts;
    assert.ok(few <= some && some < many, String(counts));
    assert.ok(thresholdFor(0) > thresholdFor(50) && thresholdFor(50) > thresholdFor(100));
  });
});
