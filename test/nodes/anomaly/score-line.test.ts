import assert from 'node:assert/strict';
import { LineScorer } from '../../../nodes/anomaly/score-line.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { describeError, LANGUAGES, translate } from '../../../nodes/observation/messages.ts';

function scoreAll(lines: readonly string[]): ReturnType<LineScorer['score']>[] {
  const scorer = new LineScorer();
  return lines.map((line) => scorer.score(line));
}

describe('byflyt score', () => {
  it('gives one score per line after the header, and the highest to the odd one', () => {
    const lines = Array.from({ length: 300 }, (_, at) => {
      const time = new Date(Date.UTC(2026, 0, 1) + at * 300_000).toISOString().slice(0, 19).replace('T', ' ');
      return `${time},${at === 250 ? 90 : 20 + (at % 7)}`;
    });
    const [header, ...scores] = scoreAll(['timestamp,value', ...lines]);
    assert.equal(header, undefined);
    const numbers = scores.map((score) => score?.score ?? Number.NaN);
    assert.ok(numbers.every((score) => score >= 0 && score <= 1));
    assert.equal(numbers.indexOf(Math.max(...numbers)), 250);
  });

  it('scores a line that cannot be read 0, names it, and goes on', () => {
    const [, bad, alsoBad, good] = scoreAll([
      'timestamp,value',
      '2026-01-01 00:00,abc',
      'monday,3',
      '2026-01-01T01:00:00Z,3',
    ]);
    assert.equal(bad?.score, 0);
    assert.equal(alsoBad?.score, 0);
    assert.deepEqual(good, { score: 0 });
    for (const language of LANGUAGES) {
      const sentences = [bad, alsoBad].map((line) => {
        assert.ok(line?.problem);
        return describeError(new MessageError(line.problem), language);
      });
      assert.match(sentences[0] ?? '', /2.*abc/);
      assert.match(sentences[1] ?? '', /3.*monday/);
      assert.notEqual(sentences[0], translate(language, 'anomaly.error.bad_time'));
    }
  });

  it('accepts days alone, and times with a space or a T, seconds, fractions and zones', () => {
    const times = [
      '2025-12-31',
      '2026-01-01 00:00',
      '2026-01-01T00:05:00',
      '2026-01-01 00:10:00.5',
      '2026-01-01T01:15:00+01:00',
    ];
    const lines = scoreAll(['timestamp,value', ...times.map((time) => `${time},1`)]).slice(1);
    assert.deepEqual(
      lines,
      times.map(() => ({ score: 0 })),
    );
  });

  it('scores a late or repeated line 0, however unusual its value', () => {
    const hours = Array.from({ length: 200 }, (_, hour) =>
      new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    );
    const lines = ['timestamp,value', ...hours.map((time, hour) => `${time},${hour % 3}`)];
    const leap = (time: string | undefined) => scoreAll([...lines, `${time},500`]).at(-1)?.score;
    assert.ok((leap('2026-02-01T00:00:00Z') ?? 0) > 0.9);
    assert.deepEqual([leap(hours[10]), leap(hours.at(-1))], [0, 0]);
  });

  it('says nothing for an empty line', () => {
    assert.deepEqual(scoreAll(['timestamp,value', '', ' ']), [undefined, undefined, undefined]);
  });
});
