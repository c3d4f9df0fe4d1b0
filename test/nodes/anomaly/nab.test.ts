import assert from 'node:assert/strict';
import { LineScorer } from '../../../nodes/anomaly/score-line.ts';
import { type LabelledSeries, labelledSeries, standardScore } from './nab.ts';

/** Published standard scores on these files: windowed Gaussian 37.6, random cut forest 52.5, relative entropy 54.6. */
const GOAL = 75;

function scoresOf({ lines }: LabelledSeries): number[] {
  const scorer = new LineScorer();
  return lines.flatMap((line) => scorer.score(line)?.score ?? []);
}

/** Mean and deviation of all rows so far: what a plain control chart would do. */
function controlChart({ lines }: LabelledSeries): number[] {
  let [count, mean, squares] = [0, 0, 0];
  return lines.slice(1).map((line) => {
    const value = Number(line.split(',')[1]);
    const distance = Math.abs(value - mean) / Math.sqrt(squares / count || 1);
    count++;
    const before = value - mean;
    mean += before / count;
    squares += before * (value - mean);
    return distance;
  });
}

describe('Numenta Anomaly Benchmark, shared half', () => {
  const series = labelledSeries();

  it('has a scorer that gives 0 to silence and 100 to perfection', () => {
    const silent = series.map(({ lines }) => lines.slice(1).map(() => 0));
    assert.ok(standardScore(series, silent) <= 0.001);
    const perfect = series.map(({ lines, windows }) => {
      const firsts = new Set(windows.map(([first]) => first));
      return lines.slice(1).map((_, row) => Number(firsts.has(row)));
    });
    assert.ok(Math.abs(standardScore(series, perfect) - 100) < 1e-6);
  });

  it(`is scored at least ${GOAL}, far above a control chart`, () => {
    const score = standardScore(series, series.map(scoresOf));
    const chart = standardScore(series, series.map(controlChart));
    assert.ok(score >= GOAL && score > chart + 20, `${score.toFixed(1)}, control chart ${chart.toFixed(1)}`);
  }).timeout(20_000);
});
