import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { thresholdFor } from '../../../nodes/anomaly/anomaly-detector.ts';
import { LocalClock } from '../../../nodes/anomaly/local-clock.ts';
import { type SavedDetector, StreamingDetector } from '../../../nodes/anomaly/streaming-detector.ts';
import { DAY, HOUR, MINUTE, START, temperatures } from './series.ts';

const clock = new LocalClock('UTC');
/** The slider's middle. */
const UNUSUAL = thresholdFor(50);

/** Scores of a series, one per sample. */
function scoresOf(samples: readonly [number, number][], detector = new StreamingDetector(clock)): number[] {
  return samples.map(([time, value]) => {
    const { score } = detector.scoreOne(time, value);
    detector.learnOne(time, value);
    return score;
  });
}

function learned(samples: readonly [number, number][]): StreamingDetector {
  const detector = new StreamingDetector(clock);
  for (const [time, value] of samples) detector.learnOne(time, value);
  return detector;
}

describe('StreamingDetector', () => {
  it('is quiet on four months of an ordinary series', () => {
    const alarms = scoresOf(temperatures(120)).filter((score) => score >= UNUSUAL);
    assert.ok(alarms.length <= 5, `${alarms.length} alarms`);
  });

  it('sees a value that is ordinary at noon and not at night', () => {
    const detector = learned(temperatures(30));
    const night = START + 30 * DAY + 2 * HOUR;
    const { score, expected, band } = detector.scoreOne(night, 15);
    assert.ok(score >= UNUSUAL, String(score));
    assert.ok(Math.abs(expected - 5) < 1, `expected ${expected}`);
    assert.ok(band[0] < expected && expected < band[1] && band[1] < 10, String(band));
    assert.equal(learned(temperatures(30)).scoreOne(night + 12 * HOUR, 15).score < UNUSUAL, true);
  });

  it('says a lasting change once and then takes it for normal', () => {
    const samples = temperatures(60).map(([time, value]): [number, number] => [
      time,
      time > START + 40 * DAY ? value + 12 : value,
    ]);
    const scores = scoresOf(samples);
    const alarms = samples
      .filter((_, at) => (scores[at] ?? 0) >= UNUSUAL)
      .map(([time]) => (time - START) / DAY);
    assert.ok(
      alarms.some((day) => day > 40 && day < 40.1),
      'the change was missed',
    );
    assert.ok(alarms.filter((day) => day > 40.1).length <= 3, `alarms on days ${alarms}`);
  });

  it('lets one score out per episode', () => {
    const detector = learned(temperatures(30));
    const night = START + 30 * DAY + 2 * HOUR;
    const scores = scoresOf(
      Array.from({ length: 10 }, (_, at) => [night + at * 20 * MINUTE, 16]),
      detector,
    );
    assert.ok((scores[0] ?? 0) >= UNUSUAL);
    assert.ok(scores.slice(1).filter((score) => score >= UNUSUAL).length <= 2, String(scores));
  });

  it('finds the second, third and fourth spike as unusual as the first', () => {
    const spikes = [1400, 1700, 2050, 2300];
    const samples = temperatures(36).map(([time, value], at): [number, number] => [
      time,
      spikes.includes(at) ? 60 : value,
    ]);
    const scores = scoresOf(samples);
    for (const at of spikes) assert.ok((scores[at] ?? 0) >= UNUSUAL, `${at}: ${scores[at]}`);
  });

  it('keeps to local time when the clocks change', () => {
    const oslo = new LocalClock('Europe/Oslo');
    const detector = new StreamingDetector(oslo);
    /** Lights on from 8 to 16 local time; the clocks went forward on 29 March 2026. */
    const begin = Date.UTC(2026, 2, 2);
    const scores: [number, number][] = [];
    for (let time = begin; time < begin + 42 * DAY; time += 20 * MINUTE) {
      const hour = oslo.hourOfWeek(time) % 24;
      const value = (hour >= 8 && hour < 16 ? 100 : 0) + ((time / MINUTE) % 7);
      scores.push([time, detector.scoreOne(time, value).score]);
      detector.learnOne(time, value);
    }
    const after = scores.filter(([time]) => time > Date.UTC(2026, 2, 29));
    assert.ok(after.length > 900 && after.every(([, score]) => score < UNUSUAL), 'no alarm by the change');
    const morning = Date.UTC(2026, 3, 13, 5, 59);
    assert.ok(
      detector.explainOne(morning, 0).usual < 40 && detector.explainOne(morning + HOUR, 0).usual > 60,
    );
  });

  it('does not look ahead: the future changes no earlier score', () => {
    const samples = temperatures(10);
    const other = samples.map(([time, value], at): [number, number] => [time, at < 400 ? value : -value]);
    assert.deepEqual(scoresOf(samples).slice(0, 400), scoresOf(other).slice(0, 400));
  });

  it('gives exactly the same scores when it is saved and restored between any samples', () => {
    const samples = temperatures(20);
    const expected = scoresOf(samples);
    let detector = new StreamingDetector(clock);
    const restored = samples.map((sample) => {
      detector = new StreamingDetector(clock, 0, detector.toBytes());
      return scoresOf([sample], detector)[0];
    });
    assert.deepEqual(restored, expected);
  });

  it('goes on from a state that the first version saved', async () => {
    const file = new URL('detector-of-first-version.json', import.meta.url);
    const saved = JSON.parse(await readFile(file, 'utf8')) as SavedDetector;
    const [old, learner] = [new StreamingDetector(clock, 0, saved), learned(temperatures(20))];
    assert.equal(old.newest, learner.newest);
    for (const hour of [1, 9, 14, 33, 80]) {
      const at = START + 20 * DAY + hour * HOUR;
      const [known, expected] = [old.explainOne(at, 5), learner.explainOne(at, 5)];
      assert.equal(known.rhythm, expected.rhythm);
      assert.ok(Math.abs(known.usual - expected.usual) < 1e-4, `${known.usual}, ${expected.usual}`);
      assert.ok(old.scoreOne(at, 40).score > UNUSUAL, 'tails are known as well');
    }
  });

  it('begins anew from a state that it cannot read', () => {
    const bytes = learned(temperatures(5)).toBytes();
    const unreadable = [bytes.slice(1), bytes.slice(0, 100), new Uint8Array(), { version: 0, numbers: '' }];
    for (const saved of unreadable) {
      const detector = new StreamingDetector(clock, 0, saved);
      assert.equal(detector.newest, undefined);
      assert.deepEqual(scoresOf(temperatures(5), detector), scoresOf(temperatures(5)));
    }
  });

  it('changes nothing by scoring', () => {
    const detector = learned(temperatures(10));
    const before = detector.toBytes();
    detector.scoreOne(START + 11 * DAY, 80);
    assert.deepEqual(detector.toBytes(), before);
  });

  it('ignores late and repeated samples', () => {
    const samples = temperatures(10);
    const detector = learned(samples);
    const before = detector.toBytes();
    const [newest = 0] = samples.at(-1) ?? [];
    for (const time of [newest, newest - 1, START, START - DAY]) detector.learnOne(time, 99);
    detector.learnOne(newest + HOUR, 1e30);
    assert.deepEqual(detector.toBytes(), before);
  });

  it('keeps its size', () => {
    const detector = learned(temperatures(400));
    assert.equal(detector.byteLength, learned(temperatures(1)).byteLength);
    const saved = detector.toBytes().length;
    assert.ok(detector.byteLength < 4200 && saved < 2400, `${detector.byteLength} bytes, ${saved} saved`);
    assert.ok(learned(temperatures(0.1)).toBytes().length < 800);
  });

  it('knows the rhythm as exactly whatever the level of a series is', () => {
    const samples = temperatures(30);
    const [night, level] = [START + 30 * DAY + 2 * HOUR, 1e7];
    const usual = learned(samples).explainOne(night, 0).usual;
    const high = learned(samples.map(([time, value]) => [time, value + level]));
    assert.ok(Math.abs(high.explainOne(night, level).usual - level - usual) < 1e-5);
  });

  it('does not call a step of the resolution unusual, nor a constant', () => {
    const flat: [number, number][] = Array.from({ length: 300 }, (_, at) => [START + at * HOUR, 21]);
    flat.push([START + 301 * HOUR, 21.1], [START + 302 * HOUR, 21]);
    const scores = scoresOf(flat, new StreamingDetector(clock, 0.1));
    assert.ok(
      scores.every((score) => score < UNUSUAL),
      String(scores.slice(-3)),
    );
    const leap = new StreamingDetector(clock, 0.1);
    scoresOf(flat, leap);
    assert.ok(leap.scoreOne(START + 303 * HOUR, 30).score >= UNUSUAL);
  });

  it('does not raise an alarm for an outage', () => {
    const samples = temperatures(50).filter(([time]) => time < START + 30 * DAY || time > START + 34.3 * DAY);
    const scores = scoresOf(samples);
    const after = samples.findIndex(([time]) => time > START + 34 * DAY);
    assert.ok(scores.slice(after, after + 30).every((score) => score < UNUSUAL));
  });

  it('scores anything with a number from 0 to 1', () => {
    const sample = fc.tuple(
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
    );
    fc.assert(
      fc.property(fc.array(sample, { minLength: 80, maxLength: 150 }), (steps) => {
        const detector = new StreamingDetector(clock);
        let time = START;
        for (const [step, value] of steps) {
          time += step;
          const { score, expected, band } = detector.scoreOne(time, value);
          assert.ok(score >= 0 && score <= 1 && Number.isFinite(expected + band[0] + band[1]));
          detector.learnOne(time, value);
        }
      }),
      { numRuns: 30 },
    );
  });
});
