import assert from 'node:assert/strict';
import { AnomalyDetector } from '../../../nodes/anomaly/anomaly-detector.ts';
import { type Answer, addFeedback, feedbackOf, sensitivityAfter } from '../../../nodes/anomaly/feedback.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';
import { MINUTE, START, temperatures } from './series.ts';

function said(...answers: Answer[]): { alarm: string; answer: Answer; given: number }[] {
  return answers.map((answer, at) => ({
    alarm: new Date(START + at * MINUTE).toISOString(),
    answer,
    given: START,
  }));
}

describe('feedback on alarms', () => {
  const cases: [answers: Answer[], position: number][] = [
    [[], 50],
    [['false'], 35],
    [['false', 'false', 'false', 'false', 'false', 'false'], 0],
    [['planned', 'planned'], 50],
    [['right', 'right'], 50],
    [['false', 'right'], 45],
    [['false', 'right', 'right', 'right', 'false'], 35],
  ];
  for (const [answers, position] of cases) {
    it(`moves the slider from 50 to ${position} after: ${answers.join(', ') || 'nothing'}`, () => {
      assert.equal(sensitivityAfter(50, said(...answers)), position);
    });
  }

  it('replaces an answer about the same alarm, and keeps the newest fifty', () => {
    const state = new MemoryState();
    for (const answer of ['right', 'false'] as const) {
      for (const each of said(...Array<Answer>(60).fill(answer)))
        addFeedback(state, 'a', 'co2_concentration', each);
    }
    state.restart();
    const kept = feedbackOf(state, 'a', 'co2_concentration');
    assert.equal(kept.length, 50);
    assert.equal(kept.at(-1)?.answer, 'false');
    assert.equal(kept.at(-1)?.alarm, new Date(START + 59 * MINUTE).toISOString());
    assert.deepEqual(feedbackOf(state, 'b', 'co2_concentration'), []);
  });

  /** Sentences about one sensor that leaps now and then, at the slider's upper end. */
  function alarms(answers: readonly Answer[]): number {
    const state = new MemoryState();
    for (const each of said(...answers)) addFeedback(state, 'start', 'snow_temperature', each);
    const detector = new AnomalyDetector({ state, language: 'en-US', timeZone: 'UTC', sensitivity: 100 });
    const samples = temperatures(30).map(([time, value], at): [number, number] => [
      time,
      at % 173 === 172 ? value + 3 : value,
    ]);
    return samples.filter(([time, snow_temperature]) => {
      const { snow_temperature: found } = detector.detect(observation(time, { snow_temperature }));
      return found?.sentence;
    }).length;
  }

  it('makes the alarms of that sensor rarer, and not so if they were right', () => {
    const without = alarms([]);
    assert.ok(without > 3, String(without));
    assert.ok(alarms(['false', 'false', 'false', 'false']) < without);
    assert.equal(alarms(['right', 'planned']), without);
  });
});
