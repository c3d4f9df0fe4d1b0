import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FaultDetector } from '../../../../nodes/anomaly/faults/fault-detector.ts';
import { LocalClock } from '../../../../nodes/anomaly/local-clock.ts';
import type { Anomaly, Observation } from '../../../../nodes/observation/observation.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { HOUR, START, temperatures } from '../series.ts';

const detectorOf = (state: MemoryState): FaultDetector =>
  new FaultDetector({ state, clock: new LocalClock('UTC'), language: 'en-US', sensitivity: 50 });

function observation(time: number, value: number, others: Partial<Observation> = {}): Observation {
  return {
    device: { id: 'd1', name: 'Mast', area: 'ski_trail', site: 'Start' },
    phenomenonTime: new Date(time).toISOString(),
    receivedTime: new Date(time).toISOString(),
    timeSource: 'gateway',
    values: { air_temperature: value },
    raw: { payloadHex: '', codec: 'test', codecVersion: '1' },
    ...others,
  };
}

const SCORED: Anomaly = { score: 0.1, expected: 5, band: [4, 6], sentence: '' };

describe('faults in observations', () => {
  it('gives the anomaly the sentence when a fault begins, and the cause as long as it lasts, after a restart too', () => {
    const state = new MemoryState();
    const samples = temperatures(30);
    const end = samples.at(-1)?.[0] ?? START;
    for (const [time, value] of samples) {
      const anomalies = detectorOf(state).detect(observation(time, value), { air_temperature: SCORED });
      assert.deepEqual(anomalies, { air_temperature: SCORED });
    }
    state.restart();
    const told: (Anomaly | undefined)[] = [];
    for (let i = 1; i <= 40; i++) {
      const stuck = observation(end + (i * HOUR) / 3, 4.2);
      told.push(detectorOf(state).detect(stuck, { air_temperature: SCORED }).air_temperature);
    }
    const began = told.findIndex((anomaly) => anomaly?.cause === 'stuck');
    assert.ok(began > 5 && began < 30, `${began}`);
    assert.match(told[began]?.sentence ?? '', /^No change for \d+ hours at Start /);
    assert.deepEqual(
      told.slice(began + 1),
      Array(39 - began).fill({ ...SCORED, cause: 'stuck', severity: 'warning' }),
    );
  });

  it('leaves out what is not watched, text, and times that are far ahead', () => {
    const state = new MemoryState();
    const detector = new FaultDetector({
      state,
      clock: new LocalClock('UTC'),
      language: 'en-US',
      sensitivity: 50,
      quantities: ['water_level'],
    });
    assert.deepEqual(detector.detect(observation(START, 1), {}), {});
    const ahead = { receivedTime: new Date(START - 72 * HOUR).toISOString(), values: { water_level: 1 } };
    assert.deepEqual(detector.detect(observation(START, 1, ahead), {}), {});
    assert.deepEqual(state.keys('faults/'), []);
  });
});
