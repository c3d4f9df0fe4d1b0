import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AnomalyDetector } from '../../../nodes/anomaly/anomaly-detector.ts';
import { LearnedLog } from '../../../nodes/anomaly/learned-log.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';
import { temperatures } from './series.ts';

const DAYS = 10;
const SCRIPT = new URL('./detect-for-ever.ts', import.meta.url).pathname;

/** Scores by sample from `from` on, until the process is killed after `count` of them, or a few more. */
async function scoresUntilKilled(folder: string, from: number, count: number): Promise<[number, number][]> {
  const child = spawn(process.execPath, [SCRIPT, folder, `${from}`, `${DAYS}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const scores: [number, number][] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [at = Number.NaN, score = Number.NaN] = line.split(' ').map(Number);
    scores.push([at, score]);
    if (scores.length === count) child.kill('SIGKILL');
  }
  await exited;
  return scores;
}

describe('anomaly detector of a process that is killed', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'byflyt-killed-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('goes on with the same scores', async () => {
    const samples = temperatures(DAYS);
    const undisturbed = new AnomalyDetector({
      state: new MemoryState(),
      language: 'en-US',
      timeZone: 'Europe/Oslo',
      sensitivity: 50,
    });
    const expected = samples.map(
      ([time, value]) =>
        undisturbed.detect(observation(time, { air_temperature: value })).air_temperature?.score,
    );
    let next = 0;
    for (const count of [90, 160, 1, Number.POSITIVE_INFINITY]) {
      const scores = await scoresUntilKilled(folder, next, Math.min(count, samples.length - next));
      for (const [at, score] of scores) {
        // The first of all has no score; what was learned before the kill and not answered is not judged twice.
        if (at === next && Number.isNaN(score)) continue;
        assert.ok(Math.abs(score - (expected[at] ?? Number.NaN)) < 1e-9, `${at}: ${score}, ${expected[at]}`);
      }
      next = (scores.at(-1)?.[0] ?? 0) + 1;
    }
    assert.equal(next, samples.length);
    assert.ok(expected.slice(251).some((score) => (score ?? 0) > 0));
  }).timeout(60_000);

  it('reads what was written, but for a line that was not ended, and forgets it when told to', async () => {
    const log = new LearnedLog(folder);
    const learned = [
      { device: 'sensor 1', time: 1_767_571_200_000.5, values: { air_temperature: -0.1, pm2p5: 1e-7 } },
      { device: 'A|b c', time: 1_767_571_260_000, values: { water_level: 1e21 } },
    ];
    for (const each of learned) log.add(each);
    log.add({ device: 'two\nlines', time: 1, values: { water_level: 2 } });
    log.add({ device: 'nothing learned', time: 1, values: {} });
    const written = () => new Promise((resolve) => setImmediate(resolve));
    await written();
    const [file = ''] = await readdir(join(folder, 'anomaly'));
    await appendFile(join(folder, 'anomaly', file), '1767571320000 water_level=');
    assert.deepEqual(new LearnedLog(folder).read(), learned);
    const next = { device: 'B', time: 1_767_571_380_000, values: { water_level: 3 } };
    new LearnedLog(folder).add(next);
    await written();
    assert.deepEqual(new LearnedLog(folder).read(), [...learned, next]);
    log.clear();
    assert.deepEqual(new LearnedLog(folder).read(), []);
    assert.deepEqual(await readdir(join(folder, 'anomaly')), []);
  });
});
