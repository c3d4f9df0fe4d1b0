import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFile } from '../../app/log-file.ts';

describe('log file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const entry = (msg: unknown): { level: number; timestamp: number; msg: unknown } => ({
    level: 20,
    timestamp: Date.UTC(2026, 0, 2),
    msg,
  });

  it('has all lines in order, with time, level and source', async () => {
    const log = new LogFile(folder);
    for (let index = 0; index < 500; index++)
      log.write({ ...entry(`line ${index}`), type: 'byflyt-store', name: 'Save' });
    await log.flush();
    const lines = readFileSync(join(folder, 'byflyt.log'), 'utf8').trim().split('\n');
    assert.equal(lines.length, 500);
    assert.equal(lines[499], '2026-01-02T00:00:00.000Z error [byflyt-store:Save] line 499');
  });

  it('writes errors with their stack and objects on one line', async () => {
    const log = new LogFile(folder);
    log.write(entry(new Error('broken')));
    log.write(entry({ a: { b: 1 } }));
    await log.flush();
    const text = readFileSync(join(folder, 'byflyt.log'), 'utf8');
    assert.match(text, /Error: broken\n +at /);
    assert.match(text, /\{ a: \{ b: 1 \} \}\n$/);
  });

  it('starts a new file before it grows without end', async () => {
    writeFileSync(join(folder, 'byflyt.log'), 'x'.repeat(5_000_001));
    const log = new LogFile(folder);
    log.write(entry('new'));
    await log.flush();
    assert.ok(statSync(join(folder, 'byflyt.log')).size < 100);
    assert.ok(statSync(join(folder, 'byflyt.1.log')).size > 5_000_000);
  });
});
