/**
 * Numenta Anomaly Benchmark: the score of Byflyt's detector, blind and with the same parameters for all files, beside
 * a detector whose published score on the shared half (37.6) shows that the scorer is right.
 * NAB_FOLDER names another half (data/ and windows.json); NAB_THRESHOLD scores it at a threshold found elsewhere.
 * NAB_VERBOSE=1 prints each file.
 */
import { env } from 'node:process';
import { LineScorer } from '../nodes/anomaly/score-line.ts';
import { randomNumbers } from '../test/nodes/anomaly/series.ts';
import { type LabelledSeries, labelledSeries } from './nab-files.ts';
import { NabScore, PROFILES } from './nab-score.ts';
import { WindowedGaussian } from './windowed-gaussian.ts';

const SPLITS = 200;
/** Best in hindsight for the shared half: the first alarm after this share of a file, and one each so often. */
const BLINDFOLD = { first: 0.198, every: 0.063 } as const;

const series = labelledSeries(env.NAB_FOLDER);
const windows = series.reduce((sum, each) => sum + each.windows.length, 0);
console.log(`${series.length} files, ${windows} windows\n`);
console.log(['', ...Object.keys(PROFILES)].map(cell).join(''));
report('length of file only', series.map(scoresOfLength));
report('windowed Gaussian', series.map(scoresOfGaussian));
const began = performance.now();
const scores = series.map(scoresOfByflyt);
const rows = scores.reduce((sum, { length }) => sum + length, 0);
const took = performance.now() - began;
report('Byflyt', scores);
console.log(`\n${rows} rows, ${((took / rows) * 1000).toFixed(1)} µs each with reading the line`);
reportThreshold();
reportSplits();
if (env.NAB_VERBOSE) reportFiles();

/** Line by line, as they come to `byflyt score`. */
function scoresOfByflyt({ lines }: LabelledSeries): number[] {
  const scorer = new LineScorer();
  return lines.flatMap((line) => scorer.score(line)?.score ?? []);
}

function scoresOfGaussian({ lines }: LabelledSeries): number[] {
  const detector = new WindowedGaussian();
  return lines.slice(1).map((line) => detector.score(Number(line.split(',')[1])));
}

/** Alarms at fixed shares of a file: what two numbers get that never look at a value. */
function scoresOfLength({ lines }: LabelledSeries): number[] {
  const scores = lines.slice(1).map(() => 0);
  for (let share = BLINDFOLD.first; share < 1; share += BLINDFOLD.every) {
    scores[Math.floor(share * scores.length)] = 1;
  }
  return scores;
}

function report(title: string, of: readonly number[][]): void {
  const score = new NabScore(series, of);
  const shown = Object.values(PROFILES).map((profile) => score.best(profile).score.toFixed(1));
  console.log([title, ...shown].map(cell).join(''));
}

function reportThreshold(): void {
  const score = new NabScore(series, scores);
  const { threshold } = score.best();
  console.log(`Byflyt's best threshold (standard): ${threshold}`);
  if (!env.NAB_THRESHOLD) return;
  console.log(`Byflyt at ${env.NAB_THRESHOLD}: ${score.at(Number(env.NAB_THRESHOLD)).toFixed(1)}`);
}

/** What a half of the files gives at the threshold that is best for the other half. */
function reportSplits(): void {
  const random = randomNumbers(7);
  const results: number[] = [];
  for (let split = 0; split < SPLITS; split++) {
    const order = series.map((_, file) => ({ file, key: random() })).sort((a, b) => a.key - b.key);
    const half = order.length >> 1;
    const [one, other] = [order.slice(0, half), order.slice(half)].map((part) => {
      const files = part.map(({ file }) => file);
      return new NabScore(pick(series, files), pick(scores, files));
    });
    if (one && other) results.push(one.at(other.best().threshold), other.at(one.best().threshold));
  }
  results.sort((a, b) => a - b);
  const mean = results.reduce((sum, result) => sum + result, 0) / results.length;
  const [low, high] = [0.1, 0.9].map((share) => results[Math.floor(share * results.length)]?.toFixed(1));
  console.log(
    `A half of these files at the threshold of the other half: ${mean.toFixed(1)} (8 of 10 between ${low} and ${high})`,
  );
}

function reportFiles(): void {
  const { threshold } = new NabScore(series, scores).best();
  for (const [file, { name, windows }] of series.entries()) {
    const of = scores[file] ?? [];
    const hits = windows.filter(([first, last]) =>
      of.slice(first, last + 1).some((each) => each >= threshold),
    );
    const alarms = of.filter((each) => each >= threshold).length;
    console.log(`${name.padEnd(60)} ${hits.length} of ${windows.length} windows, ${alarms} alarms`);
  }
}

function pick<T>(items: readonly T[], places: readonly number[]): T[] {
  return items.filter((_, place) => places.includes(place));
}

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(22) : text.padStart(10);
}
