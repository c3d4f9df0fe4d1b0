import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '../support/servers.ts';
import { Program } from './support.ts';

describe('an error that nobody caught', () => {
  it('ends the process with a sentence, and is in the log with its place', async () => {
    const folder = await tempFolder();
    const program = new Program('test/app/throw-later.ts', [folder]);
    assert.equal(await program.ended, 1);
    assert.match(program.errors, /^Byflyt had to stop .*nobody expected this.*byflyt\.log/);
    assert.doesNotMatch(program.errors, /throw-later/, 'no stack for people');
    const log = readFileSync(join(folder, 'byflyt.log'), 'utf8');
    assert.match(log, /a line before\n.* fatal TypeError: nobody expected this\n.*throw-later/);
    await rm(folder, { recursive: true });
  });

  it('does not end the process if the disk is full, and says so in the log', async () => {
    const folder = await tempFolder();
    const program = new Program('test/app/throw-later.ts', [folder, 'disk']);
    assert.equal(await program.ended, 0);
    const log = readFileSync(join(folder, 'byflyt.log'), 'utf8');
    assert.match(log, /error A file could not be written \(ENOSPC: .*Make room on the disk/);
    await rm(folder, { recursive: true });
  });
});
