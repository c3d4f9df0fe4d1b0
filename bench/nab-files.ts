/** Files of the Numenta Anomaly Benchmark with the labelled windows of their anomalies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LabelledSeries {
  name: string;
  /** Lines of the file, header first. */
  lines: string[];
  /** First and last row (from 0, header not counted) of each labelled window, in order. */
  windows: Window[];
}

export type Window = readonly [first: number, last: number];

/** The half that is shared with the developers. */
export const SHARED = fileURLToPath(new URL('../../shared/nab/', import.meta.url));

/** Length of a timestamp without the fractions that labels have. */
const SECONDS = '2014-04-01 00:00:00'.length;

/** `folder`: `data/<category>/<file>.csv` and `windows.json`. Throws for a window whose ends are no rows. */
export function labelledSeries(folder = SHARED): LabelledSeries[] {
  const labels = JSON.parse(readFileSync(join(folder, 'windows.json'), 'utf8')) as Record<
    string,
    [string, string][]
  >;
  return Object.entries(labels).map(([name, windows]) => {
    const lines = readFileSync(join(folder, 'data', name), 'utf8')
      .trimEnd()
      .split('\n');
    const stamps = lines.slice(1).map((line) => line.split(',')[0] ?? '');
    const row = (stamp: string): number => {
      const found = stamps.indexOf(stamp.slice(0, SECONDS));
      if (found < 0) throw new Error(`${name} has no row at ${stamp}`);
      return found;
    };
    return { name, lines, windows: windows.map(([first, last]): Window => [row(first), row(last)]) };
  });
}
