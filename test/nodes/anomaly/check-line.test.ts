import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type CheckedReading, LineChecker } from '../../../nodes/anomaly/check-line.ts';
import { DAY, HOUR, START, temperatures } from './series.ts';

const checker = (): LineChecker =>
  new LineChecker({ language: 'en-US', timeZone: 'Europe/Oslo', sensitivity: 50 });
const line = (time: number, value: unknown, others: object = {}): object => ({
  device: 'a',
  quantity: 'air_temperature',
  time: new Date(time).toISOString(),
  value,
  ...others,
});

describe('checking lines', () => {
  it('answers a reading with flag, reasons, score, expected value, band and alarms', () => {
    const check = checker();
    let answer: unknown;
    for (const [time, value] of temperatures(3)) answer = check.check(line(time, value));
    const { flag, reasons, score, expected, band, alarms } = answer as CheckedReading;
    assert.deepEqual([flag, reasons, alarms], [1, [], []]);
    assert.ok(score !== null && score >= 0 && score < 1);
    assert.ok(expected !== null && band !== null && band[0] < expected && expected < band[1]);
  });

  it('flags what cannot be true, and tells a false reading when the next one is right', () => {
    const check = checker();
    const samples = temperatures(3);
    for (const [time, value] of samples) check.check(line(time, value));
    const end = samples.at(-1)?.[0] ?? 0;
    const wrong = check.check(line(end + HOUR, 999)) as CheckedReading;
    assert.equal(wrong.flag, 4);
    assert.match(wrong.reasons[0]?.sentence ?? '', /999 °C/);
    assert.equal(wrong.score, null);
    const right = check.check(line(end + 2 * HOUR, 10)) as CheckedReading;
    assert.deepEqual(
      right.alarms.map(({ device, cause, state }) => [device, cause, state]),
      [['a', 'spike', 'raised']],
    );
  });

  it('a line that moves the clock tells who is silent', () => {
    const check = checker();
    const samples = temperatures(3);
    for (const [time, value] of samples) check.check(line(time, value));
    const end = samples.at(-1)?.[0] ?? 0;
    const answer = check.check({ now: new Date(end + 12 * HOUR).toISOString() });
    assert.deepEqual(
      answer.alarms.map(({ cause, state }) => [cause, state]),
      [['silent', 'raised']],
    );
  });

  it('one reading whose clock is years ahead is suspect, and leaves those after it as they were', () => {
    const check = checker();
    const samples = temperatures(3);
    for (const [time, value] of samples) check.check(line(time, value));
    const end = samples.at(-1)?.[0] ?? 0;
    const ahead = check.check(line(end + 9000 * DAY, 11)) as CheckedReading;
    assert.deepEqual([ahead.flag, ahead.reasons[0]?.test], [3, 'clock']);
    const next = check.check(line(end + HOUR / 3, 11)) as CheckedReading;
    assert.deepEqual([next.flag, next.reasons], [1, []]);
    assert.notEqual(next.score, null);
  });

  it('after days without any line the second reading is the present', () => {
    const check = checker();
    const samples = temperatures(3);
    for (const [time, value] of samples) check.check(line(time, value));
    const later = (samples.at(-1)?.[0] ?? 0) + 5 * DAY;
    for (const minutes of [0, 20]) check.check(line(later + minutes * 60_000, 11));
    const third = check.check(line(later + 40 * 60_000, 11.3)) as CheckedReading;
    assert.deepEqual([third.flag, third.reasons], [1, []]);
  });

  it('knows times as ISO 8601 without a zone and as numbers, and quantities that it does not know', () => {
    const check = checker();
    for (const time of ['2026-01-05 00:00:00', '2026-01-05T00:00:00Z', START, START / 1000]) {
      const answer = check.check(line(START, 1, { time, quantity: 'mood' })) as CheckedReading;
      assert.equal(answer.time, '2026-01-05T00:00:00.000Z');
      assert.equal(answer.flag, 2);
    }
  });

  for (const [field, bad] of [
    ['device', line(START, 1, { device: 7 })],
    ['quantity', line(START, 1, { quantity: '' })],
    ['time', line(START, 1, { time: 'yesterday' })],
    ['value', line(START, 'warm')],
    ['now', { now: {} }],
    ['device', null],
  ] as const) {
    it(`says which field is wrong: ${field} in ${JSON.stringify(bad)}`, () => {
      const answer = checker().check(bad);
      assert.ok('error' in answer);
      assert.match(answer.error.message, new RegExp(`: ${field} is missing or wrong`));
      assert.deepEqual(answer.alarms, []);
    });
  }
});
