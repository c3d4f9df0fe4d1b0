/** Numenta Anomaly Benchmark: the half of its files that is shared, and its score, from the published definition. */
import { readFileSync } from 'node:fs';

const ROOT = new URL('../../../../shared/nab/', import.meta.url);

export interface LabelledSeries {
  name: string;
  /** Lines of the file, header first. */
  lines: string[];
  /** First and last row (from 0, header not counted) of each labelled window. */
  windows: [first: number, last: number][];
}

/** Rewards and costs of the profile "standard". */
const FALSE_POSITIVE = 0.11;
const MISSED = 1;

export function labelledSeries(): LabelledSeries[] {
  const labels = JSON.parse(readFileSync(new URL('windows.json', ROOT), 'utf8')) as Record<
    string,
    [string, string][]
  >;
  return Object.entries(labels).map(([name, windows]) => {
    const lines = readFileSync(new URL(`data/${name}`, ROOT), 'utf8')
      .trimEnd()
      .split('\n');
    const stamps = lines.slice(1).map((line) => line.split(',')[0] ?? '');
    const rows = windows.map(([from, to]): [number, number] => {
      const [first, last] = [from.slice(0, 19), to.slice(0, 19)];
      return [stamps.findIndex((stamp) => stamp >= first), stamps.findLastIndex((stamp) => stamp <= last)];
    });
    return { name, lines, windows: rows };
  });
}

const sigmoid = (y: number): number => (y > 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1);

/** What one detection at `row` is worth, and the window it is in. */
function worth(windows: LabelledSeries['windows'], row: number): { value: number; window?: number } {
  const window = windows.findIndex(([first, last]) => row >= first && row <= last);
  const [first, last] = windows[window] ?? [0, 0];
  if (window >= 0) return { value: sigmoid(-(last - row + 1) / (last - first + 1)) / sigmoid(-1), window };
  const before = windows.findLast(([, end]) => end < row);
  if (!before) return { value: -FALSE_POSITIVE };
  return { value: FALSE_POSITIVE * sigmoid((row - before[1]) / (before[1] - before[0])) };
}

/** Standard score (0: nothing detected, 100: perfect) at the threshold that is best for all series together. */
export function standardScore(series: readonly LabelledSeries[], scores: readonly number[][]): number {
  const rows = series.flatMap(({ windows }, file) => {
    const of = scores[file] ?? [];
    const probation = Math.min(Math.floor(0.15 * of.length), 750);
    return of.map((score, row) => ({ score, file, row, windows })).slice(probation);
  });
  rows.sort((a, b) => b.score - a.score);
  const windowCount = series.reduce((sum, { windows }) => sum + windows.length, 0);
  const nothing = -MISSED * windowCount;
  const found = new Map<string, number>();
  let raw = nothing;
  let best = nothing;
  for (const [at, { score, file, row, windows }] of rows.entries()) {
    const { value, window } = worth(windows, row);
    const key = `${file} ${window}`;
    const known = found.get(key);
    if (window === undefined) raw += value;
    else if (known === undefined) raw += MISSED + value;
    else raw += Math.max(value - known, 0);
    if (window !== undefined) found.set(key, Math.max(value, known ?? value));
    if (rows[at + 1]?.score !== score) best = Math.max(best, raw);
  }
  return (100 * (best - nothing)) / (windowCount - nothing);
}
